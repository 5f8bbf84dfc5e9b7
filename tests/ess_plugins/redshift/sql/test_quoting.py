"""No name and no text of a user breaks SQL, or becomes part of it."""

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ess_core.errors import UsageError
from ess_core.tables.sqltokens import Kind
from ess_plugins.redshift.sql.quoting import TableName, check_columns, folded, ident, lit, table_name
from ess_plugins.redshift.sql.splitting import statements
from ess_plugins.redshift.sql.tokens import tokens

DB = duckdb.connect()
HOSTILE = [
    "'",
    '"',
    "\\",
    ";",
    "--",
    "/*",
    "*/",
    "$$",
    "\n",
    "\r",
    "a",
    "Z",
    "É",
    "é",
    "😀",
    "%s",
    ":p",
    "?",
    " ",
]
TEXTS = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.lists(st.sampled_from(HOSTILE)).map("".join),
)
NAMES = TEXTS.filter(lambda name: 0 < len(name.encode()) <= 127)


@given(NAMES)
@example('x"; drop table t; --')
def test_a_name_is_one_name_to_another_database(name):
    assert DB.sql(f"select 1 as {ident(name)}").columns == [folded(name)]


@given(TEXTS)
@example("\\'; drop table t; --")
@example("\\")
def test_a_text_is_one_string_where_a_backslash_is_an_escape(text):
    assert DB.execute(f"select e{lit(text)}").fetchone() == (text,)


@given(NAMES, TEXTS)
def test_names_and_texts_leave_a_statement_what_it_was(name, text):
    sql = f"copy {ident(name)} from {lit(text)} csv"
    assert [one.text for one in statements(f"{sql}; select 1")] == [sql, "select 1"]
    assert [token.kind for token in tokens(sql)] == [
        Kind.WORD,
        Kind.QUOTED,
        Kind.WORD,
        Kind.STRING,
        Kind.WORD,
    ]


@pytest.mark.parametrize(
    ("name", "sql"),
    [("Sales", '"sales"'), ('we"ird T', '"we""ird t"'), ("É", '"É"'), ("group", '"group"'), ("a.b", '"a.b"')],
)
def test_names_are_quoted_and_only_ascii_is_folded(name, sql):
    assert ident(name) == sql


def test_a_name_of_127_bytes_is_the_longest():
    assert ident("é" * 63 + "a") == f'"{"é" * 63}a"'
    with pytest.raises(UsageError, match="has 128 bytes, and Redshift takes 127"):
        ident("é" * 64)


@pytest.mark.parametrize("name", ["", "a\0b", "a\udc80"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(UsageError):
        ident(name)


@pytest.mark.parametrize("text", ["a\0b", "a\udc80"])
def test_what_is_no_text_is_refused(text):
    with pytest.raises(UsageError, match="the value"):
        lit(text)


@pytest.mark.parametrize(
    ("typed", "schema", "table"),
    [
        ("sales", "public", "sales"),
        ("Web.Sales", "web", "sales"),
        ('web."Sales 2014"', "web", "sales 2014"),
        ('"a.b"."c""d"', "a.b", 'c"d'),
        (" web . sales ", "web", "sales"),
        ("größe", "public", "größe"),
        ('"x; drop table t"', "public", "x; drop table t"),
    ],
)
def test_a_table_is_read_as_it_is_typed(typed, schema, table):
    assert table_name(typed) == TableName(schema, table)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        ".",
        "a.",
        ".a",
        "a b",
        "a;b",
        "2014",
        'a"b',
        '"a',
        '"a"b',
        "a..b",
        "a.b.c",
        '""',
        'web.""',
        "a-b",
        "a\0",
    ],
)
def test_what_is_no_table_is_refused_in_one_line(typed):
    with pytest.raises(UsageError) as caught:
        table_name(typed)
    assert "\n" not in caught.value.message


@given(NAMES, NAMES)
def test_a_table_in_sql_is_read_back(schema, table):
    named = TableName(folded(schema), folded(table))
    assert table_name(str(named)) == named


def test_columns_that_differ_in_case_only_are_refused():
    check_columns(["a", "b", "É", "é"])
    for names in (["Price", "x", "price"], ["a", "a"]):
        with pytest.raises(UsageError, match="have the same name in Redshift"):
            check_columns(names)
