"""JSON in arrays and over several lines: every object is a row, and what is broken is rejected or said."""

import io
import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess_core.files.damage import CorruptError
from ess_core.tables.columnspec import parse
from ess_core.tables.dialect import Shape
from ess_core.tables.reading import blocks
from ess_core.tables.reading import values as json_values
from ess_core.tables.reading.values import Values
from ess_core.tables.sniffing.given import Given
from ess_core.tables.sniffing.sniffing import sniff
from tests.ess_core.tables.cleaning_setup import cleaned

OBJECTS = [{"n": n, "s": f"x{n}", "d": {"e": [n, {"f": "}]{["}]}} for n in range(50)]
ROWS = [(n, f"x{n}", json.dumps(one["d"])) for n, one in enumerate(OBJECTS)]
FORMS = {
    "an array in one line": json.dumps(OBJECTS),
    "a packed array": json.dumps(OBJECTS, separators=(",", ":")),
    "a line for each": "[\n" + ",\n".join(map(json.dumps, OBJECTS)) + "\n]\n",
    "a line for each, the first with the bracket": "[" + ",\n ".join(map(json.dumps, OBJECTS)) + "]",
    "commas in front": "[ " + "\n, ".join(map(json.dumps, OBJECTS)) + "\n]",
    "commas without brackets": ",\n".join(map(json.dumps, OBJECTS)) + ",\n",
    "indented": json.dumps(OBJECTS, indent=2),
    "indented by tabs, in DOS style": json.dumps(OBJECTS, indent="\t").replace("\n", "\r\n"),
    "indented, one after another": "\n".join(json.dumps(one, indent=4) for one in OBJECTS),
    "one after another in one line": "".join(map(json.dumps, OBJECTS)),
    "several arrays": json.dumps(OBJECTS[:20]) + "\n" + json.dumps(OBJECTS[20:]) + "\n",
}


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(blocks, "_PIECE_BYTES", 7)


def found_in(text, block_bytes=100):
    found = Values(io.BytesIO(text.encode()), "utf-8", block_bytes)
    lines, values = [], []
    for block in found:
        lines += block.lines
        values += block.data.decode().split("\n")[:-1]
    return lines, values, found.damage


@pytest.mark.parametrize("form", FORMS)
def test_each_object_is_a_row(tmp_path, form):
    found = cleaned(tmp_path, FORMS[form])
    assert (found.rows, found.rejects, found.parts[0].damage) == (ROWS, [], "")


@pytest.mark.parametrize("form", FORMS)
def test_the_columns_are_found_in_a_sample(form):
    found = sniff(FORMS[form].encode()[:1500], whole=False)
    assert (found.dialect.shape, str(found.columns)) == (Shape.VALUES, "IS:n S:s S:d")
    assert 0 < len(found.rows) < 50
    assert found.rows[3] == ("3", "x3", ROWS[3][2])


@pytest.mark.parametrize("form", FORMS)
def test_pieces_change_nothing_and_each_value_has_its_line(form, small_pieces):
    text = FORMS[form]
    lines, values, damage = found_in(text)
    assert [json.loads(value) for value in values] == OBJECTS
    assert damage == ""
    physical = text.split("\n")
    assert all("{" in physical[line - 1] for line in lines)
    assert lines == sorted(lines)
    assert f'"x{49}"' in "\n".join(physical[lines[-1] - 1 :])


def test_wrong_cells_are_rejected_with_line_and_raw_text(tmp_path):
    table = [dict(one, d="") for one in OBJECTS]
    table[7]["n"] = table[9]["n"] = "TBD"
    found = cleaned(tmp_path, json.dumps(table, indent=1), given=Given(columns=parse("I:N S:s")))
    assert found.rows == [(n, s) for n, s, _ in ROWS if n not in (7, 9)]
    why = "'TBD' is not a whole number"
    assert [reject[:3] for reject in found.rejects] == [(37, "N", why), (47, "N", why)]
    assert found.rejects[0][3] == '{\n  "n": "TBD",\n  "s": "x7",\n  "d": ""\n }'


