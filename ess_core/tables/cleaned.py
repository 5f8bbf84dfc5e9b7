"""Files that an executor cleans, each used as soon as it is clean where something follows."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ess_core.errors import EssError
from ess_core.nodes.executors import Executor, Foresighted, Outcome
from ess_core.nodes.shipping import Left
from ess_core.tables.categories.model import CategoryFile
from ess_core.tables.parts import CleanTask, Part

if TYPE_CHECKING:
    from ess_core.tables.following import FollowedTask, Following

CLEANING = ("ess_core.tables.cleaning.cleaning", "duckdb")
"""The modules that a process needs to clean a file, but for those of its datastore."""
_RETRIES = 1  # of a file whose process was killed


@dataclass(frozen=True, slots=True)
class ToClean:
    """A file, its number in its category's order, and how it is cleaned."""

    number: int
    file: CategoryFile
    task: CleanTask


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What became of a file: its parts, and what came of their use; or the error that ended it."""

    task: CleanTask
    parts: tuple[Part, ...]
    use: Left | None
    error: EssError | None


def each_cleaned(
    files: Sequence[ToClean], executor: Executor, following: "Following | None" = None
) -> Generator[Cleaned]:
    """What became of each file, in whatever order they are done; closing it ends those that are not."""
    if isinstance(executor, Foresighted):
        executor.expect(CLEANING)
    return _used(files, executor, following) if following else _unused(files, executor)


def _unused(files: Sequence[ToClean], executor: Executor) -> Generator[Cleaned]:
    from ess_core.tables.cleaning.cleaning import clean  # not needed where the cache has all

    tasks = [one.task for one in files]
    outcomes = cast("Generator[Outcome[CleanTask, list[Part]]]", executor.map(clean, tasks, retries=_RETRIES))
    with closing(outcomes):
        for outcome in outcomes:
            yield Cleaned(outcome.item, tuple(outcome.value or ()), None, outcome.error)


def _used(files: Sequence[ToClean], executor: Executor, following: "Following") -> Generator[Cleaned]:
    from ess_core.tables.following import FollowedTask, clean_and_use

    tasks = [FollowedTask(one.task, following.use(one.number, one.file, one.task)) for one in files]
    outcomes = cast(
        "Generator[Outcome[FollowedTask, list[Any]]]", executor.map(clean_and_use, tasks, retries=_RETRIES)
    )
    with closing(outcomes):
        for outcome in outcomes:
            *parts, use = outcome.value or [None]
            yield Cleaned(outcome.item.clean, tuple(parts), use, outcome.error)
