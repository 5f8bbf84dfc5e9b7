"""What comes back for a task: the answer of the process that did it, or why there is none."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answered:
    """The pickled answer of the process, and the name of the worker that it is at."""

    pickled: bytes = field(repr=False)
    worker: str


@dataclass(frozen=True)
class Died:
    """How the process ended instead."""

    how: str


@dataclass(frozen=True)
class Dropped:
    """Nobody wanted the answer any more."""


@dataclass(frozen=True)
class Lost:
    """The worker with that name was lost, or all of them where it is empty."""

    worker: str = ""
