"""SQL in tokens: the same borders as DuckDB has."""

import re

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.tables.asking.tokens import tokens
from ess_core.tables.sqltokens import Kind

DB = duckdb.connect()
PIECES = [
    *("'", '"', "$$", "$a$", "$1", "--", "/*", "*/", "\\", "''", "e'", "E'", "\n", "\r", " ", "(", ")", "::"),
    *("from", "a", "1", "2014-09-01", "1.5e3", ":", "*", ",", ";", "é", "😀", "\u00a0", "x$y", "_", "-", "/"),
]
SQL = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)
IGNORED = re.compile(r"(?:\s|--[^\r\n]*|/\*.*)*", re.DOTALL)


@given(SQL | st.text())
def test_between_tokens_are_only_blanks_and_comments(sql):
    at = 0
    for token in tokens(sql):
        assert sql[token.start : token.end] == token.text
        assert IGNORED.fullmatch(sql[at : token.start])
        at = token.end
    assert IGNORED.fullmatch(sql[at:])


@pytest.mark.parametrize(
    ("sql", "texts"),
    [
        ("select e'a\\'b' 'c''d' \"e\"\"f\"", ["select", "e'a\\'b'", "'c''d'", '"e""f"']),
        ("n'\\' x", ["n", "'\\'", "x"]),
        ("a /* b /* c */ d */ e -- f\rg", ["a", "e", "g"]),
        ("$$a'b$$ $t$ $$ $t$ a$$b$$ $1", ["$$a'b$$", "$t$ $$ $t$", "a$$b$$", "$", "1"]),
        ("1from x[1:2]::int", ["1", "from", "x", "[", "1", ":", "2", "]", "::", "int"]),
        ("'never closed -- x", ["'never closed -- x"]),
        ("a /* never closed", ["a"]),
        ("$x$ never closed", ["$x$ never closed"]),
        ("é€ from\u00a0t", ["é€", "from", "t"]),
    ],
)
def test_what_is_one_token(sql, texts):
    assert [token.text for token in tokens(sql)] == texts


@given(
    st.lists(
        st.sampled_from(["'", "''", "\\", "a", "\n", "e'", "$$", '"', "--", "/*", "*/", " "]), max_size=12
    )
)
def test_strings_end_where_duckdb_ends_them(pieces):
    """What follows a text is a column of its own, or part of the text: DuckDB says which."""
    sql = f"select {''.join(pieces)} 1 as mark"
    try:
        (statement,) = DB.extract_statements(sql)
        answer = DB.execute(statement.query)
        names = [column[0] for column in answer.description]
    except (duckdb.Error, ValueError):
        return
    found = list(tokens(sql))
    assert (names == ["mark"]) == (found[-1].text == "mark" and found[-2].text == "as")


def test_names_are_without_their_quotes():
    assert [token.name for token in tokens('a "b" "c""d" "e')] == ["a", "b", 'c"d', "e"]
    assert [token.word for token in tokens("from \"from\" 'from' 1 \u017felect")] == ["FROM", "", "", "", ""]
    assert [token.kind for token in tokens("a \"b\" 'c' 1 ;")] == [
        Kind.WORD,
        Kind.QUOTED,
        Kind.STRING,
        Kind.NUMBER,
        Kind.SYMBOL,
    ]
