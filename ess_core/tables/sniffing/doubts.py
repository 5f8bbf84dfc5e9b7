"""What makes it doubtful that a text is what it was taken for, in a line for whoever said so."""

from collections.abc import Iterator

from ess_core.tables.cleaning import casts
from ess_core.tables.dialect import Shape
from ess_core.tables.sniffing.given import Given
from ess_core.tables.sniffing.sniffing import Sniffed


def doubt(found: Sniffed, given: Given) -> str:
    """Why what was found may be wrong: most rows would be rejected, or there are none; else empty."""
    rows = len(found.rows) + len(found.broken)
    reasons = [*found.broken, *_wrong(found)]
    if 2 * len(reasons) > rows:
        return f"{len(reasons)} of the first {rows} rows do not fit the columns, one of them: {reasons[0]}"
    names = found.dialect.names
    is_text = found.dialect.shape in (Shape.DELIMITED, Shape.FIXED)
    if is_text and names and not rows and not given.is_header(names):
        return f"its only line is taken for a header and not for a row: {', '.join(names)}"
    return ""


def _wrong(found: Sniffed) -> Iterator[str]:
    """Why the rows with a wrong cell are, each once."""
    if found.dialect.shape is Shape.PARQUET:  # its cells have types
        return
    columns, point = found.columns.columns, found.dialect.decimal
    for row in found.rows:
        for column, cell in zip(columns, row, strict=False):
            if not casts.fits(column, cell, point):
                yield f"{column.name}: {casts.reason(column, cell, point)}"
                break
