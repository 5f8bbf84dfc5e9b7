"""Lines into a table of text cells, ``t``: by DuckDB where nothing can go wrong, else row by row."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core.tables.casts import raw_name
from ess_core.tables.dialect import Dialect, Shape
from ess_core.tables.quoting import OpenError
from ess_core.tables.records import Record, records
from ess_core.tables.sqltext import literal, number

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LINE_BYTES = 1 << 25  # DuckDB's buffer is twice that
_DELIMITER_BYTES = 4  # the longest that DuckDB takes


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of the lines: ``rows`` are in ``t``, the ``broken`` ones are not.

    ``place`` is SQL for a row's first line, from 0, and the number of its lines; it is empty where it is not
    known. From line ``used`` on, the lines belong to the next block.
    """

    rows: int
    place: str
    broken: tuple[Record, ...] = ()
    used: int | None = None


def quickly(db: "DuckDBPyConnection", path: Path, data: bytes, dialect: Dialect, width: int) -> Loaded | None:
    """The rows, where each line is accounted for; None where the lines need a closer look."""
    plain = data.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"
    if not _is_plain(plain, dialect, width):
        return None
    path.write_bytes(plain)
    if not _read_plain(db, path, dialect, width):
        return None
    rows, lines = number(db, "select count(*) from t"), plain.count(b"\n")
    if rows == lines:
        return Loaded(rows, "rowid, 1")
    inside = _newlines(db, width) if _quoted(plain, dialect) and b"\r\n" not in data else 0
    return Loaded(rows, "") if rows + inside == lines else None


def _is_plain(data: bytes, dialect: Dialect, width: int) -> bool:
    """True for what DuckDB reads as it is meant, as far as bytes can tell."""
    delimiter, escape = dialect.delimiter.encode(), dialect.escape.encode()
    if dialect.shape is not Shape.DELIMITED or width < 2 or not 0 < len(delimiter) <= _DELIMITER_BYTES:
        return False
    if b" " in delimiter or b"\r" in data or b"\0" in data or b"\n\n" in data or data.startswith(b"\n"):
        return False
    if escape and dialect.escape != dialect.quote and escape in data:
        return False
    return dialect.quote.isascii() and data.count(dialect.quote.encode() or b"\n\n") % 2 == 0


def _quoted(data: bytes, dialect: Dialect) -> bool:
    return bool(dialect.quote) and dialect.quote.encode() in data


def _read_plain(db: "DuckDBPyConnection", path: Path, dialect: Dialect, width: int) -> bool:
    """Fill ``t``; False where DuckDB meets anything that is wrong."""
    import duckdb

    names = [raw_name(at) for at in range(width)]
    options = f"strict_mode=true, max_line_size={_LINE_BYTES}"
    try:
        _fill(db, path, names, dialect.delimiter, dialect.quote, dialect.quote, options)
    except duckdb.Error:
        return False
    return True


def carefully(
    db: "DuckDBPyConnection", path: Path, lines: Sequence[str], dialect: Dialect, width: int, *, final: bool
) -> Loaded:
    """The rows one by one, and those that are broken."""
    broken: list[Record] = []
    used, longest, rows = None, 0, 0
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        try:
            for row in records(lines, dialect, width, final=final):
                if row.why:
                    broken.append(row)
                    continue
                longest = max(longest, sum(map(len, row.cells)))
                writer.writerow((*row.cells, row.line, row.lines))
                rows += 1
        except OpenError as error:
            used = error.line
    names = [*(raw_name(at) for at in range(width)), "line", "lines"]
    size = max(1 << 21, 8 * longest + 1024 * width)
    _fill(db, path, names, ",", '"', '"', f"strict_mode=true, max_line_size={size}")
    assert number(db, "select count(*) from t") == rows, "what is written is read again"
    return Loaded(rows, "line::UBIGINT, lines::UBIGINT", tuple(broken), used)


def _fill(
    db: "DuckDBPyConnection",
    path: Path,
    names: Sequence[str],
    delimiter: str,
    quote: str,
    escape: str,
    options: str,
) -> None:
    columns = ", ".join(f"{name}: 'VARCHAR'" for name in names)
    db.execute(
        f"create or replace table t as select * from read_csv({literal(str(path))}, auto_detect=false, "
        f"header=false, new_line='\\n', compression='none', encoding='utf-8', delim={literal(delimiter)}, "
        f"quote={literal(quote)}, escape={literal(escape)}, comment='', allow_quoted_nulls=false, "
        f"columns={{{columns}}}, parallel=false, {options})"
    )


def _newlines(db: "DuckDBPyConnection", width: int) -> int:
    """How many newlines are in the cells of ``t``."""
    cells = [raw_name(at) for at in range(width)]
    each = [
        f"coalesce(sum(length({c}) - length(replace({c}, chr(10), ''))) filter (contains({c}, chr(10))), 0)"
        for c in cells
    ]
    return number(db, f"select {' + '.join(each)} from t")
