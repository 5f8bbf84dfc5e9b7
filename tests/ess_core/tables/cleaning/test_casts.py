"""Cells as numbers: exactly what the type can hold, whatever DuckDB would make of the rest."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess_core.tables.cleaning import casts
from ess_core.tables.cleaning.layout import Layout
from ess_core.tables.columnspec import Column, ColumnType, parse
from tests.ess_core.tables.cleaning_setup import DB

RANGES = {
    ColumnType.UINT32: (0, 2**32 - 1),
    ColumnType.INT32: (-(2**31), 2**31 - 1),
    ColumnType.UINT64: (0, 2**64 - 1),
    ColumnType.INT64: (-(2**63), 2**63 - 1),
}
EDGES = [edge + step for pair in RANGES.values() for edge in pair for step in (-1, 0, 1)]
CELLS = (
    st.text(st.sampled_from("0123456789+-.,_eE xXnaif\t\0"), max_size=8)
    | st.sampled_from(EDGES).map(str)
    | st.floats().map(str)
    | st.sampled_from(
        ["1e308", "1e309", "-1e309", "1e-400", "٣", "1\xa0", "\x0b1", "0b1", "1f", "1d", "1l", "½"]
    )
)


def typed(kind, cells, point="."):
    """Whether each cell is wrong, and its value."""
    columns, layout = parse(f"{kind.value}:a"), Layout((0,), 1)
    wrong, value = casts.first_wrong(columns, layout, point), casts.values(columns, layout, point)
    return DB.execute(
        f"select {wrong} is not null, {value} from (select unnest(?) as c0)", [cells]
    ).fetchall()


def whole(cell, lowest, highest):
    found = re.fullmatch(r"[\t-\r ]*([+-]?[0-9]+)?[\t-\r ]*", cell)
    if not found:
        return True, None
    if found[1] is None:
        return False, None
    number = int(found[1])
    return (False, number) if lowest <= number <= highest else (True, None)


def decimal(cell, point):
    dot = re.escape(point)
    digits = rf"[+-]?(?:[0-9]+(?:{dot}[0-9]*)?|{dot}[0-9]+)(?:[eE][+-]?[0-9]+)?"
    found = re.fullmatch(rf"[\t-\r ]*({digits})?[\t-\r ]*", cell)
    if not found:
        return True, None
    number = float(found[1].replace(",", ".")) if found[1] else None
    return (True, None) if number is not None and math.isinf(number) else (False, number)


@pytest.mark.parametrize("kind", RANGES)
@settings(max_examples=40)
@given(cells=st.lists(CELLS, min_size=1, max_size=30))
def test_whole_numbers_are_those_in_range(kind, cells):
    for cell, (wrong, value) in zip(cells, typed(kind, cells), strict=True):
        wanted = whole(cell, *RANGES[kind])
        assert wrong == wanted[0], cell
        assert wrong or value == wanted[1], cell
        assert casts.fits(Column(kind, "a"), cell, ".") is not wrong, cell


@pytest.mark.parametrize("point", [".", ","])
@settings(max_examples=60)
@given(cells=st.lists(CELLS, min_size=1, max_size=30))
def test_floats_are_finite_decimal_numbers(point, cells):
    for cell, (wrong, value) in zip(cells, typed(ColumnType.FLOAT, cells, point), strict=True):
        wanted = decimal(cell, point)
        assert wrong == wanted[0], cell
        assert wrong or value == wanted[1], cell
        assert casts.fits(Column(ColumnType.FLOAT, "a"), cell, point) is not wrong, cell


def test_a_cell_fits_where_sql_has_it():
    cells = ["", " ", "10.0.0.1", " ::1\t", "10.0.0.256", "x", "9" * 5000, "0" * 5000 + "7", "-" + "0" * 30]
    for kind in ColumnType:
        for cell, (wrong, _) in zip(cells, typed(kind, cells), strict=True):
            assert casts.fits(Column(kind, "a"), cell, ".") is not wrong, (kind, cell)
