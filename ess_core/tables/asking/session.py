"""A question put to DuckDB: its columns, its rows as they come, its plan."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from ess_core.tables.asking import shown, statement
from ess_core.tables.asking.aside import Aside, Watch
from ess_core.tables.asking.confinement import confined
from ess_core.tables.asking.failures import explained
from ess_core.tables.asking.question import Question, Table
from ess_core.tables.asking.shown import Column

_ROWS_AT_ONCE = 256
_DESCRIBE = "describe (\n"
_EXPLAIN = "explain "


@dataclass(frozen=True, slots=True)
class Limits:
    """What DuckDB may take: ``memory_mb`` and then ``spill``, a folder of ours; and how many threads."""

    memory_mb: int
    spill: Path
    threads: int


class Session:
    """One question and the database that answers it.

    ``is_by_data`` where its columns depend on the data, as those of a PIVOT without IN.
    """

    def __init__(self, question: Question, aside: Aside, memory_mb: int) -> None:
        self._question, self._db, self._aside, self._memory_mb = question, aside.db, aside, memory_mb
        with self._explained():
            self.is_by_data = statement.check(aside.db, question.query.text)

    def check(self) -> None:
        """Raise UsageError where the query is wrong; what depends on the data is not looked at."""
        if not self.is_by_data:
            self.columns()

    def columns(self) -> list[Column]:
        """The columns of the answer. Raises UsageError where the query is wrong."""
        with self._explained(_DESCRIBE):
            return self._aside.call(lambda: shown.columns(self._db, self._question.sql))

    def answer(
        self, *, nested: bool, watch: Watch | None = None
    ) -> tuple[list[str], Iterator[Sequence[Any]]]:
        """The names of the columns, each one different, and the rows; ``nested`` as in ``shown.target``.

        The first rows are there when it returns. Raises EssError where the query fails, as the rows may
        too; their number takes no memory.
        """
        found = self.columns()
        targets = [shown.target(self._db, column.type, nested=nested) for column in found]
        batches = self._batches(*shown.fetching(found, targets), watch)
        rows = chain(next(batches, []), chain.from_iterable(batches))
        finite = shown.finite(targets) if nested else None
        return _distinct([column.name for column in found]), map(finite, rows) if finite else rows

    def plan(self) -> str:
        """How DuckDB would go about it."""
        with self._explained(_EXPLAIN):
            found = self._aside.call(lambda: self._db.execute(_EXPLAIN + self._question.sql).fetchall())
        return "\n".join(str(text).rstrip() for _, text in found)

    def _batches(self, before: str, behind: str, watch: Watch | None) -> Iterator[Sequence[Sequence[Any]]]:
        with self._explained(before):
            running = self._aside.call(lambda: self._db.execute(before + self._question.sql + behind), watch)
            while batch := self._aside.call(partial(running.fetchmany, _ROWS_AT_ONCE), watch):
                yield batch
                watch = None  # what is written now shows how far it is

    def _explained(self, before: str = "") -> AbstractContextManager[None]:
        return explained(self._question.query, self._memory_mb, len(before.encode()))


@contextmanager
def session(question: Question, files: Mapping[Table, Sequence[str]], limits: Limits) -> Iterator[Session]:
    """The question to these Parquet files; a table without any is empty, but has its columns.

    Raises UsageError unless it is one query.
    """
    statements = [text for table in question.tables for text in table.view(files.get(table, ()))]
    readable = [path for paths in files.values() for path in paths]
    with (
        explained(question.query, limits.memory_mb),
        Aside(confined(readable, statements, limits.spill, limits.memory_mb, limits.threads)) as aside,
    ):
        yield Session(question, aside, limits.memory_mb)


def _distinct(names: Sequence[str]) -> list[str]:
    """The names as DuckDB itself tells them apart where it has to."""
    seen: dict[str, None] = {}
    for name in names:
        unique, number = name, 0
        while unique in seen:
            number += 1
            unique = f"{name}_{number}"
        seen[unique] = None
    return list(seen)
