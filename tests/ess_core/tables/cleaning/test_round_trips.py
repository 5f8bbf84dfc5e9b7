"""Any table in any form comes back whole: texts of many dialects, packed columns, JSON."""

import json

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from ess_core.files.local import Local
from ess_core.tables.cleaning.cleaning import clean
from ess_core.tables.columnspec import Column, ColumnSpec, ColumnType
from ess_core.tables.dialect import Dialect, Shape
from ess_core.tables.parts import CleanTask, Recipe
from tests.ess_core.tables.cleaning_setup import result

LETTERS = st.sampled_from("ab 1,;|\t'\"\n\\é\0.-~^=") | st.characters(
    exclude_categories=["Cs"], exclude_characters="\r"
)
CELLS = st.text(LETTERS, max_size=6)
round_trip = settings(max_examples=40)


def tables(cells, widths=(2, 4)):
    return st.integers(*widths).flatmap(
        lambda width: st.lists(st.tuples(*[cells] * width), min_size=1, max_size=5)
    )


def back(folder, data, dialect, width):
    """The rows, all of them text."""
    (folder / "file").write_bytes(data)
    store = Local(f"file://{folder}")
    columns = ColumnSpec(tuple(Column(ColumnType.TEXT, f"c{at}") for at in range(width)))
    task = CleanTask(store, store.stat("file"), Recipe(dialect, columns), str(folder / "parts"), "x")
    found = result(clean(task))
    assert found.rejects == []
    return found.rows


@round_trip
@given(
    tables(CELLS),
    st.sampled_from([",", "\t", "||", "|~|", " | ", "::", "#@#", "\x1f", "¦"]),
    st.sampled_from("\"'"),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"]),
)
@example(rows=[("", "Ā")], delimiter=",", quote='"', backslash=False, encoding="utf-16-le")
def test_delimiters_of_any_length_with_both_escapes_in_any_encoding(
    tmp_path, rows, delimiter, quote, backslash, encoding
):
    assume(not rows[0][0].startswith("\ufeff"))
    escape = "\\" if backslash else quote

    def cell(text):
        text = text.replace("\\", "\\\\") if backslash else text
        return quote + text.replace(quote, escape + quote) + quote

    text = "".join(delimiter.join(map(cell, row)) + "\n" for row in rows)
    dialect = Dialect(Shape.DELIMITED, delimiter, quote, escape, encoding=encoding)
    assert back(tmp_path, text.encode(encoding), dialect, len(rows[0])) == rows


@round_trip
@given(tables(st.text(LETTERS.filter(lambda letter: letter not in "\"'\\|\n"), max_size=6)))
def test_cells_without_quotes(tmp_path, rows):
    text = "".join("|".join(row) + "\n" for row in rows)
    assume(not text.startswith("\ufeff") and not any(len(row) > 1 and not "".join(row) for row in rows))
    assert back(tmp_path, text.encode(), Dialect(delimiter="|", quote="", escape=""), len(rows[0])) == rows


WORDS = st.text(LETTERS, max_size=6).map(lambda text: "".join(text.split("\n")).strip())


@round_trip
@given(tables(WORDS))
def test_columns_that_are_packed(tmp_path, rows):
    widths = [max(len(row[at]) for row in rows) or 1 for at in range(len(rows[0]))]
    lines = ["".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    assume(not lines[0].startswith("\ufeff"))
    columns = ColumnSpec(tuple(Column(ColumnType.TEXT, "c", (str(width),)) for width in widths))
    dialect = Dialect(Shape.FIXED, "", "", "", starts=columns.starts)
    assert back(tmp_path, "\n".join(lines).encode(), dialect, len(widths)) == rows


@pytest.mark.parametrize("shape", [Shape.JSON, Shape.VALUES])
@round_trip
@given(tables(st.text(LETTERS | st.just("\r"), max_size=6)), st.booleans(), st.sampled_from([None, 2]))
def test_json(tmp_path, shape, rows, ascii_only, indent):
    names = tuple(f'n{at}"' for at in range(len(rows[0])))
    objects = [dict(zip(names, row, strict=True)) for row in rows]
    if shape is Shape.JSON:
        text = "\n".join(json.dumps(one, ensure_ascii=ascii_only) for one in objects)
    else:
        text = json.dumps(objects, ensure_ascii=ascii_only, indent=indent)
    assert back(tmp_path, text.encode(), Dialect(shape, "", "", "", names), len(names)) == rows
