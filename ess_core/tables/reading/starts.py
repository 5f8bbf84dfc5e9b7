"""Where a file's rows begin: after its header, and after what stands before that."""

from collections.abc import Sequence
from dataclasses import dataclass

from ess_core.tables.dialect import Dialect, Shape
from ess_core.tables.reading.records import Record, records

LOOKED_AT = 100
"""How many lines the header is looked for in."""
_SIMILAR = 10  # rows, of which one may be a header that is a little different


@dataclass(frozen=True, slots=True)
class Start:
    """How many ``lines`` come before the first row, and the cells of the header; none where there is none."""

    lines: int
    header: tuple[str, ...] = ()


def start(lines: Sequence[str], dialect: Dialect, width: int) -> Start:
    """Where the rows begin, by the header that is known, or one that has more than half of its names.

    Where a file has no such header, all of its lines are rows: none is lost by a guess. Where none is known,
    at most ``skip`` lines are passed over. What has the width of a row never is.
    """
    if dialect.shape not in (Shape.DELIMITED, Shape.FIXED):
        return Start(0)
    if not dialect.names:
        return Start(min(first_like_a_row(lines, dialect, width), dialect.skip))
    rows = list(records(lines[:LOOKED_AT], dialect))
    wanted = folded(dialect.names)
    same = next((row for row in rows if folded(row.cells) == wanted), None)
    found = same or next((row for row in rows[:_SIMILAR] if _is_similar(row, wanted)), None)
    if not found:
        return Start(0)
    first = _first_row(lines, dialect, len(found.cells)) if len(found.cells) > 1 else found.line
    return Start(first if first < found.line else found.line + found.lines, tuple(found.cells))


def first_like_a_row(lines: Sequence[str], dialect: Dialect, width: int) -> int:
    """The line of the first row, though it be damaged: with quotes that are wrong, or half of the columns."""
    rows = records(lines[:LOOKED_AT], dialect)
    return next((row.line for row in rows if row.why or 2 * len(row.cells) > width), LOOKED_AT)


def _first_row(lines: Sequence[str], dialect: Dialect, width: int) -> int:
    """The line of the first row of that width, a header or not."""
    rows = records(lines[:LOOKED_AT], dialect, width)
    return next((row.line for row in rows if not row.why), LOOKED_AT)


def folded(cells: Sequence[str]) -> list[str]:
    """The cells as headers are compared: without case, nor blanks around, nor the mark of an encoding."""
    return [cell.strip().removeprefix("\ufeff").casefold() for cell in cells]


def _is_similar(row: Record, wanted: Sequence[str]) -> bool:
    cells = folded(row.cells)
    known = [cell for cell in cells if cell in wanted]
    once = len(set(known)) == len(known) and len(set(wanted)) == len(wanted)
    return once and len(wanted) > 1 and 2 * len(known) > len(wanted)
