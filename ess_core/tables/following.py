"""A file cleaned and used in one go, by one process, so that no file waits until all are clean."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

from ess_core.nodes.shipping import Left
from ess_core.tables.categories.model import CategoryFile
from ess_core.tables.cleaning.cleaning import clean
from ess_core.tables.parts import CleanTask, Part
from ess_core.tables.prepared import PreparedFile


class Use(Protocol):
    """What a file is used for once it is clean; all of it can be pickled, and done a second time."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The URLs of the datastores that it reads."""

    @property
    def writes(self) -> tuple[str, ...]:
        """The URLs of the datastores that it writes to."""

    def within(self, folder: str) -> Self:
        """The same, with what it leaves in ``folder``."""

    def of(self, parts: Sequence[Part]) -> Left:
        """Use them. Raises EssError where that cannot be."""


@dataclass(frozen=True)
class Following:
    """How files are used: ``use`` says it of each, with its number in their order.

    ``done`` is called in this process with each that is cleaned and used, as soon as it is.
    """

    use: Callable[[int, CategoryFile, CleanTask], Use]
    done: Callable[[PreparedFile], None]


@dataclass(frozen=True, slots=True)
class FollowedTask:
    """A file to clean and what it is used for; all of it can be pickled."""

    clean: CleanTask
    use: Use

    @property
    def folder(self) -> str:
        """Where its parts are left, and what the use leaves."""
        return self.clean.folder

    @property
    def leaves(self) -> bool:
        """Whether it leaves files."""
        return True

    @property
    def feeds(self) -> bool:
        """Whether these are inputs of later work; they have been used."""
        return False

    @property
    def inputs(self) -> tuple[str, ...]:
        """The files of this machine that it reads outside of its datastore."""
        return ()

    @property
    def reads(self) -> tuple[str, ...]:
        """The datastore of the file, and what the use reads."""
        return (*self.clean.reads, *self.use.reads)

    @property
    def writes(self) -> tuple[str, ...]:
        """The datastores that it writes to."""
        return self.use.writes

    def within(self, folder: str) -> Self:
        """The same, cleaned into ``folder``."""
        return replace(self, clean=self.clean.within(folder), use=self.use.within(folder))


def clean_and_use(task: FollowedTask) -> list[Any]:
    """The parts of a file, and last what came of its use. Raises as both do."""
    parts = clean(task.clean)
    return [*parts, task.use.of(parts)]
