"""Work on many items at once: what an executor is, and the one of the active cluster.

Whoever has work asks for an executor, and need not know where the work is done: in processes of this
machine, or on workers where a plugin gives an executor for the active provider.
"""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar, runtime_checkable

from ess_core.errors import EssError
from ess_core.nodes import active, local
from ess_core.registry import REGISTRY, Kind, resolve

if TYPE_CHECKING:
    from ess_core.cloud import Cloud
    from ess_core.conf import Conf

Item = TypeVar("Item")
Result = TypeVar("Result")


STAYS = "work is done on this machine and not on workers"
"""How the line begins that says why."""


class LostError(EssError):
    """The process that worked on an item ended before the work did."""


@dataclass(frozen=True)
class Outcome(Generic[Item, Result]):
    """What became of ``item``: ``value`` is what the function returned, None where there is an ``error``.

    ``attempts`` counts how often it was begun.
    """

    item: Item
    value: Result | None
    error: EssError | None = None
    attempts: int = 1


class Executor(Protocol):
    """Runs functions that can be pickled, with items and results that can be; a context manager.

    A plugin's class is made as ``Class(context, threads, here)``: ``threads`` is how many items are to be
    worked on at once, None for as many as there are cores; ``here`` makes the executor of this machine, for
    work that cannot be done elsewhere (``shipping`` tells), which ``context.say`` is to be told in a line.
    Work may be begun more than once, so that what a function leaves must be the same after a second time.
    """

    def map(
        self,
        fn: Callable[[Item], Result],
        items: Iterable[Item],
        retries: int = 0,
        window: int | None = None,
    ) -> Generator[Outcome[Item, Result], None, None]:
        """What ``fn`` gives of each item, in the order in which they are done.

        An item is taken when there is a process for it, or soon will be, and with a ``window`` not before
        the one that came so many items earlier is done. An EssError that ``fn`` raises is in the outcome, and
        final. An item whose process was lost is begun anew up to ``retries`` times, and then has a LostError.
        Any other exception is a bug: it is raised here, and ends the rest. What taking an item raises is
        raised here too, an EssError after what was begun is done. Closing the iterator ends what runs.
        """

    def run_all(self, fn: Callable[[], Result]) -> Generator[Outcome[str, Result], None, None]:
        """What ``fn`` gives on each node once; the items are the nodes' ids."""

    def close(self) -> None:
        """End what runs, and let go of processes and nodes."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@runtime_checkable
class Foresighted(Protocol):
    """What an executor may have besides: it gets ready while there is no work yet."""

    def expect(self, modules: tuple[str, ...]) -> None:
        """There will be work that needs these modules; it is not waited for."""


class Context(Protocol):
    """Configuration and AWS for who needs them, read when they are asked for; a command has both."""

    @property
    def conf(self) -> "Conf": ...

    @property
    def cloud(self) -> "Cloud": ...

    def say(self, text: str) -> None:
        """Tell the user one line."""


def open_executor(
    context: Context, threads: int | None = None, *, master: bool = False, usual: int | None = None
) -> Executor:
    """The executor of the active cluster, else processes of this machine; ``master`` wants those.

    ``threads`` items are worked on at once, by default as many as there are cores, and on this machine
    ``usual`` many where that is given. Raises EssError where it is not known which cluster is active, or its
    executor cannot be had.
    """
    here = partial(_here, threads or usual)
    now = active.read()
    on_this_machine = now.provider == local.PROVIDER and not now.hosts
    entry = None if on_this_machine else REGISTRY.find(Kind.EXECUTOR, now.provider)
    if entry is None:
        return here()
    if master:
        context.say(f"{STAYS}: --master")
        return here()
    executor: Executor = resolve(entry)(context, threads, here)
    return executor


def _here(threads: int | None) -> Executor:
    from ess_core.nodes.processes import LocalExecutor

    return LocalExecutor(threads)
