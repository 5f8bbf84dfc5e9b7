"""The cleaned rows of a file as lines for a command."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from ess_core.errors import EssError
from ess_core.files.damage import TruncatedError
from ess_core.nodes.shipping import moved
from ess_core.tables.engine import connect, explained
from ess_core.tables.parquet import reader
from ess_core.tables.sqltext import identifier, literal

MEMORY_MB = 256
_AT_ONCE = 10_000
_NUMBERS = frozenset({"BIGINT", "DOUBLE", "INTEGER", "UBIGINT", "UINTEGER"})
_ESCAPES = (("\\", r"\\"), ("\t", r"\t"), ("\n", r"\n"), ("\r", r"\r"))


@dataclass(frozen=True, slots=True)
class Rows:
    """What the Parquet files of ``key`` have, in their order; ``folder`` is for what does not fit in memory.

    A row is a line of cells with a tab between them, in which tab, line feed, carriage return and backslash
    are written ``\\t \\n \\r \\\\``; a cell without a value is empty. ``damage`` is empty, or why rows are
    missing at the end.
    """

    key: str
    paths: tuple[str, ...]
    folder: str
    damage: str = ""

    @property
    def inputs(self) -> tuple[str, ...]:
        return self.paths

    @property
    def reads(self) -> tuple[str, ...]:
        return ()

    def within(self, folder: str) -> Self:
        return replace(self, paths=tuple(moved(path, folder) for path in self.paths), folder=folder)

    def pieces(self) -> Iterator[bytes]:
        if self.damage and not self.paths:
            raise EssError(self.damage)
        with explained(f"the rows of {self.key!r} cannot be read"):
            yield from self._lines()
        if self.damage:
            raise TruncatedError(self.damage)

    def _lines(self) -> Iterator[bytes]:
        with connect(Path(self.folder), MEMORY_MB) as db:
            for path in self.paths:
                table = reader(path)
                columns = db.execute(f"describe from {table}").fetchall()
                cells = " || chr(9) || ".join(_cell(name, kind) for name, kind, *_ in columns)
                found = db.execute(f"select {cells} from {table}")  # noqa: S608 - quoted above
                while rows := found.fetchmany(_AT_ONCE):
                    yield "".join(f"{line}\n" for (line,) in rows).encode()


def _cell(column: str, kind: str) -> str:
    text = f"{identifier(column)}::varchar"
    for character, escape in () if kind in _NUMBERS else _ESCAPES:
        text = f"replace({text}, {literal(character)}, {literal(escape)})"
    return f"coalesce({text}, '')"
