"""Values are bound, never pasted, and each has its place."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from ess_core.errors import UsageError
from ess_plugins.redshift.sql.parameters import Bound, bind, check, given, names


def test_values_are_read_up_to_the_first_equals_sign():
    assert given(["a=1", "b_2=x=y", "c="]) == {"a": "1", "b_2": "x=y", "c": ""}


@pytest.mark.parametrize("words", [["a"], ["=1"], ["2=1"], ["a b=1"], ["a=1", "a=2"], ["a=\0"], [""]])
def test_what_is_no_value_is_refused(words):
    with pytest.raises(UsageError, match="--param"):
        given(words)


def test_a_value_of_a_wrong_parameter_is_not_shown():
    with pytest.raises(UsageError) as caught:
        given(["pass word=secret"])
    assert "secret" not in caught.value.message


def test_each_parameter_becomes_a_number_and_repeats_it():
    assert bind("select :a, :b_1 from t where x=:a", {"a": "1", "b_1": "2", "c": "3"}) == Bound(
        "select $1, $2 from t where x=$1", ("1", "2")
    )


@pytest.mark.parametrize(
    "sql",
    [
        "select ':a'",
        "select '\\':a'",
        'select ":a"',
        "select 1 -- :a",
        "select 1 /* /* */ :a */",
        "select $$ :a $$",
        "select x::a",
        "select x :: a",
        "select n := a",
        "select : a, 1",
        "select ':a', : a",
        "select :1",
    ],
)
def test_what_is_no_parameter_stays(sql):
    assert names(sql) == []
    assert bind(sql, {"a": "1"}) == Bound(sql, ())


def test_a_cast_of_a_parameter_is_both():
    assert bind("select :a::date", {"a": "2014-01-31"}).sql == "select $1::date"


@drawn(st.text(st.characters(exclude_characters="\0")))
def test_no_value_is_part_of_the_text(value):
    assert bind("select :a", {"a": value}) == Bound("select $1", (value,))


def test_what_is_missing_and_what_is_unused_is_said_once():
    statements = ["select :a", "select :b, :c"]
    check(statements, {"a": "", "b": "", "c": ""})
    check(["select 1"], {})
    with pytest.raises(UsageError, match="the SQL needs values for :b, :c") as caught:
        check(statements, {"a": "1", "d": "2"})
    assert caught.value.hint == "give --param b=… --param c=…"
    with pytest.raises(UsageError, match="the SQL has no :d") as caught:
        check(statements, {"a": "", "b": "", "c": "", "d": ""})
    assert caught.value.hint == "it has :a, :b, :c"
    with pytest.raises(UsageError, match="the SQL has no :a"):
        check(["select ':a'"], {"a": ""})


def test_a_value_that_is_missing_is_named():
    with pytest.raises(UsageError, match="the SQL needs a value for :a"):
        bind("select :a", {})


def test_two_ways_of_numbering_are_not_mixed():
    with pytest.raises(UsageError, match=r"\$1 and named parameters"):
        bind("select $1, :a", {"a": "1"})


@pytest.mark.parametrize(
    ("sql", "style"),
    [
        ("select :a", "qmark"),
        ("select '?', :a", "qmark"),
        ("select '\\'?', :a::date", "numeric"),
        ("select $$?$$, ':', :a", "format"),
        ("select :a /* ? */", "numeric"),
    ],
)
def test_the_driver_is_told_to_look_for_what_is_not_there(sql, style):
    assert bind(sql, {"a": "1"}).style == style


def test_a_text_that_the_driver_would_change_is_refused():
    with pytest.raises(UsageError, match="cannot have all of"):
        bind("select $$?:%$$, :a", {"a": "1"})
