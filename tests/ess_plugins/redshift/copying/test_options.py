"""Only known options reach COPY, each with a value that it takes, and none as the user wrote it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.errors import UsageError
from ess_core.tables.sqltokens import Kind
from ess_plugins.redshift.copying.formats import date_format, time_format
from ess_plugins.redshift.copying.known import KNOWN, Use
from ess_plugins.redshift.copying.options import CopyOptions, Shaping, copy_options
from ess_plugins.redshift.sql.splitting import statements
from ess_plugins.redshift.sql.tokens import tokens

EVERY = Shaping(
    truncatecolumns=True,
    blanksasnull=True,
    emptyasnull=True,
    trimblanks=True,
    null_as="\\N",
    dateformat=date_format("MM/DD/YYYY"),
    timeformat=time_format("YYYY-MM-DD HH:MI:SS"),
    acceptanydate=True,
    acceptinvchars="^",
    fillrecord=True,
    ignoreblanklines=True,
    roundec=True,
)
FLAGS = [
    "TruncateColumns",
    "blanksasnull",
    "EMPTYASNULL",
    "TRIMBLANKS",
    "ACCEPTANYDATE",
    "FILLRECORD",
    "ROUNDEC",
]


def test_what_shapes_values_is_for_ess_and_not_for_copy():
    named = [
        *FLAGS,
        "ignore_blank_lines",
        "NULL AS=\\N",
        "dateformat=MM/DD/YYYY",
        "TIMEFORMAT='YYYY-MM-DD HH:MI:SS'",
        "acceptinvchars=^",
    ]
    assert copy_options(named) == CopyOptions(EVERY)
    assert copy_options(named).sql == ""
    assert copy_options(named).csv_only == []


def test_words_say_the_same_as_options_do():
    words = [*FLAGS, "IGNOREBLANKLINES", "NULL", "AS", "\\N", "DATEFORMAT", "MM/DD/YYYY"]
    words += ["TIMEFORMAT", "AS", "YYYY-MM-DD HH:MI:SS", "ACCEPTINVCHARS", "^"]
    assert copy_options([], words) == CopyOptions(EVERY)
    in_one = "ignoreblanklines NULL AS '\\N' DATEFORMAT 'MM/DD/YYYY' TIMEFORMAT AS 'YYYY-MM-DD HH:MI:SS'"
    assert copy_options([], [" ".join(FLAGS), f"{in_one} ACCEPTINVCHARS AS '^'"]) == CopyOptions(EVERY)
    assert copy_options(FLAGS, ["NULL AS=\\N"]) == copy_options([*FLAGS, "NULL=\\N"])


def test_copy_gets_the_rest_and_csv_where_parquet_would_refuse_it():
    found = copy_options(["statupdate=off"])
    assert (found.sql, found.csv_only) == ("STATUPDATE OFF", [])
    found = copy_options(["STATUPDATE", "REGION=us-west-2"], ["COMPUPDATE", "preset", "COMPROWS", "1000"])
    assert found.sql == "COMPROWS 1000 COMPUPDATE PRESET REGION 'us-west-2' STATUPDATE ON"
    assert found.csv_only == ["COMPROWS", "COMPUPDATE", "REGION"]


def test_the_order_of_options_makes_no_other_options():
    assert copy_options(["STATUPDATE", "COMPUPDATE"]) == copy_options(["COMPUPDATE=true", "STATUPDATE=on"])


def test_nothing_given_is_nothing():
    assert copy_options([]) == copy_options([], ["", " "]) == CopyOptions()


def test_a_value_that_may_be_left_out_is_not_taken_from_the_next_option():
    found = copy_options([], ["ACCEPTINVCHARS", "COMPUPDATE", "TRIMBLANKS", "STATUPDATE"])
    assert found.shaping == Shaping(acceptinvchars="?", trimblanks=True)
    assert found.sql == "COMPUPDATE ON STATUPDATE ON"


@pytest.mark.parametrize(
    ("words", "null_as"),
    [
        (["NULL AS", ""], ""),
        (["NULL AS", " "], " "),
        (["NULL AS ''"], ""),
        (["NULL AS 'it''s'"], "it's"),
        (["NULL", "AS", "NULL"], "NULL"),
        (["NULL AS 'NULL'"], "NULL"),
        (["NULL", "n/a"], "n/a"),
        (["NULL AS=a=b"], "a=b"),
        (["NULL", "AS", "AS"], "AS"),
    ],
)
def test_null_may_be_any_text(words, null_as):
    assert copy_options([], words).shaping.null_as == null_as


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("FORMAT", "the category says"),
        ("csv", "the category says"),
        ("DELIMITER=|", "the category says"),
        ("IGNOREHEADER=1", "the category says"),
        ("gzip", "ess finds out by itself"),
        ("MANIFEST", "ess stages"),
        ("IAM_ROLE=arn:aws:iam::1:role/secret", "the role is that of"),
        ("CREDENTIALS=aws_access_key_id=secret", "the role is that of"),
        ("ACCESS_KEY_ID=secret", "the role is that of"),
        ("MAXERROR=10", "--max-rejects N"),
        ("NOLOAD", "--dry-run"),
        ("EXPLICIT_IDS", "ess copies into"),
    ],
)
def test_what_ess_sets_itself_is_refused_with_what_to_do(name, hint):
    for given_ in (lambda: copy_options([name]), lambda: copy_options([], name.replace("=", " ").split())):
        with pytest.raises(UsageError, match="is not to be given") as caught:
            given_()
        assert caught.value.hint.startswith(hint)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("named", "hint"),
    [
        ("TRUNCATECOLUMN", "did you mean TRUNCATECOLUMNS?"),
        ("emptyisnull", "did you mean EMPTYASNULL?"),
        ("NULS AS=x", "did you mean NULL AS?"),
        ("ZIP", "did you mean GZIP?"),
        ("xyz", "there are ACCEPTANYDATE"),
        ("=x", "there are"),
        ("csv; drop table t", "there are"),
    ],
)
def test_what_is_unknown_is_refused_with_what_was_meant(named, hint):
    with pytest.raises(UsageError, match="is no option of COPY") as caught:
        copy_options([named])
    assert caught.value.hint.startswith(hint)


@pytest.mark.parametrize(
    ("named", "what"),
    [
        ("TRUNCATECOLUMNS=1", "takes no value"),
        ("NULL AS", "NULL AS needs a value: any text"),
        ("REGION", "REGION needs a value"),
        ("COMPROWS=0", "COMPROWS is a whole number"),
        ("COMPROWS=1; drop table t", "COMPROWS is a whole number"),
        ("COMPROWS=\u0661", "COMPROWS is a whole number"),
        ("STATUPDATE=PRESET", "STATUPDATE is ON or OFF"),
        ("COMPUPDATE=maybe", "COMPUPDATE is ON, OFF or PRESET"),
        ("REGION=us-west-2' csv --", "REGION is a region"),
        ("ACCEPTINVCHARS=ab", "ACCEPTINVCHARS is one ASCII character"),
        ("ACCEPTINVCHARS=é", "ACCEPTINVCHARS is one ASCII character"),
        ("ACCEPTINVCHARS=\0", "ACCEPTINVCHARS is one ASCII character"),
        ("NULL AS=\0", "NUL"),
        ("DATEFORMAT=TZ", "DATEFORMAT 'TZ' is wrong"),
        ("TIMEFORMAT=", "TIMEFORMAT '' has no year"),
    ],
)
def test_a_value_of_another_kind_is_refused(named, what):
    with pytest.raises(UsageError, match=what):
        copy_options([named])


@pytest.mark.parametrize("words", [["NULL"], ["NULL", "AS"], ["DATEFORMAT", "TRIMBLANKS"], ["REGION AS"]])
def test_a_value_that_is_missing_is_no_other_option(words):
    with pytest.raises(UsageError, match="needs a value"):
        copy_options([], words)


def test_an_option_is_given_once():
    for named, words in (["TRIMBLANKS", "trim_blanks"], []), (["NULL=a"], ["NULL", "AS", "b"]):
        with pytest.raises(UsageError, match="is given twice"):
            copy_options(named, words)


def test_each_option_has_one_use_that_parquet_knows_of():
    by_use = {use: {one.name for one in KNOWN if one.use is use} for use in Use}
    assert by_use[Use.ANY_STAGE] == {"STATUPDATE"}
    assert by_use[Use.CSV_ONLY] == {"COMPROWS", "COMPUPDATE", "REGION"}


@given(st.sampled_from(KNOWN), st.text())
def test_no_value_becomes_sql_but_as_one_word(option, value):
    try:
        sql = copy_options([f"{option.name}={value}"]).sql
    except UsageError:
        return
    assert len(list(statements(f"copy t {sql}; select 1"))) == 2
    assert [token.kind for token in tokens(sql)] in (
        [],
        [Kind.WORD, Kind.WORD],
        [Kind.WORD, Kind.NUMBER],
        [Kind.WORD, Kind.STRING],
    )


@given(
    st.lists(
        st.text(max_size=12) | st.sampled_from([one.name for one in KNOWN] + ["AS", "'", "ON"]), max_size=6
    )
)
def test_any_words_are_understood_or_refused(words):
    try:
        copy_options([], words)
    except UsageError as error:
        refused = error.message
    else:
        return
    assert refused
