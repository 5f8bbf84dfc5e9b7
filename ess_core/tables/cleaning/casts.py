"""SQL that makes typed columns of text, exactly: what is not quite a number is rejected, never rounded.

DuckDB itself reads 1.5 as the whole number 2, 1_000 and 0x10 as numbers, and 1e400 as infinity.
"""

import re
from math import isfinite

from ess_core.tables.cleaning.layout import Layout
from ess_core.tables.coltypes import ADDRESS
from ess_core.tables.columnspec import Column, ColumnSpec, ColumnType
from ess_core.tables.parts import NO_COLUMN
from ess_core.tables.sqltext import identifier, literal, trimmed

_WHOLE = "[+-]?[0-9]+"
_DIGITS = 20  # of the largest whole number
_BLANKS = " \t\n\v\f\r"
_RANGES = {
    ColumnType.UINT32: (0, (1 << 32) - 1),
    ColumnType.INT32: (-(1 << 31), (1 << 31) - 1),
    ColumnType.UINT64: (0, (1 << 64) - 1),
    ColumnType.INT64: (-(1 << 63), (1 << 63) - 1),
}


def raw_name(at: int) -> str:
    """The name of a column before it is typed."""
    return f"c{at}"


def values(columns: ColumnSpec, layout: Layout, point: str) -> str:
    """The typed columns, that ``named`` gives their names; one that the file has not is empty."""
    if not columns.kept:
        return "true as v0"
    return ", ".join(
        f"{value(column, _raw(place), point)} as v{at}"
        for at, (column, place) in enumerate(zip(columns.columns, layout.places, strict=True))
        if column.type is not ColumnType.SKIP
    )


def named(columns: ColumnSpec) -> str:
    """The typed columns under their names."""
    if not columns.kept:
        return f"v0 as {identifier(NO_COLUMN)}"
    return ", ".join(
        f"v{at} as {identifier(column.name)}"
        for at, column in enumerate(columns.columns)
        if column.type is not ColumnType.SKIP
    )


HEADER = -1
"""What ``first_wrong`` has for a row that is the header again."""


def first_wrong(columns: ColumnSpec, layout: Layout, point: str) -> str:
    """The number of the first column that is wrong, in the order of the recipe; null where all are right."""
    header = layout.header if len(layout.header) == layout.width else ()
    again = " and ".join(f"{raw_name(at)} = {literal(name)}" for at, name in enumerate(header))
    cases = [f"when {again} then {HEADER}"] if again else []
    cases += [
        f"when {wrong} then {at}"
        for at, (column, place) in enumerate(zip(columns.columns, layout.places, strict=True))
        if place is not None and (wrong := is_wrong(column, raw_name(place), point))
    ]
    return f"case {' '.join(cases)} end" if cases else "null"


def raw_cells(layout: Layout) -> str:
    """A list of the cells before they are typed, in the order of the recipe."""
    return f"[{', '.join(map(_raw, layout.places))}]"


def _raw(place: int | None) -> str:
    return "''" if place is None else raw_name(place)


def reason(column: Column, cell: str, point: str) -> str:
    """Why that cell cannot be in the column."""
    shown = cell if len(cell) <= 40 else cell[:39] + "…"
    if column.type is ColumnType.IP:
        return f"{shown!r} is not an IP address"
    if column.type is ColumnType.FLOAT:
        return (
            f"{shown!r} is not a number" if not _looks_number(cell, point) else f"{shown!r} is out of range"
        )
    if not _looks_whole(cell):
        return f"{shown!r} is not a whole number"
    return f"{shown!r} is out of the range of {column.type.value}"


def fits(column: Column, cell: str, point: str) -> bool:
    """True for a cell that ``is_wrong`` is not about."""
    cell = cell.strip(_BLANKS)
    if not cell or column.type in (ColumnType.TEXT, ColumnType.SKIP):
        return True
    if column.type is ColumnType.IP:
        return bool(re.fullmatch(ADDRESS, cell))
    if column.type is ColumnType.FLOAT:
        return _looks_number(cell, point) and isfinite(float(cell.replace(",", ".")))
    return _looks_whole(cell) and _in_range(cell, *_RANGES[column.type])


def value(column: Column, raw: str, point: str) -> str:
    """SQL for a cell as its type; null where it is nothing, or wrong."""
    if column.type is ColumnType.TEXT:
        return f"coalesce({raw}, '')"
    if column.type is ColumnType.IP:
        return f"nullif({trimmed(raw)}, '')"
    return f"try_cast({_number(column, raw, point)} as {column.type.duckdb})"


def is_wrong(column: Column, raw: str, point: str) -> str:
    """True for a cell that is something and not of the type; an empty one is null.

    The pattern says what is right, but costs the most; so it is asked only of cells that may be wrong.
    """
    if column.type in (ColumnType.TEXT, ColumnType.SKIP):
        return ""
    if column.type is ColumnType.IP:
        return f"not regexp_full_match({trimmed(raw)}, {literal(f'|{ADDRESS}')})"
    cast = f"try_cast({_number(column, raw, point)} as {column.type.duckdb})"
    if column.type.is_whole:
        wrong = f"(not {_matches(raw, _WHOLE)} or ({cast} is null and {trimmed(raw)} <> ''))"
        return f"({cast}::VARCHAR is distinct from {raw} and {wrong})"
    other_marks = "_." if point == "," else "_"
    doubtful = [f"contains({raw}, '{mark}')" for mark in other_marks]
    unsure = " or ".join([f"{cast} is null", f"not isfinite({cast})", *doubtful])
    return f"(({unsure}) and (not {_matches(raw, _float(point))} or isinf({cast})))"


def _matches(raw: str, pattern: str) -> str:
    return f"regexp_full_match({raw}, {literal(_blanks(pattern))})"


def _blanks(pattern: str) -> str:
    return rf"[\t-\r ]*(?:{pattern})?[\t-\r ]*"


def _float(point: str) -> str:
    dot = f"[{point}]"
    return f"[+-]?(?:[0-9]+(?:{dot}[0-9]*)?|{dot}[0-9]+)(?:[eE][+-]?[0-9]+)?"


def _number(column: Column, raw: str, point: str) -> str:
    """What DuckDB casts; it passes over blanks around a number by itself."""
    return f"replace({raw}, ',', '.')" if column.type is ColumnType.FLOAT and point == "," else raw


def _in_range(cell: str, low: int, high: int) -> bool:
    digits = cell.lstrip("+-0")
    number = int(digits[: _DIGITS + 1] or "0")
    return low <= (-number if cell.startswith("-") else number) <= high


def _looks_whole(cell: str) -> bool:
    return bool(re.fullmatch(_blanks(_WHOLE), cell))


def _looks_number(cell: str, point: str) -> bool:
    return bool(re.fullmatch(_blanks(_float(point)), cell))
