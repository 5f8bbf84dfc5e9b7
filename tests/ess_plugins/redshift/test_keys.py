"""`--key` and `--sortkey` as users type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.errors import UsageError
from ess_plugins.redshift.keys import ENCODINGS, Keys, keys
from ess_plugins.redshift.sql.quoting import folded


@pytest.mark.parametrize("text", ["col = distkey", "col=distkey", " COL  =\tDISTKEY ", '"Col" = DistKey'])
def test_case_and_blanks_are_free(text):
    assert keys([text]) == Keys(distkey="col")


def test_several_attributes_and_several_keys_add_up():
    found = keys(["b = sortkey not  null", "a = sortkey, encode raw", "c = Primary Key", "c = distkey"])
    assert found == Keys("c", ("b", "a"), ("b",), ("c",), (("a", "RAW"),))
    assert found.columns == {"a", "b", "c"}


def test_a_sortkey_keeps_its_order():
    assert keys([], ["b, a", 'c,"D,d"']).sortkey == ("b", "a", "c", "d,d")


def test_a_name_may_have_an_equals_sign():
    assert keys(["a=b = distkey"]).distkey == "a=b"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_is_known(encoding):
    assert keys([f"a = encode {encoding.lower()}"]).encodings == (("a", encoding),)


@pytest.mark.parametrize(
    ("texts", "what"),
    [
        (["distkey"], "is not COLUMN = ATTRIBUTE"),
        (["= distkey"], "is not COLUMN = ATTRIBUTE"),
        (["a ="], "is not COLUMN = ATTRIBUTE"),
        ([""], "is not COLUMN = ATTRIBUTE"),
        (["a = distkeys"], "'distkeys' is no attribute"),
        (["a = distkey; drop table t"], "is no attribute"),
        (["a = not"], "'not' is no attribute"),
        (["a = notnull"], "'notnull' is no attribute"),
        (["a = encode"], "'encode' is no attribute"),
        (["a = encode gzip"], "'gzip', for 'a', is no encoding"),
        (["a = distkey", "b = distkey"], "a table has one distkey, and these are 2: a, b"),
        (["a = sortkey", "A = sortkey"], "'a' is named twice for the sortkey"),
        (["a = encode raw", "a = encode lzo"], "'a' is named twice for the encoding"),
    ],
)
def test_what_is_no_key_is_refused(texts, what):
    with pytest.raises(UsageError, match=what):
        keys(texts)


def test_a_sortkey_is_given_in_one_way_and_is_not_endless():
    with pytest.raises(UsageError, match="given twice"):
        keys(["a = sortkey"], ["b"])
    with pytest.raises(UsageError, match="names no column"):
        keys([], [" , "])
    with pytest.raises(UsageError, match="400 columns at most"):
        keys([], [",".join(f"c{at}" for at in range(401))])


@given(st.text(min_size=1).filter(lambda name: name.strip() == name and name[0] != '"'))
def test_any_name_can_be_a_key(name):
    assert keys([f"{name} = distkey"]).distkey == folded(name)
    quoted = name.replace('"', '""')
    assert keys([f'"{quoted}" = distkey']).distkey == folded(name)
