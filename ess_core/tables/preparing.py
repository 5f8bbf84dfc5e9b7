"""The parts of a category's files: from the cache, and cleaned where it has none."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from ess_core.errors import EssError
from ess_core.files import Datastore
from ess_core.files.damage import BadFileError, TrailingGarbageError, TruncatedError
from ess_core.files.dates import Range
from ess_core.files.facts import Fact
from ess_core.files.opening import opened
from ess_core.nodes.cores import usable_cores
from ess_core.nodes.executors import Context, Executor, open_executor
from ess_core.nodes.shipping import Left
from ess_core.tables.cache.cache import Cache
from ess_core.tables.cache.key import Keys
from ess_core.tables.cache.limit import limit_bytes
from ess_core.tables.cache.workspace import Workspace, workspace
from ess_core.tables.categories import store as categories
from ess_core.tables.categories.comparing import Watch
from ess_core.tables.categories.model import Category, CategoryFile
from ess_core.tables.cleaned import ToClean, each_cleaned
from ess_core.tables.failures import named, too_many_rejects
from ess_core.tables.parts import CleanTask, Part
from ess_core.tables.prepared import Prepared, PreparedFile
from ess_core.tables.through import Through

if TYPE_CHECKING:
    from ess_core.tables.following import Following

_MEMORY_MB = 256  # DuckDB's part of a process that cleans, which takes 420 MB with it at most
_MOST_CLEANERS = 3
_KEPT_AT_ONCE = 64
_LISTED_AT_ONCE = 1000
_PATIENCE_S = 2.0

Choice = Callable[[Iterator[CategoryFile]], Iterable[CategoryFile]]


class Progress(Protocol):
    """Whom is told how far long work is."""

    def count(self, text: str, done: int, wanted: int | None) -> None:
        """``done`` of ``wanted`` are done in the step named ``text``."""


def cleaners(context: Context, threads: int | None = None, *, master: bool = False) -> Executor:
    """Who cleans ``threads`` files at once; ``master`` wants this machine.

    By default it is one for each core, and on this machine not more than 1.5 GB of memory are enough for.
    """
    return open_executor(context, threads, master=master, usual=min(_MOST_CLEANERS, usable_cores()))


@contextmanager
def prepared(
    category: Category,
    within: Range,
    executor: Executor,
    context: Context,
    *,
    fresh: bool = False,
    usecache: bool = False,
    skip_bad_files: bool = False,
    max_rejects: int | None = None,
    progress: Progress | None = None,
    chosen: Choice = iter,
    through: Through | None = None,
    fills: bool = False,
    partial: bool = False,
    following: "Following | None" = None,
) -> Iterator[Prepared]:
    """The category's files whose date is in the range, cleaned; they are there until the block ends.

    Where not all of them are wanted, ``chosen`` gives those that are. ``through`` is a command whose rows are
    wanted in place of the files' own. ``fills`` is as in CleanTask. ``following`` is how those that the cache
    does not have are used where they are cleaned. Files are listed anew, unless ``usecache`` or the category
    trusts the stored list. ``fresh`` cleans all again. Raises UsageError where it is not known how to clean
    them; BadFileError for a file that cannot be used, unless those are to be skipped; ChangedError or
    NoFileError for one that is not as it was listed; EssError where the disk is full, or where more than
    ``max_rejects`` rows are rejected: then no more files are cleaned, and with ``partial`` those that are
    done are given in place of the error. Whatever it raises, nothing stays but what the cache has of files
    that are done.
    """
    _ = through or category.recipe
    store = opened(category.url, context)
    category = categories.fresh(category, store, _told(progress, category), usecache=usecache)
    with workspace() as work:
        cache = Cache(limit_bytes(context.conf))
        preparing = _Preparing(
            category, store, cache, work, skip_bad_files, max_rejects, through, fills, following
        )
        found = preparing.run(chosen(categories.files(category, within)), executor, fresh, progress)
        if not (found.is_whole or partial):
            raise too_many_rejects(found, max_rejects)
        yield found


@contextmanager
def foreseen(
    category: Category, within: Range, context: Context, *, usecache: bool = False
) -> Iterator[tuple[Prepared, list[CategoryFile]]]:
    """What ``prepared`` would find in the cache, and all files that it would read; nothing is cleaned."""
    _ = category.recipe
    store = opened(category.url, context)
    category = categories.fresh(category, store, usecache=usecache)
    with workspace() as work:
        cache = Cache(limit_bytes(context.conf))
        yield _Preparing(category, store, cache, work, skip_bad_files=True, max_rejects=None).foresee(within)


class _Preparing:
    """What is found of the files of one category, by their keys in the cache."""

    def __init__(
        self,
        category: Category,
        store: Datastore,
        cache: Cache,
        work: Workspace,
        skip_bad_files: bool,
        max_rejects: int | None,
        through: Through | None = None,
        fills: bool = False,
        following: "Following | None" = None,
    ) -> None:
        self._fills, self._following = fills, following
        self._category, self._cache, self._work, self._through = category, cache, work, through
        self._skip_bad_files, self._max_rejects = skip_bad_files, max_rejects
        self._store = store
        self._parts: dict[str, tuple[Part, ...]] = {}
        self._damage: dict[str, str] = {}
        self._uses: dict[str, Left] = {}
        self._rejected = 0

    def run(
        self, wanted: Iterable[CategoryFile], executor: Executor, fresh: bool, progress: Progress | None
    ) -> Prepared:
        """All that is wanted."""
        listed = list(wanted)
        readable = [one for one in listed if not one.is_archived]
        tasks = self._tasks(readable)
        if not fresh:
            self._lend(tasks)
        cached = len(self._parts)
        left = {
            task.stem: ToClean(number, one, task)
            for number, (one, task) in enumerate(zip(readable, tasks, strict=True))
            if task.stem not in self._parts
        }
        self._clean(left, executor, progress)
        return self._prepared(readable, tasks, cached, len(listed) - len(readable))

    def foresee(self, within: Range) -> tuple[Prepared, list[CategoryFile]]:
        """What the cache has of it, and all files."""
        listed = list(categories.files(self._category, within))
        readable = [one for one in listed if not one.is_archived]
        tasks = self._tasks(readable)
        self._lend(tasks)
        return self._prepared(readable, tasks, len(self._parts), len(listed) - len(readable)), readable

    def _prepared(
        self, readable: Sequence[CategoryFile], tasks: Sequence[CleanTask], cached: int, archived: int
    ) -> Prepared:
        """The files that there are parts of."""
        files = tuple(
            self._file(one, task)
            for one, task in zip(readable, tasks, strict=True)
            if task.stem in self._parts
        )
        return Prepared(self._category, files, self._work, cached, archived, not self._has_too_many_rejects)

    def _lend(self, tasks: Sequence[CleanTask]) -> None:
        """Take what the cache has of it."""
        for key, parts in self._cache.lend([task.stem for task in tasks], self._work).items():
            self._take(key, parts)

    def _tasks(self, files: Sequence[CategoryFile]) -> list[CleanTask]:
        """How each is cleaned; what is left of one has its key as the beginning of the name."""
        if not files:
            return []
        category, through = self._category, self._through
        first = CleanTask(
            self._store,
            files[0].file,
            through.recipe if through else category.recipe,
            str(self._work.parts),
            "",
            through.extraction(category) if through else category.extraction,
            memory_mb=_MEMORY_MB,
            fills=self._fills,
        )
        keys = Keys(first)
        is_told = bool(category.preprocess or through)
        dates = [str(one.moment or "") if is_told else "" for one in files]
        return [
            replace(first, file=one.file, date=date, stem=keys.of(one.file, date))
            for one, date in zip(files, dates, strict=True)
        ]

    def _clean(self, left: Mapping[str, ToClean], executor: Executor, progress: Progress | None) -> None:
        """Clean files; what is done goes into the cache, also where another one ends it all."""
        if not left or self._has_too_many_rejects:
            return
        new: dict[str, tuple[Part, ...]] = {}
        began = time.monotonic()
        try:
            with closing(each_cleaned([*left.values()], executor, self._following)) as outcomes:
                for done, cleaned in enumerate(outcomes, 1):
                    key = cleaned.task.stem
                    if cleaned.error:
                        self._fail(cleaned.task, cleaned.error)
                    else:
                        new[key] = cleaned.parts
                        self._take(key, cleaned.parts)
                        self._tell(left[key], cleaned.use)
                    if len(new) == _KEPT_AT_ONCE:
                        self._cache.keep(new, self._work)
                        new.clear()
                    if progress and not self._following and time.monotonic() - began > _PATIENCE_S:
                        progress.count(f"cleaning {self._category.name}", done, len(left))
                    if self._has_too_many_rejects:
                        break
        finally:
            self._cache.keep(new, self._work)

    def _tell(self, cleaned: ToClean, use: Left | None) -> None:
        if use and self._following:
            self._uses[cleaned.task.stem] = use
            self._following.done(self._file(cleaned.file, cleaned.task))

    def _take(self, key: str, parts: tuple[Part, ...]) -> None:
        self._rejected += sum(part.rows_rejected for part in parts)
        self._parts[key] = parts

    @property
    def _has_too_many_rejects(self) -> bool:
        return self._max_rejects is not None and self._rejected > self._max_rejects

    def _fail(self, task: CleanTask, error: EssError) -> None:
        """Note why a file cannot be used, where that may be. Raises otherwise, in words that name it."""
        error = named(error, task.file.key)
        is_cut = isinstance(error, TruncatedError | TrailingGarbageError)  # an archive without a whole row
        if not (is_cut or (isinstance(error, BadFileError) and self._skip_bad_files)):
            raise error
        self._parts[task.stem] = ()
        self._damage[task.stem] = error.message

    def _file(self, one: CategoryFile, task: CleanTask) -> PreparedFile:
        parts = self._parts[task.stem]
        damage = self._damage.get(task.stem) or next((part.damage for part in parts if part.damage), "")
        return PreparedFile(one.file, one.moment, parts, task, damage, self._uses.get(task.stem))


def _told(progress: Progress | None, category: Category) -> Watch:
    """What tells how many files are listed so far."""

    def watch(facts: Iterator[Fact]) -> Iterator[Fact]:
        began = time.monotonic()
        for number, fact in enumerate(facts, 1):
            yield fact
            if progress and number % _LISTED_AT_ONCE == 0 and time.monotonic() - began > _PATIENCE_S:
                progress.count(f"listing {category.name}", number, None)

    return watch
