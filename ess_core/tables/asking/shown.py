"""How each column of an answer is fetched, so that no value changes on its way out.

Python's own types lose what DuckDB has: nanoseconds, months in an interval, years after 9999, a scale. So
what is no number comes as DuckDB's text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from ess_core.tables.sqltext import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TEXT = "VARCHAR"
_NUMBERS = {
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
}
_KEPT = _NUMBERS | {"BOOLEAN"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer; ``type`` is as DuckDB writes it."""

    name: str
    type: str


def columns(db: "DuckDBPyConnection", query: str) -> list[Column]:
    """The columns that a query answers with; nothing of it is run, but for a PIVOT that looks for its own."""
    found = db.execute(f"describe (\n{query}\n)").fetchall()
    return [Column(name, kind) for name, kind, *_ in found]


def target(db: "DuckDBPyConnection", kind: str, *, nested: bool) -> str:
    """The type as which a column is fetched.

    ``nested`` is for formats that have lists, mappings and truth values; in others all but numbers is text.
    """
    if kind == "FLOAT":
        return "DOUBLE"
    if kind in (_KEPT if nested else _NUMBERS):
        return kind
    if nested and (kind.endswith("]") or kind.startswith(("STRUCT(", "MAP("))):
        return _nested(db.sqltype(kind))
    return _TEXT


def _nested(kind: Any) -> str:
    """A type of DuckDB with leaves that can be fetched as they are."""
    if kind.id == "list":
        return f"{_nested(kind.children[0][1])}[]"
    if kind.id == "array":
        (_, child), (_, size) = kind.children
        return f"{_nested(child)}[{size}]"
    if kind.id == "struct" and kind.children:
        return f"STRUCT({', '.join(f'{identifier(name)} {_nested(child)}' for name, child in kind.children)})"
    if kind.id == "map":
        return f"MAP({_TEXT}, {_nested(kind.children[1][1])})"
    return str(kind) if str(kind) in _KEPT else _TEXT


def fetching(found: Sequence[Column], targets: Sequence[str]) -> tuple[str, str]:
    """What is put in front of a query and behind it, so that its columns come as those types."""
    if all(column.type == wanted for column, wanted in zip(found, targets, strict=True)):
        return "", ""
    casts = [_cast(at, *pair) for at, pair in enumerate(zip(found, targets, strict=True), 1)]
    return f"select {', '.join(casts)} from (\n", "\n)"


def _cast(at: int, column: Column, wanted: str) -> str:
    if column.type == wanted:
        return f"#{at}"
    short = f"::{_TEXT}" if column.type == "FLOAT" else ""  # 0.1 and not 0.10000000149011612
    return f"#{at}{short}::{wanted}"


def finite(targets: Sequence[str]) -> Callable[[Sequence[Any]], Sequence[Any]] | None:
    """What makes text of ``nan`` and ``inf`` in a row, which JSON has no numbers for; None for no need."""
    doubtful = [at for at, wanted in enumerate(targets) if "DOUBLE" in wanted]
    if not doubtful:
        return None

    def made(row: Sequence[Any]) -> Sequence[Any]:
        cells = list(row)
        for at in doubtful:
            cells[at] = _finite(cells[at])
        return cells

    return made


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    return value
