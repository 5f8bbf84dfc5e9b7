"""Columnspecs, read and written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.errors import UsageError
from ess_core.tables.columnspec import Column, ColumnSpec, ColumnType, parse

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
letters = st.characters(exclude_categories=["Cs", "Z", "Cc"], exclude_characters=':",')
attributes = st.text(letters, min_size=1).filter(
    lambda text: text.strip("w=0123456789")
)  # else it may be a width
kinds = st.sampled_from(ColumnType)
specs = st.lists(
    st.builds(Column, kinds, names, st.lists(attributes, max_size=2).map(tuple)),
    min_size=1,
    unique_by=lambda column: column.name.lower(),
).map(lambda columns: ColumnSpec(tuple(columns)))


@given(specs)
def test_what_is_written_is_read_again(spec):
    assert parse(str(spec)) == spec


def test_the_types_are_known_in_any_case():
    spec = parse("s:a i:b IS:c l:d lS:e f:f ip:g x X:h")
    assert [column.type.duckdb for column in spec.columns] == (
        ["VARCHAR", "UINTEGER", "INTEGER", "UBIGINT", "BIGINT", "DOUBLE", "VARCHAR", "VARCHAR", "VARCHAR"]
    )
    assert [column.name for column in spec.kept] == list("abcdefg")
    assert str(spec) == "S:a I:b IS:c L:d LS:e F:f IP:g X X:h"


def test_names_are_quoted_where_they_need_it():
    spec = parse('S:"first name" \n I:plain F:"say ""hi"""  S:a:b')
    assert [column.name for column in spec.columns] == ["first name", "plain", 'say "hi"', "a:b"]
    assert str(spec) == 'S:"first name" I:plain F:"say ""hi""" S:a:b'


def test_widths_say_where_columns_begin():
    assert parse("S,8:a X,w=2 I,trm,w=5:b").starts == (0, 8, 10)
    assert parse("S,8:a S:rest").starts == (0, 8)
    assert parse("S,trm:a S,0:b").starts == ()


def test_attributes_are_kept_as_they_are():
    spec = parse("s,trm,EOK:a x,skip")
    assert spec.columns[0].attributes == ("trm", "EOK")
    assert str(spec) == "S,trm,EOK:a X,skip"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the columnspec is empty"),
        ("  ", "the columnspec is empty"),
        ("S:a Q:b", "the columnspec is wrong: 'Q:b' (at character 5) has no known type: 'Q'"),
        ("S:a S", "the columnspec is wrong: 'S' (at character 5) has no name"),
        ('S:""', "the columnspec is wrong: 'S:\"\"' (at character 1) has no name"),
        ("S:a :b", "the columnspec is wrong: ':b' (at character 5) is not TYPE:name"),
        ('S:"a b', "the columnspec is wrong: 'S:\"a' (at character 1) is not TYPE:name"),
        ("S,8:a S:b S,8:c", "some columns have a width and some have none"),
        ("S:a I:A", "the columnspec has 'A' twice"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(text, message):
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert caught.value.message == message
    assert caught.value.hint