BREAKS = {
    "a word": lambda one: one.replace('"x', "x").replace('", "d"', ', "d"'),
    "a comma too many": lambda one: one.replace("}}", "},}"),
    "single quotes": lambda one: one.replace('"', "'"),
    "a missing quote": lambda one: one.replace('"x', "x"),
    "a missing quote at the end": lambda one: one.replace('", "d"', ', "d"'),
    "a missing brace": lambda one: one[:-1],
    "no braces at the end": lambda one: one.rstrip("}"),
    "a missing bracket": lambda one: one.replace("]}}", "}}"),
    "no brace at the beginning": lambda one: one[1:],
    "a brace too many": lambda one: one + "}",
    "half of it": lambda one: one[: len(one) // 2],
    "a newline in a string": lambda one: one.replace('"x', '"x\n'),
    "a list": lambda one: "[1, 2]",
    "no JSON": lambda one: "oops",
    "a number": lambda one: "17",
}


@pytest.mark.parametrize("at", [1, 20, 49])
@pytest.mark.parametrize("kind", BREAKS)
@pytest.mark.parametrize("form", ["lines", "indented"])
def test_a_broken_value_is_rejected_and_costs_no_other(tmp_path, form, kind, at):
    table = [json.dumps(one) for one in OBJECTS]
    table[at] = BREAKS[kind](table[at])
    if form == "indented":
        table = ["  " + one for one in table]
    found = cleaned(tmp_path, "[\n" + ",\n".join(table) + "\n]\n", "I:n S:s S:d")
    kept = {row[0] for row in found.rows}
    whole = kind == "a brace too many"  # the object itself is fine
    assert found.rows == [row for row in ROWS if row[0] in kept]
    assert set(range(50)) - kept == (set() if whole else {at})
    assert found.rejects[0][0] == at + 2
    assert {reject[2] for reject in found.rejects} <= {"not JSON", "not a JSON object"}
    assert found.parts[0].damage == ""


def test_a_broken_value_among_indented_ones_costs_no_other(tmp_path):
    text = json.dumps(OBJECTS, indent=2).replace('"x20",', "x20,", 1).replace('"x30"', '"x30', 1)
    text = text.replace('"x40",', '"x40"', 1).replace('"n": 45,', '"n": 45, [', 1)
    found = cleaned(tmp_path, text)
    assert found.rows == [row for row in ROWS if row[0] not in (20, 30, 40, 45)]
    assert [text.split("\n")[line - 1] for line, *_ in found.rejects] == ["  {"] * 4
    assert all(f'"n": {n}' in raw for n, (*_, raw) in zip((20, 30, 40, 45), found.rejects, strict=True))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_text_that_is_cut_off_gives_its_whole_objects_and_is_named(form, share):
    text = FORMS[form]
    _, values, damage = found_in(text[: int(len(text) * share)])
    assert [json.loads(value) for value in values] == OBJECTS[: len(values)]
    assert abs(len(values) - 50 * share) < 2
    assert "is cut off: its JSON has no end" in damage


@pytest.mark.parametrize("form", ["an array in one line", "one after another in one line"])
def test_where_nothing_says_how_it_goes_on_the_text_is_corrupt(tmp_path, form):
    with pytest.raises(CorruptError, match="nothing says where the broken JSON in line 1 ends"):
        found_in(FORMS[form].replace('"x20"', '"x20', 1))
    flat = "\n".join(line.strip() for line in json.dumps(OBJECTS, indent=1).split("\n"))
    with pytest.raises(CorruptError):
        found_in(flat.replace('"x20",', '"x20,', 1))


def test_a_value_without_end_is_corrupt(monkeypatch, small_pieces):
    monkeypatch.setattr(json_values, "LINE_BYTES", 2000)
    for text in ('[{"a": "' + "x" * 9000, '[{"a": 1}, {"a": [' + "1, " * 9000):
        with pytest.raises(CorruptError, match="nothing says where"):
            found_in(text)


def test_other_encodings_and_bytes_that_are_no_utf_8(tmp_path):
    data = json.dumps([{"n": 1, "s": "Köln"}] * 3, ensure_ascii=False, indent=1)
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        found = cleaned(tmp_path, data.encode(encoding))
        assert found.rows == [(1, "Köln")] * 3
        assert found.parts[0].recoded_lines == (3 if encoding == "cp1252" else 0)


@pytest.mark.parametrize("text", ["[]", "[ ]\n", "[1, 2]", "[2014-01-01] a\n[2014-01-02] b\n", "{", "[{"])
def test_what_has_no_objects_is_something_else(text):
    assert sniff(text.encode()).dialect.shape is not Shape.VALUES


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
TABLES = st.lists(st.dictionaries(st.sampled_from(["a", "b", '"{', "\u2028"]), TREES, max_size=3), max_size=5)


@settings(max_examples=80)
@given(TABLES, st.sampled_from([None, 0, 1, "\t"]), st.booleans(), st.booleans())
def test_any_objects_in_any_form_come_back(small_pieces, objects, indent, ascii_only, in_array):
    if in_array:
        text = json.dumps(objects, indent=indent, ensure_ascii=ascii_only)
    else:
        text = "\n".join(json.dumps(one, indent=indent, ensure_ascii=ascii_only) for one in objects)
    _, values, damage = found_in(text)
    assert ([json.loads(value) for value in values], damage) == (objects, "")


SMALL = [{"n": n, "s": "x}, y", "l": [1, {"k": "v"}]} for n in range(12)]
SHAPES = {
    "lines": "[\n" + ",\n".join(map(json.dumps, SMALL)) + "\n]\n",
    "indented": json.dumps(SMALL, indent=2),
    "one line": json.dumps(SMALL),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_character_that_is_lost_loses_a_row_without_a_word(shape):
    objects, text = SMALL, SHAPES[shape]
    dice = random.Random(5)
    for _ in range(600):
        at = dice.randrange(len(text))
        mark = dice.choice(["", '"', "{", "}", "[", "]", ",", "\n", "x"])
        changed = text[:at] + mark + text[at + 1 :]
        try:
            _, values, damage = found_in(changed, 10_000)
        except CorruptError:
            continue
        good = [one for value in values if isinstance(one := loaded(value), dict)]
        assert {"k": "v"} not in good or mark == "{", (at, changed)  # it may be where an object begins
        bad = " ".join(value for value in values if not isinstance(loaded(value), dict))
        touched = text[:at].count('"n"') - 1  # or the next one, by its first bracket
        for one in objects:
            assert one in good or damage or f'"n": {one["n"]}' in bad or one["n"] - touched in (0, 1), (
                at,
                changed,
            )


def loaded(value):
    try:
        return json.loads(value)
    except ValueError:
        return None
