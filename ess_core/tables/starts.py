"""Where a file's rows begin: after its header, and after what stands before that."""

from collections.abc import Sequence

from ess_core.tables.dialect import Dialect, Shape
from ess_core.tables.records import records

LOOKED_AT = 100
"""How many lines the header is looked for in."""


def lines_before(lines: Sequence[str], dialect: Dialect) -> int:
    """How many lines come before the first row.

    Where a file has no such header, all of its lines are rows: none is lost by a guess.
    """
    if dialect.shape not in (Shape.DELIMITED, Shape.FIXED):
        return 0
    if not dialect.names:
        return dialect.skip
    wanted = folded(dialect.names)
    for row in records(lines[:LOOKED_AT], dialect):
        if folded(row.cells) == wanted:
            return row.line + row.lines
    return 0


def folded(cells: Sequence[str]) -> list[str]:
    """The cells as headers are compared: without case, nor blanks around."""
    return [cell.strip().casefold() for cell in cells]
