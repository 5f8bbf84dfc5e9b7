"""The rows of prepared files that were rejected: how many for which reason, and each of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ess_core.tables.engine import connect, explained
from ess_core.tables.parquet import reader
from ess_core.tables.parts import REJECT_COLUMNS
from ess_core.tables.prepared import Prepared
from ess_core.tables.sqltext import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEMORY_MB = 512
_FETCHED = 1000
_CELL = r"""^(?:'.*'|".*") is """
"""What a reason begins with that shows the cell."""


@dataclass(frozen=True, slots=True)
class Reason:
    """How many rows were rejected for one reason, and the first of them.

    ``column`` is empty where rows as a whole are wrong; ``line`` counts from 1.
    """

    rows: int
    column: str
    reason: str
    source: str
    member: str
    line: int


class Rejected:
    """Reads the rejects of prepared files in the order of files and lines, in bounded memory."""

    def __init__(self, ready: Prepared) -> None:
        self._ready = ready
        self._paths = [part.rejects for part in ready.parts if part.rejects]

    def reasons(self) -> list[Reason]:
        """Each reason without the cell in it, those of the most rows first."""
        wrong = f"regexp_replace(reason, {literal(_CELL)}, '', 's')"
        first = ", ".join(f"first({identifier(name)})" for name in ("source", "member", "line"))
        query = (
            f'select count(*) as rows, "column", {wrong} as wrong, {first} from ({self._rows("*")}) '
            f'group by "column", wrong order by rows desc, "column", wrong'
        )
        return [Reason(*row) for row in self._asked(query)]

    def rows(self, limit: int | None = None) -> Iterator[tuple[Any, ...]]:
        """The rows as REJECT_COLUMNS has them, the first ``limit`` only."""
        names = ", ".join(map(identifier, REJECT_COLUMNS))
        return self._asked(self._rows(names) + (f" limit {limit}" if limit else ""))

    def _rows(self, what: str) -> str:
        return f"select {what} from {reader(*self._paths)}"

    def _asked(self, query: str) -> Iterator[tuple[Any, ...]]:
        if not self._paths:
            return
        with explained("the rejected rows cannot be read"), self._connected() as db:
            found = db.execute(query)
            while rows := found.fetchmany(_FETCHED):
                yield from rows

    def _connected(self) -> "DuckDBPyConnection":
        return connect(self._ready.work.spill, _MEMORY_MB)  # with one thread, the first is the first
