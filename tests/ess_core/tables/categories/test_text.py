"""Categories as text: what is exported is imported as it was, and what is wrong is said with its line."""

import contextlib
import dataclasses
import string
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess_core.errors import UsageError
from ess_core.tables import columnspec
from ess_core.tables.categories import Category
from ess_core.tables.categories.exporting import HEAD, exported
from ess_core.tables.categories.importing import imported
from ess_core.tables.dialect import Dialect, Shape

URL = "s3://bucket/in"
FIXED = ("url", "label", "created_at")


def read(text, url=URL):
    return imported(text, "file.toml", url, "in")


def plain(category):
    return {
        field.name: getattr(category, field.name)
        for field in dataclasses.fields(category)
        if field.name not in FIXED
    }


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
WORD = TEXT.filter(bool)
PATTERN = WORD.filter(lambda text: not text.startswith("s3://") and "[" not in text)
NAME = st.text(string.ascii_letters + string.digits + "_-.", min_size=1, max_size=8).map("_{}".format)
DIALECTS = st.builds(
    Dialect,
    shape=st.just(Shape.DELIMITED),
    delimiter=WORD.filter(lambda text: "\n" not in text and '"' not in text),
    names=st.lists(TEXT, max_size=3).map(tuple),
    skip=st.integers(0, 9),
    decimal=st.sampled_from(".,"),
)
COLUMNS = st.lists(WORD, min_size=1, max_size=3, unique_by=str.lower).map(
    lambda names: columnspec.ColumnSpec(
        tuple(columnspec.Column(columnspec.ColumnType.TEXT, name) for name in names)
    )
)
CATEGORIES = st.builds(
    Category,
    name=NAME,
    url=st.just(URL),
    label=st.just("in"),
    patterns=st.lists(PATTERN, min_size=1, max_size=3, unique=True).map(tuple),
    excluded=st.lists(PATTERN, max_size=2, unique=True).map(tuple),
    dateregex=st.sampled_from(["auto", "none", r"[:%Y:]\.[:%m:]"]),
    members=TEXT,
    compression=st.sampled_from(["auto", "none", "gz"]),
    preprocess=TEXT,
    dialect=st.none() | DIALECTS,
    columns=st.none() | COLUMNS,
    comment=TEXT,
    usecache=st.booleans(),
)


@settings(max_examples=150)
@given(st.lists(CATEGORIES, max_size=3, unique_by=lambda one: one.name))
def test_any_categories_come_back_and_make_the_same_text_again(categories):
    text = exported(categories)
    back = read(text)
    assert [plain(one) for one in back] == [
        plain(one) for one in sorted(categories, key=lambda one: one.name)
    ]
    assert exported(reversed(back)) == text
    tomllib.loads(text)


def test_the_text_is_what_a_person_would_write(category):
    said = category(
        "web.logs",
        "logs/*.gz",
        "old/**",
        dialect=Dialect(delimiter="\t", names=("day",)),
        columns=columnspec.parse("S:day"),
        comment='the "new" ones',
    )
    assert exported([said]) == HEAD + (
        "\n"
        '["web.logs"]\n'
        "patterns = [\n"
        '    "logs/*.gz",\n'
        '    "old/**",\n'
        "]\n"
        'comment = "the \\"new\\" ones"\n'
        'columnspec = "S:day"\n'
        "\n"
        '["web.logs".dialect]\n'
        'shape = "delimited"\n'
        'delimiter = "\\t"\n'
        'quote = "\\""\n'
        'escape = "\\""\n'
        'names = ["day"]\n'
        "skip = 0\n"
        'encoding = "utf-8"\n'
        'decimal = "."\n'
        "starts = []\n"
        'log = ""\n'
    )


def test_what_is_no_utf8_is_refused_by_name(category):
    with pytest.raises(UsageError, match="category logs cannot be written") as raised:
        exported([category("logs", "a\udcff*")])
    assert "?" in raised.value.hint


