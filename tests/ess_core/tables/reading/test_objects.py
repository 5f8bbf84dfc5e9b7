"""What a JSON object has comes out as it is written, whatever Python makes of numbers."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ess_core.tables.reading.objects import json_cells

NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,4})?", fullmatch=True)


@given(NUMBERS)
@example("-0")
@example("1" * 5000)
def test_a_number_stays_as_it_is_written(text):
    line = f'{{"a": {text}, "b": [{text}, {{"c": {text}}}], "d": "{text}"}}'
    nested = f'[{text}, {{"c": {text}}}]'
    assert json_cells(line, ["a", "b", "d", "missing"]) == [text, nested, text, ""]


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.booleans() | st.text(), st.lists)))
def test_all_else_is_text_or_json(found):
    cells = json_cells(json.dumps(found), list(found))
    for cell, value in zip(cells, found.values(), strict=True):
        if value is None or isinstance(value, str):
            assert cell == (value or "")
        else:
            assert cell == json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"a": 1, "a": 2}', "the key 'a' is there twice"),
        ('{"b": {"a": 1, "c": 3, "a": 2}}', "the key 'a' is there twice"),
        (f'{{"{"x" * 99}": 1, "{"x" * 99}": 2}}', f"the key '{'x' * 39}…' is there twice"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_row_says_why(line, why):
    with pytest.raises(ValueError, match="^" + why.replace("[", r"\[")):
        json_cells(line, ["a"])
