"""Tables of text cells into typed Parquet files, in one pass; the rows with a wrong cell are put aside."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core.tables.cleaning import casts
from ess_core.tables.cleaning.layout import Layout
from ess_core.tables.cleaning.loads import Loaded
from ess_core.tables.parts import Recipe
from ess_core.tables.sqltext import copied, identifier, number

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FETCHED = 1000


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row with a wrong cell: its first line, from 0, and how many they are; the column, or casts.HEADER."""

    line: int
    lines: int
    column: int
    cell: str


class Typed:
    """Types rows as a recipe says, which are laid out so."""

    def __init__(self, db: "DuckDBPyConnection", recipe: Recipe, layout: Layout, lines: bool = False) -> None:
        columns, point = recipe.columns, recipe.dialect.decimal
        self._db = db
        self._layout = layout
        self._values = casts.values(columns, layout, point)
        self._named = casts.named(columns)
        self._wrong = casts.first_wrong(columns, layout, point)
        self._line = identifier(recipe.line) if lines else ""

    def write(self, loaded: Loaded, path: Path, lines: str) -> tuple[int, int]:
        """Write the rows that are right, and put aside those that are not; how many they are.

        ``lines`` is SQL for a row's line in the text, of ``line``, which is the one in what was loaded.
        """
        self._db.execute("drop table if exists wrong")  # of lines that were then read another way
        typed, named = f"select {self._values}, {self._wrong} as wrong from {loaded.sql}", self._named
        if self._line:
            rows = f"select {loaded.place}, * from {loaded.sql}"
            typed = f"select {self._values}, {self._wrong} as wrong, line from ({rows})"
            named += f", ({lines})::UBIGINT as {self._line}"
        kept = copied(self._db, f"select {named} from ({typed}) where wrong is null", path)
        return kept, self._put_aside(loaded) if kept != loaded.rows else 0

    def write_none(self, path: Path) -> None:
        """Write a file without rows."""
        cells = ", ".join(f"'' as {casts.raw_name(at)}" for at in range(self._layout.width))
        named = f"{self._named}, 0::UBIGINT as {self._line}" if self._line else self._named
        copied(
            self._db, f"select {named} from (select {self._values} from (select {cells})) where false", path
        )

    def wrong(self) -> Iterator[Wrong]:
        """The rows that were put aside, in their order."""
        found = self._db.execute("select line, lines, wrong, cell from wrong order by line")
        while rows := found.fetchmany(_FETCHED):
            yield from (Wrong(*row) for row in rows)
        self._db.execute("drop table wrong")

    def _put_aside(self, loaded: Loaded) -> int:
        cell = f"{casts.raw_cells(self._layout)}[wrong + 1] as cell"
        rows = f"select {loaded.place}, *, {self._wrong} as wrong from {loaded.sql}"
        return number(
            self._db,
            f"create temp table wrong as select line, lines, wrong, {cell} "
            f"from ({rows}) where wrong is not null",
        )
