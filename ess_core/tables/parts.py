"""What cleaning is asked for, and what it leaves."""

from dataclasses import dataclass, replace
from itertools import count
from typing import Self

from ess_core.errors import UsageError
from ess_core.files import Datastore, File
from ess_core.nodes.shipping import moved
from ess_core.tables.columnspec import ColumnSpec
from ess_core.tables.dialect import Dialect, Shape
from ess_core.tables.extraction import USUAL, Extraction
from ess_core.tables.reading import logs

CLEANER_VERSION = 5
"""To be raised whenever the same file and recipe come to other rows."""

REJECT_COLUMNS = ("source", "member", "line", "column", "reason", "raw")
"""The columns of a rejects part; ``line`` counts from 1, ``raw`` is cut off after RAW_CHARACTERS."""

RAW_CHARACTERS = 1 << 16


NO_COLUMN = "_row"
"""The one column, always true, of a table whose columns are all skipped: it has rows to be counted."""

LINE = "_line"
"""The last column of parts that have the lines of their rows; see ``Recipe.line``."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the text of a file becomes a table."""

    dialect: Dialect
    columns: ColumnSpec

    def __post_init__(self) -> None:
        if not self.columns.columns:
            raise UsageError("nothing is known of the columns", "give a columnspec")
        given, there = len(self.columns.columns), self._cells()
        if there not in (None, given):
            raise UsageError(f"the columnspec has {given} columns, but the text has {there}")

    @property
    def table(self) -> dict[str, str]:
        """The names of the columns that parts have, with DuckDB's types of them."""
        return {column.name: column.type.duckdb for column in self.columns.kept} or {NO_COLUMN: "BOOLEAN"}

    @property
    def line(self) -> str:
        """The name of the column with each row's first line, counted from 1, in parts that have it."""
        taken = {name.lower() for name in self.table}
        return next(name for width in count() if (name := "_" * width + LINE) not in taken)

    def _cells(self) -> int | None:
        """How many cells each line has; None where they may differ, and a row of others is rejected."""
        dialect = self.dialect
        return {
            Shape.DELIMITED: None,
            Shape.FIXED: len(dialect.starts),
            Shape.JSON: len(dialect.names),
            Shape.VALUES: len(dialect.names),
            Shape.PARQUET: len(dialect.names),
            Shape.LOG: len(logs.COLUMNS.get(dialect.log, ())),
        }[dialect.shape]


@dataclass(frozen=True, slots=True)
class CleanTask:
    """A file to clean into ``folder``, where names begin with ``stem``; all of it can be pickled.

    ``date`` is what a command is told of the date in the file's name. ``memory_mb`` is DuckDB's part of the
    memory. With ``lines`` the parts have one more column, the last: the line of each row, as rejects have it.
    With ``fills`` a row of delimited cells that has too few of them is not rejected: the others are empty.
    """

    store: Datastore
    file: File
    recipe: Recipe
    folder: str
    stem: str
    extraction: Extraction = USUAL
    date: str = ""
    memory_mb: int = 512
    lines: bool = False
    fills: bool = False

    @property
    def leaves(self) -> bool:
        """Whether it leaves files: its parts."""
        return True

    @property
    def feeds(self) -> bool:
        """Whether later work may read them."""
        return True

    @property
    def inputs(self) -> tuple[str, ...]:
        """The files of this machine that it reads outside of its datastore."""
        return ()

    @property
    def reads(self) -> tuple[str, ...]:
        """The datastore of the file."""
        return (self.store.url,)

    @property
    def writes(self) -> tuple[str, ...]:
        """The datastores that it writes to."""
        return ()

    def within(self, folder: str) -> Self:
        """The same, cleaned into ``folder``."""
        return replace(self, folder=folder)


@dataclass(frozen=True, slots=True)
class Part:
    """What a file, or a member of one, became.

    ``paths`` are Parquet files of the rows, in their order, and ``rejects`` is one of what was rejected, or
    empty. ``recoded_lines`` were no UTF-8, and ``filled_rows`` had too few cells; ``damage`` is empty, or
    what is wrong with a file that is cut off; ``note`` is empty, or how the columns of its header differ
    from the recipe's. Rows read are rows kept and rows rejected, whoever makes one.
    """

    member: str
    paths: tuple[str, ...]
    rejects: str
    rows_read: int
    rows_kept: int
    rows_rejected: int
    recoded_lines: int = 0
    damage: str = ""
    note: str = ""
    filled_rows: int = 0

    def __post_init__(self) -> None:
        read, kept, rejected = self.rows_read, self.rows_kept, self.rows_rejected
        assert read == kept + rejected, f"{read} rows read: {kept} kept, {rejected} rejected"

    @property
    def files(self) -> tuple[str, ...]:
        """Its files."""
        return (*self.paths, self.rejects) if self.rejects else self.paths

    def within(self, folder: str) -> Self:
        """The part, with its files in ``folder``."""
        paths = tuple(moved(path, folder) for path in self.paths)
        return replace(self, paths=paths, rejects=moved(self.rejects, folder))
