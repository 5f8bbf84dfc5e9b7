"""The categories of a question, cleaned."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ess_core.errors import NothingMatchedError
from ess_core.files import File
from ess_core.nodes.executors import Context
from ess_core.tables.asking.question import Question, Table
from ess_core.tables.categories import CategoryFile
from ess_core.tables.engine import connect
from ess_core.tables.prepared import Prepared
from ess_core.tables.preparing import Progress, cleaners, foreseen, prepared
from ess_core.tables.sqltext import copied

_STAND_IN_MB = 64


@dataclass(frozen=True, slots=True)
class Terms:
    """How files are cleaned: as the arguments of ``preparing.prepared`` say, with that many ``threads``.

    ``master`` wants it done on this machine.
    """

    threads: int | None = None
    fresh: bool = False
    usecache: bool = False
    skip_bad_files: bool = False
    max_rejects: int | None = None
    master: bool = False


@contextmanager
def ready(
    question: Question, context: Context, terms: Terms, progress: Progress | None = None
) -> Iterator[dict[Table, Prepared]]:
    """The files of each table, until the block ends; each category's files are listed once.

    Raises as ``prepared`` does; its ``max_rejects`` is for all tables together. Raises NothingMatchedError
    where the tables have no file between them.
    """
    with ExitStack() as stack:
        found: dict[Table, Prepared] = {}
        listed: set[tuple[str, str]] = set()
        with cleaners(context, terms.threads, master=terms.master) as executor:
            for table in question.tables:
                left = _left(terms.max_rejects, found)
                named = (table.category.url, table.category.name)
                found[table] = stack.enter_context(
                    prepared(
                        table.category,
                        table.within,
                        executor,
                        context,
                        fresh=terms.fresh,
                        usecache=terms.usecache or named in listed,
                        skip_bad_files=terms.skip_bad_files,
                        max_rejects=left,
                        progress=progress,
                    )
                )
                listed.add(named)
        _check_any(found, [one for each in found.values() for one in each.files])
        yield found


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a table would be made of: its files, in order, and those whose parts the cache has."""

    table: Table
    files: tuple[CategoryFile, ...]
    cached: Prepared

    @property
    def by_file(self) -> Iterator[tuple[File, bool]]:
        """Each file, and whether the cache has it."""
        there = {one.file.key for one in self.cached.files}
        return ((one.file, one.file.key in there) for one in self.files)

    def paths(self, folder: Path) -> list[str]:
        """Parquet files to plan with: those of the cache, or one with a row of its columns in ``folder``."""
        return self.cached.paths or [self._stand_in(folder)]

    def _stand_in(self, folder: Path) -> str:
        with connect(folder, _STAND_IN_MB) as db:
            path = folder / f"{self.cached.work.folder.name}.parquet"
            copied(db, self.table.nulls, path)
        return str(path)


@contextmanager
def foretold(
    question: Question, context: Context, *, usecache: bool = False
) -> Iterator[dict[Table, Outlook]]:
    """What ``ready`` would do for each table; it cleans nothing. Raises NothingMatchedError as it does."""
    with ExitStack() as stack:
        found: dict[Table, Outlook] = {}
        for table in question.tables:
            looked = foreseen(table.category, table.within, context, usecache=usecache)
            cached, files = stack.enter_context(looked)
            found[table] = Outlook(table, tuple(files), cached)
        _check_any(found, [one for each in found.values() for one in each.files])
        yield found


def _check_any(tables: Collection[Table], files: Collection[object]) -> None:
    if tables and not files:
        raise NothingMatchedError(f"there are no files of {' or '.join(map(str, tables))}")


def _left(max_rejects: int | None, found: dict[Table, Prepared]) -> int | None:
    if max_rejects is None:
        return None
    return max(0, max_rejects - sum(one.rows_rejected for one in found.values()))
