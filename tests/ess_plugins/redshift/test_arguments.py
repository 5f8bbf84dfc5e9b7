"""`stream CATEGORY START STOP [COMMAND] TABLE`: each word is what its place says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.errors import UsageError
from ess_core.files.dates import parse_range
from ess_plugins.redshift.arguments import Streamed, streamed
from ess_plugins.redshift.sql.quoting import TableName

WITHIN = parse_range("2014-09-01", "2014-09-03")
RANGE = ["2014-09-01", "2014-09-03"]
SALES = TableName("public", "sales")


def test_four_words_have_no_command():
    assert streamed(["purchases", *RANGE, "sales"]) == Streamed("purchases", WITHIN, "", SALES)


def test_the_fourth_of_five_is_the_command():
    found = streamed(["purchases", *RANGE, "cut -f1 | sort", "web.Sales"])
    assert found == Streamed("purchases", WITHIN, "cut -f1 | sort", TableName("web", "sales"))


def test_a_command_may_be_an_option():
    found = streamed(["purchases", *RANGE, "sales"], "cut -f1")
    assert found == Streamed("purchases", WITHIN, "cut -f1", SALES)


@pytest.mark.parametrize("words", [["c", "*", "*", " ", "sales"], ["c", "*", "*", "", "sales"]])
def test_a_command_of_blanks_is_none(words):
    assert streamed(words).command == ""
    assert streamed(["c", "*", "*", "sales"], " ").command == ""


def test_a_table_without_a_schema_is_of_the_one_that_is_given():
    assert streamed(["c", "*", "*", "sales"], schema="web").table == TableName("web", "sales")
    assert streamed(["c", "*", "*", "x.sales"], schema="web").table == TableName("x", "sales")


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        ([], "CATEGORY and START and STOP and TABLE are"),
        (["c"], "START and STOP and TABLE are"),
        (["c", "*"], "STOP and TABLE are"),
        (["c", "*", "*"], "TABLE is"),
    ],
)
@pytest.mark.parametrize("command", [None, "cat"])
def test_what_is_missing_is_named(words, missing, command):
    with pytest.raises(UsageError, match=f"^{missing} missing: CATEGORY START STOP"):
        streamed(words, command)


def test_more_than_five_words_are_refused_with_the_likely_reason():
    with pytest.raises(UsageError, match="there are 6 words") as caught:
        streamed(["c", "a.csv", "b.csv", "c.csv", "cat", "sales"])
    assert "in quotes" in caught.value.hint


def test_two_commands_are_refused():
    with pytest.raises(UsageError, match="there are two commands: 'cat' and --command 'wc'"):
        streamed(["c", "*", "*", "cat", "sales"], "wc")


@pytest.mark.parametrize("words", [["c", "*", "*", "wc -l"], ["c", "*", "*", "sales", "wc -l"]])
def test_a_command_in_the_place_of_the_table_is_told(words):
    with pytest.raises(UsageError, match="'wc -l' is no name of a table") as caught:
        streamed(words)
    assert "the table is the last word" in caught.value.hint


def test_a_command_in_the_place_of_a_date_is_refused():
    with pytest.raises(UsageError):
        streamed(["c", "2014-09-01", "cat", "sales"])


@given(st.lists(st.text(max_size=8), max_size=7), st.none() | st.text(max_size=8))
def test_any_words_are_understood_or_refused_with_a_hint(words, command):
    try:
        found = streamed(words, command)
    except UsageError as error:
        refused = error
    else:
        assert len(words) in (4, 5)
        assert found.category == words[0]
        return
    assert refused.message
    assert refused.hint