def test_what_is_not_said_is_as_usual():
    [one] = read('[a]\npatterns = ["x"]\ndialect = {delimiter = ";"}\n')
    assert one.dialect == Dialect(delimiter=";")
    assert (one.dateregex, one.compression, one.columns, one.scanned_at) == ("auto", "auto", None, None)


def test_patterns_may_have_the_address_in_front():
    [one] = read('[a]\npatterns = ["s3://bucket/in/x*", "y"]\n')
    assert one.patterns == ("x*", "y")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[a]\npatterns = [\n", "file.toml:3: this is no TOML"),
        ('[a]\npatterns = ["x"\nb = 1', "file.toml:3: this is no TOML: "),
        ("[a b]", "file.toml:1: this is no TOML"),
        ('[a]\npatterns = ["x"]\n[a]\n', "file.toml:3: this is no TOML"),
        ("x = 1", "file.toml:1: x: is no category"),
        ("[a]\n", "file.toml:1: [a]: category a has no pattern"),
        ('\n\n["a b"]\npatterns = ["x"]', "file.toml:3: [a b]: 'a b' can be no name"),
        ('[a]\npatterns = "x"', "file.toml:2: [a] patterns: 'x' is not a list"),
        ("[a]\npatterns = [1]", "file.toml:2: [a] patterns: [1] is not a list with a text in each place"),
        ('[a]\npatterns = ["[x"]', "file.toml:1: [a]: the pattern '[x' has a [ without its ]"),
        ('[a]\npatterns = ["s3://other/x"]', "file.toml:2: [a] patterns: 's3://other/x' is outside"),
        (
            '[a]\npatterns = ["x"]\n\n[b]\ncolumspec = "S:a"',
            "file.toml:5: [b] columspec: is no setting; did you mean columnspec?",
        ),
        (
            '[a]\npatterns = ["x"]\ncolumnspec = "Q:a"',
            "file.toml:3: [a] columnspec: the columnspec is wrong: 'Q:a'",
        ),
        ('[a]\npatterns = ["x"]\nusecache = "yes"', "file.toml:3: [a] usecache: 'yes' is not true or false"),
        ('[a]\npatterns = ["x"]\ncompression = "rar"', "file.toml:1: [a]: 'rar' is no compression"),
        (
            '[a]\npatterns = ["x"]\n[a.dialect]\nskip = "1"',
            "file.toml:4: [a] dialect.skip: '1' is not a whole number",
        ),
        (
            '[a]\npatterns = ["x"]\n[a.dialect]\nskip = true',
            "file.toml:4: [a] dialect.skip: True is not a whole number",
        ),
        (
            '[a]\npatterns = ["x"]\n[a.dialect]\nshape = "x"',
            "file.toml:4: [a] dialect.shape: 'x' is none of delimited",
        ),
        (
            '[a]\npatterns = ["x"]\n[a.dialect]\nstarts = ["1"]',
            "file.toml:4: [a] dialect.starts: ['1'] is not a list with a whole",
        ),
        (
            '[a]\npatterns = ["x"]\n[a.dialect]\ndecimal = ";"',
            "file.toml:1: [a] dialect: ';' cannot be the decimal",
        ),
        (
            '[a]\npatterns = ["x"]\ndialect = {quot = ""}',
            "file.toml:3: [a] dialect.quot: is no setting; did you mean quote?",
        ),
        (
            '[a]\npatterns = ["x"]\ncolumnspec = "S:a S:b"\n[a.dialect]\nshape = "fixed"\nstarts = [0]',
            "file.toml:1: [a]: the columnspec has 2 columns, but the text has 1",
        ),
        ('[a]\npatterns = ["x"]\ncolumnspec = "S:a"\npkey = "b"', "file.toml:1: [a]: there is no column 'b'"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text, said):
    with pytest.raises(UsageError) as raised:
        read(text)
    assert raised.value.message.startswith(said)


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(["[a]", "[a.dialect]", "patterns", "skip", "=", '"x"', "[", "]", "\n", "1"]),
        max_size=14,
    ).map("".join)
)
@settings(max_examples=200)
def test_no_text_is_more_than_refused(text):
    with contextlib.suppress(UsageError):
        read(text)
