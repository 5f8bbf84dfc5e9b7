"""Lines as a table of text cells for DuckDB: as they are where nothing can go wrong, else row by row."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core.tables.cleaning.casts import raw_name
from ess_core.tables.dialect import Dialect, Shape
from ess_core.tables.reading.quoting import OPEN_LINES, OpenError
from ess_core.tables.reading.records import Record, records
from ess_core.tables.sqltext import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LINE_BYTES = 1 << 25  # DuckDB's buffer is twice that
_DELIMITER_BYTES = 4  # the longest that DuckDB takes


@dataclass(frozen=True, slots=True)
class Loaded:
    """Lines as a table: ``sql`` has the cells ``c0``, ``c1``, … of each row, text or null.

    It has that many ``rows``, or where it ``may_fold`` also fewer: a cell with a newline takes two lines. Of
    them, ``filled`` had too few cells. ``place`` is SQL for a row's first line, from 0, and the number of its
    lines. The ``broken`` rows are not in the table. From line ``used`` on, the lines belong to the next
    block.
    """

    sql: str
    rows: int
    place: str
    broken: tuple[Record, ...] = ()
    used: int | None = None
    may_fold: bool = False
    filled: int = 0


def quickly(path: Path, data: bytes, dialect: Dialect, width: int) -> Loaded | None:
    """The lines as they are, if they look plain; they are only where DuckDB reads them without an error.

    None where the lines need a closer look.
    """
    has_returns = b"\r" in data
    plain = data.replace(b"\r\n", b"\n") if has_returns else data
    if plain.endswith(b"\n\n"):
        plain = plain.rstrip(b"\n") + b"\n"
    if not _is_plain(plain, dialect, width):
        return None
    quote = dialect.quote.encode()
    quotes = plain.count(quote) if quote and quote in plain else 0
    if quotes % 2:
        return None
    path.write_bytes(plain)
    names = [raw_name(at) for at in range(width)]
    sql = _table(path, names, dialect.delimiter, dialect.quote, dialect.quote, _LINE_BYTES)
    return Loaded(
        sql,
        plain.count(b"\n"),
        "row_number() over () - 1 as line, 1 as lines",
        may_fold=quotes > 0 and not has_returns,
    )


def is_folded(db: "DuckDBPyConnection", loaded: Loaded, width: int, rows: int) -> bool:
    """True where ``rows`` are all there is, and each line that is missing is a newline in a cell.

    False where a cell has so many that its quote may be one that was never closed.
    """
    if not loaded.may_fold:
        return False
    newlines, most = _newlines(db, loaded.sql, width)
    return rows + newlines == loaded.rows and most < OPEN_LINES


def _is_plain(data: bytes, dialect: Dialect, width: int) -> bool:
    """True for what DuckDB reads as it is meant, as far as bytes can tell."""
    delimiter, escape = dialect.delimiter.encode(), dialect.escape.encode()
    if dialect.shape is not Shape.DELIMITED or width < 2 or not 0 < len(delimiter) <= _DELIMITER_BYTES:
        return False
    if b" " in delimiter or b"\r" in data or b"\0" in data or data.startswith(b"\n"):
        return False
    if escape and dialect.escape != dialect.quote and escape in data:
        return False
    return dialect.quote.isascii()


def carefully(
    path: Path, lines: Sequence[str], dialect: Dialect, width: int, *, final: bool, fills: bool = False
) -> Loaded:
    """The rows one by one, and those that are broken; with ``fills``, one with too few cells is not."""
    broken: list[Record] = []
    used, longest, rows, filled = None, 0, 0, 0
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        try:
            for row in records(lines, dialect, width, final=final, fills=fills):
                if row.why:
                    broken.append(row)
                    continue
                longest = max(longest, sum(map(len, row.cells)))
                writer.writerow((*row.cells, row.line, row.lines))
                rows += 1
                filled += row.filled
        except OpenError as error:
            used = error.line
    names = [*(raw_name(at) for at in range(width)), "first", "count"]
    size = max(1 << 21, 8 * longest + 1024 * width)
    sql = _table(path, names, ",", '"', '"', size)
    return Loaded(
        sql, rows, "first::UBIGINT as line, count::UBIGINT as lines", tuple(broken), used, filled=filled
    )


def listed(path: Path) -> str:
    """SQL for a list of the numbers in a file, one in a line."""
    return (
        f"(select list(n) from read_csv({literal(str(path))}, auto_detect=false, header=false, delim=',', "
        "columns={n: 'UBIGINT'}, parallel=false))"
    )


def _table(path: Path, names: Sequence[str], delimiter: str, quote: str, escape: str, line_bytes: int) -> str:
    columns = ", ".join(f"{name}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({literal(str(path))}, auto_detect=false, "
        f"header=false, new_line='\\n', compression='none', encoding='utf-8', delim={literal(delimiter)}, "
        f"quote={literal(quote)}, escape={literal(escape)}, comment='', allow_quoted_nulls=false, "
        f"columns={{{columns}}}, parallel=false, strict_mode=true, max_line_size={line_bytes})"
    )


def _newlines(db: "DuckDBPyConnection", table: str, width: int) -> tuple[int, int]:
    """How many newlines are in the cells of a table, and how many in the one that has the most."""
    cells = [raw_name(at) for at in range(width)]
    longer = "length({0}) - length(replace({0}, chr(10), ''))"
    in_cell = f"case when contains({{0}}, chr(10)) then {longer} else 0 end as {{0}}"
    each = ", ".join(map(in_cell.format, cells))
    asked = f"coalesce(sum({' + '.join(cells)}), 0), coalesce(max(greatest({', '.join(cells)})), 0)"
    found = db.execute(f"select {asked} from (select {each} from {table})").fetchone()
    assert found, "an aggregate has one row"
    return int(found[0]), int(found[1])
