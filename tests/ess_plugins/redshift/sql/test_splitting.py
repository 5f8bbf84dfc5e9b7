"""Statements are told apart as Redshift reads them, wherever the text is cut, and with little in memory."""

import io
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.errors import EssError, UsageError
from ess_plugins.redshift.sql import splitting
from ess_plugins.redshift.sql.splitting import Statement, statements


def texts(sql):
    return [one.text for one in statements(sql)]


def between(left, right, inner):
    return st.lists(st.sampled_from(inner), max_size=6).map(lambda some: left + "".join(some) + right)


QUOTED = st.one_of(
    between("'", "'", ["a", ";", "--", "/*", "*/", "''", "\\'", "\\\\", '"', "$$", "\n", "\\;", "é"]),
    between("E'", "'", ["\\n", ";", "''", "\\'", "\\\\"]),
    between('"', '"', ["a", ";", "--", "/*", '""', "'", "\\", "$$", "\n"]),
    between("$$", "$$", ["a", ";", "'", '"', "--", "/*", "\n", " $t$ ", "\\"]),
    between("$Tag1$", "$Tag1$", ["a", ";", "'", "$$", "$tag1$", "$", "\n"]),
)
PLAIN = st.sampled_from(
    [
        "select",
        "a$b$c",
        "é",
        "x::int",
        "1.5e-3",
        "$1",
        "-",
        "/",
        "*",
        "- -1",
        "(",
        ")",
        ",",
        "a-b/c",
        ":p",
        "$",
        "1$1",
    ]
)
COMMENT = st.one_of(
    between("/*", "*/", ["a", ";", "'", '"', "--", "\n", "$$", "/* ; ' */"]),
    between("--", "\n", ["a", ";", "'", '"', "/*", "*/", "$$"]),
)
PIECES = st.lists(st.tuples(st.one_of(QUOTED, PLAIN), st.just(" ") | COMMENT), min_size=1, max_size=6)


def joined(pieces):
    """A statement of those, each but the last with what comes after it."""
    return "".join(text + " " + after + " " for text, after in pieces[:-1]) + pieces[-1][0]


STATEMENTS = st.lists(PIECES.map(joined), max_size=5)
BETWEEN = st.sampled_from([";", "; ", ";\n", ";;", " ; -- x; '\n", ";/* ;' /* */ */;\n", "\n;\r\n\t"])


@given(STATEMENTS, st.lists(BETWEEN, min_size=6, max_size=6), st.integers(1, 50))
def test_joined_statements_split_back_wherever_the_text_is_cut(wanted, ends, chunk):
    sql = "".join(text + end for text, end in zip(wanted, ends, strict=False))
    with mock.patch.object(splitting, "_CHUNK", chunk):
        found = texts(io.StringIO(sql, newline=""))
    assert found == wanted


@given(STATEMENTS, BETWEEN)
def test_each_statement_knows_its_line(wanted, end):
    found = list(statements("\n\n" + end.join(wanted)))
    at = 0
    sql = "\n\n" + end.join(wanted)
    for one in found:
        at = sql.index(one.text, at)
        assert one.line == sql.count("\n", 0, at) + 1
        at += len(one.text)


@given(st.text(st.sampled_from("a1'\"$;-/*\\\n "), max_size=30), st.integers(1, 20))
def test_any_text_splits_or_fails_the_same_way_wherever_it_is_cut(sql, chunk):
    def outcome():
        try:
            return list(statements(sql))
        except UsageError as error:
            return error.message

    whole = outcome()
    with mock.patch.object(splitting, "_CHUNK", chunk):
        assert outcome() == whole


def test_a_procedure_is_one_statement():
    procedure = (
        "create or replace procedure p(n inout int) as $$\nbegin\n  -- it's; open\n  n := n + 1;\n"
        "  execute 'drop table \"t\"; ';\nend;\n$$ language plpgsql"
    )
    assert list(statements(f"{procedure};\ncall p(1);")) == [
        Statement(procedure, 1),
        Statement("call p(1)", 8),
    ]


def test_what_is_empty_is_left_out():
    assert texts(" ;; -- nothing\n; /* ; */ ;") == []
    assert texts("") == []
    assert texts("\ufeffselect 1") == ["select 1"]


def test_comments_around_a_statement_go_and_those_within_stay():
    assert texts("-- first\nselect /* the */ 1 -- one\n -- more\n;") == ["select /* the */ 1"]


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("select 1;\nselect 'a;\n", "a string that begins in line 2"),
        ("select 'a\\';", "a string that begins in line 1"),
        ('\n\nselect "a;', "a name in quotes that begins in line 3"),
        ("select 1 /* a /* b */;", "a comment that begins in line 1"),
        ("select $t$ ; $$ ;", "a dollar quote that begins in line 1"),
    ],
)
def test_what_is_not_closed_is_named_with_its_line(sql, what):
    with pytest.raises(UsageError, match=f"the SQL is wrong: {what} is not closed"):
        texts(sql)


class Endless:
    """A file without an end, that knows how much of it was read."""

    def __init__(self, text):
        self.text = text
        self.characters = 0

    def read(self, size):
        self.characters += size
        return self.text * (size // len(self.text))


def test_the_first_statement_comes_before_the_rest_is_read():
    source = Endless("insert into t values ('a;b');\n")
    found = statements(source)
    for _ in range(10):
        assert next(found).text == "insert into t values ('a;b')"
    assert source.characters <= 2 * splitting._CHUNK


@pytest.mark.parametrize("text", ["select ", "'a ", "a", "-- ", "/*\n", "$$a ", '"'])
def test_a_statement_without_an_end_is_refused_before_memory_is_full(text):
    source = Endless(text * 10)
    with (
        mock.patch.object(splitting, "MOST_BYTES", 1 << 16),
        mock.patch.object(splitting, "_CHUNK", 1 << 12),
        pytest.raises(UsageError, match="the statement in line 1 is longer than"),
    ):
        for _ in statements(source):
            pass
    assert source.characters < 1 << 18


def test_redshift_takes_16_mb_and_bytes_count():
    with mock.patch.object(splitting, "MOST_BYTES", 100):
        assert texts("select '" + "é" * 45 + "'") == ["select '" + "é" * 45 + "'"]
        with pytest.raises(UsageError, match="longer than"):
            texts("select '" + "é" * 46 + "'")


def test_what_is_not_utf8_is_said_in_one_line():
    with pytest.raises(EssError, match="the SQL is not UTF-8"):
        texts(io.TextIOWrapper(io.BytesIO(b"select '\xff'"), "utf-8"))
