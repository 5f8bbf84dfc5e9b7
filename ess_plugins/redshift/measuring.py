"""How long the texts of cleaned rows are, so that columns have room for them."""

from collections.abc import Sequence
from pathlib import Path

from ess_core.tables.columnspec import ColumnSpec, ColumnType
from ess_core.tables.engine import connect, explained
from ess_core.tables.sqltext import identifier

_MEMORY_MB = 256


def longest_bytes(paths: Sequence[str], columns: ColumnSpec, spill: Path) -> dict[str, int]:
    """The longest text of each text column in these Parquet files of rows, in bytes of UTF-8; 0 without one.

    For what ``ess_core.tables.preparing.prepared`` gives: its ``paths``, and ``work.spill`` for what does not
    fit in memory. Raises EssError where memory or disk is not enough.
    """
    names = [column.name for column in columns.kept if column.type is ColumnType.TEXT]
    if not names or not paths:
        return dict.fromkeys(names, 0)
    measured = ", ".join(f"coalesce(max(strlen({identifier(name)})), 0)" for name in names)
    query = f"select {measured} from read_parquet(?)"  # noqa: S608 - DuckDB binds no names, and these are quoted
    with explained("texts cannot be measured"):
        db = connect(spill, _MEMORY_MB)
        try:
            found = db.execute(query, [list(paths)]).fetchone()
        finally:
            db.close()
    assert found, "an aggregate has one row"
    return dict(zip(names, found, strict=True))
