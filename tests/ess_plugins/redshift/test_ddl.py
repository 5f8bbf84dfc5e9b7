"""A category's table: types with room, keys, and SQL that no name breaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.errors import UsageError
from ess_core.tables.columnspec import Column, ColumnSpec, ColumnType, parse
from ess_core.tables.sqltokens import Kind
from ess_plugins.redshift.coltypes import LONGEST_VARCHAR, column_type, varchar_bytes
from ess_plugins.redshift.ddl import Table, TableColumn, overlong, table
from ess_plugins.redshift.keys import keys
from ess_plugins.redshift.sql.quoting import TableName, ident
from ess_plugins.redshift.sql.splitting import statements
from ess_plugins.redshift.sql.tokens import tokens

SALES = TableName("public", "sales")
INT = ColumnType.INT32
WIDE = ColumnSpec(tuple(Column(INT, f"c{at}") for at in range(1600)))
SPEC = parse("S:Name I:articleID X F:price IS:n L:big LS:signed IP:addr")


def test_each_type_of_a_columnspec_has_one_of_redshift():
    assert {kind.value: column_type(kind, 10) for kind in ColumnType if kind is not ColumnType.SKIP} == {
        "S": "VARCHAR(64)",
        "I": "BIGINT",
        "IS": "INTEGER",
        "L": "NUMERIC(20,0)",
        "LS": "BIGINT",
        "F": "DOUBLE PRECISION",
        "IP": "VARCHAR(45)",
    }


@pytest.mark.parametrize(
    ("longest", "room"),
    [(0, 64), (42, 64), (43, 64), (44, 128), (100, 192), (43690, 65535), (65535, 65535), (10**9, 65535)],
)
def test_a_text_has_half_as_much_room_again(longest, room):
    assert varchar_bytes(longest) == room


@given(st.integers(0, LONGEST_VARCHAR), st.integers(0, LONGEST_VARCHAR))
def test_what_was_seen_has_room_and_more_never_has_less(one, other):
    assert one <= varchar_bytes(one) <= LONGEST_VARCHAR
    assert one > other or varchar_bytes(one) <= varchar_bytes(other)


def test_the_whole_create_table():
    made = table(
        TableName("web", "Big Sales".lower()),
        SPEC,
        {"Name": 100},
        keys(["articleid = distkey", "Name=encode zstd, NOT NULL", "big = primary key"], ["name,price"]),
    )
    assert str(made) == (
        'CREATE TABLE "web"."big sales" (\n'
        '    "name" VARCHAR(192) ENCODE ZSTD NOT NULL,\n'
        '    "articleid" BIGINT,\n'
        '    "price" DOUBLE PRECISION,\n'
        '    "n" INTEGER,\n'
        '    "big" NUMERIC(20,0) NOT NULL,\n'
        '    "signed" BIGINT,\n'
        '    "addr" VARCHAR(45),\n'
        '    "_file_id" BIGINT,\n'
        '    PRIMARY KEY ("big")\n'
        ")\n"
        'DISTSTYLE KEY DISTKEY ("articleid")\n'
        'COMPOUND SORTKEY ("name", "price")'
    )


def test_a_table_without_keys_and_file_id_is_plain():
    made = table(SALES, parse("I:a"), {}, file_id=False)
    assert made == Table(SALES, (TableColumn("a", "BIGINT"),))
    assert str(made) == 'CREATE TABLE "public"."sales" (\n    "a" BIGINT\n)'


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        (parse("X X:a"), "all columns are skipped"),
        (parse("I:_FILE_ID"), "a column _file_id of its own"),
        (
            ColumnSpec((Column(INT, "a"), Column(INT, "A"))),
            "the same name in Redshift",
        ),
        (ColumnSpec((Column(INT, "é" * 64),)), "has 128 bytes"),
        (
            WIDE,
            "there are 1601 columns",
        ),
    ],
)
def test_what_redshift_has_no_table_for_is_refused(spec, what):
    with pytest.raises(UsageError, match=what):
        table(SALES, spec, {})


def test_without_file_id_a_category_may_have_such_a_column_and_1600():
    table(SALES, parse("I:_file_id"), {}, file_id=False)
    table(SALES, WIDE, {}, file_id=False)


@pytest.mark.parametrize(
    ("key", "what", "hint"),
    [
        ("prise = distkey", "'prise', which is no column", "did you mean price?"),
        ("x = not null", "'x', which is no column", "there are name, articleid"),
        ("_file_id = sortkey", "'_file_id', which is no column", "there are"),
        ("name = encode az64", "AZ64 is no encoding for 'name', which is VARCHAR", ""),
        ("price = encode delta", "DELTA is no encoding for 'price', which is DOUBLE PRECISION", ""),
        ("n = encode text255", "TEXT255 is no encoding for 'n', which is INTEGER", ""),
    ],
)
def test_a_key_that_does_not_fit_is_refused(key, what, hint):
    with pytest.raises(UsageError, match=what) as caught:
        table(SALES, SPEC, {}, keys([key]))
    assert caught.value.hint.startswith(hint)


def test_texts_that_no_column_has_room_for_are_named():
    assert overlong(parse("S:a S:b X:c I:d"), {"a": 65535, "b": 65536}) == ["b"]


NAME = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(NAME, NAME)
def test_no_name_of_a_column_breaks_the_statement(name, other):
    if ident(name) == ident(other) or "_file_id" in (name.lower(), other.lower()):
        return
    spec = ColumnSpec((Column(ColumnType.TEXT, name), Column(ColumnType.FLOAT, other)))
    sql = str(table(SALES, spec, {}))
    assert [one.text for one in statements(sql + ";")] == [sql]
    quoted = [token.text for token in tokens(sql) if token.kind is Kind.QUOTED]
    assert quoted == ['"public"', '"sales"', ident(name), ident(other), '"_file_id"']
