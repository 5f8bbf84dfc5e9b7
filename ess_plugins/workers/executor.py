"""The executor of a cluster: an item is done on one of its workers, as it would be on this machine."""

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import CancelledError, Future
from contextlib import ExitStack
from functools import cached_property, partial
from importlib.util import find_spec
from itertools import chain
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ess_core.conf import scratch
from ess_core.errors import EssError
from ess_core.files.local import SCHEME
from ess_core.nodes.attempts import Attempt, Attempts
from ess_core.nodes.executors import STAYS, Context, Executor, Item, LostError, Outcome, Result
from ess_core.nodes.processes import SMALLER
from ess_core.nodes.shipping import is_shippable
from ess_core.nodes.tasks import Done, Failed
from ess_plugins.workers.carrying import call
from ess_plugins.workers.replies import Died, Lost

if TYPE_CHECKING:
    from ess_plugins.workers.run import Run

LOOK_EVERY_S = 2.0
"""How often it is looked whether workers have joined."""
AHEAD = 3
"""How many items are with the engine for each that is worked on: the others hide how far away it is."""
MOST_LOSSES = 3
"""How often the workers are reached anew where nothing is done meanwhile."""

Answers = SimpleQueue["tuple[Attempt[Any], Future[Any]]"]


def opened(context: Context, threads: int | None, here: Callable[[], Executor]) -> Executor:
    """The executor of the active cluster, or that of this machine where the engine is not installed."""
    if find_spec("distributed"):
        return DaskExecutor(context, threads, here)
    context.say(f"{STAYS}: `pip install 'essentia-aws[workers]'` brings what they need")
    return here()


class DaskExecutor:
    """The workers of the active cluster; the engine is reached when there is first something to do.

    Items that cannot be done there are done by ``here()``, which a line says.
    """

    def __init__(self, context: Context, threads: int | None, here: Callable[[], Executor]) -> None:
        self._context, self._threads, self._here = context, threads, here
        self._open = ExitStack()
        self._is_gone = False
        self._losses = 0
        self._said: set[str] = set()

    def map(
        self,
        fn: Callable[[Item], Result],
        items: Iterable[Item],
        retries: int = 0,
        window: int | None = None,
    ) -> Generator[Outcome[Item, Result], None, None]:
        """As the protocol says. Where the first item can be done decides of all, as they are of one kind.

        Where all workers are lost they are reached anew, which counts as no attempt; where they cannot be, a
        LostError is raised after one for each item that was begun.
        """
        waiting = iter(items)
        for first in waiting:
            rest = chain([first], waiting)
            if why := self._why_here(first):
                self._say(why)
                yield from self._this_machine.map(fn, rest, retries, window)
            else:
                yield from self._mapped(fn, Attempts(fn, rest, 1 + retries, window))

    def run_all(self, fn: Callable[[], Result]) -> Generator[Outcome[str, Result], None, None]:
        """What ``fn`` gives on each worker."""
        run = self._run
        begun = {node: run.begin(call, fn, address) for node, address in run.workers.items()}
        for node, future in begun.items():
            alone: Attempts[str, Result] = Attempts(_unused, [node], 1, None)
            task = alone.next()
            assert task
            outcome = self._ended(alone, task, future)
            assert outcome
            yield outcome

    def close(self) -> None:
        """End what runs, and let go of the workers."""
        self._open.close()
        for name in ("_run", "_this_machine"):
            self.__dict__.pop(name, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @cached_property
    def _run(self) -> "Run":
        from ess_plugins.workers.run import Run  # the engine takes long to import, and may have nothing to do

        run = Run(self._context)
        self._open.callback(run.close)
        return run

    @cached_property
    def _this_machine(self) -> Executor:
        return self._open.enter_context(self._here())

    def _mapped(
        self, fn: Callable[[Item], Result], attempts: Attempts[Item, Result]
    ) -> Generator[Outcome[Item, Result], None, None]:
        answers: Answers = SimpleQueue()
        under_way: dict[int, Future[Any]] = {}
        try:
            while self._begin(fn, attempts, under_way, answers):
                try:
                    task, future = answers.get(timeout=LOOK_EVERY_S)
                except Empty:
                    continue
                del under_way[task.number]
                outcome = self._ended(attempts, task, future)
                self._begin(fn, attempts, under_way, answers)  # before the taker of the outcome works with it
                if outcome:
                    yield outcome
            attempts.finish()
        finally:
            for future in under_way.values():
                future.cancel()

    def _begin(
        self,
        fn: Callable[[Any], Any],
        attempts: Attempts[Any, Any],
        under_way: "dict[int, Future[Any]]",
        answers: Answers,
    ) -> bool:
        """Give items to the workers until there are no more, or enough; whether some are with them."""
        at_once = self._threads or max(1, AHEAD * self._run.slots)
        while len(under_way) < at_once and (task := attempts.next()):
            under_way[task.number] = future = self._begun(fn, task.item)
            future.add_done_callback(partial(_answered, answers, task))
        return bool(under_way)

    def _begun(self, fn: Callable[[Any], Any], item: Any) -> "Future[Any]":
        try:
            if self._why_not(item):
                return _done(self._done_here(fn, item))
            return _done(Lost()) if self._is_gone else self._run.begin(fn, item)
        except EssError as error:
            return _done(Failed(error))

    def _ended(
        self, attempts: Attempts[Item, Result], task: Attempt[Item], future: "Future[Any]"
    ) -> Outcome[Item, Result] | None:
        """What became of the item; None where it is to be begun anew."""
        try:
            reply = future.result()
        except CancelledError:
            reply = Lost()
        if isinstance(reply, Lost) and not reply.worker:
            return self._lost(attempts, task)
        if isinstance(reply, Lost):
            return attempts.lost(task, f"the worker {reply.worker} that worked on it was lost")
        if isinstance(reply, Died):
            return attempts.lost(task, f"the process that worked on it {reply.how}", SMALLER)
        self._losses = 0
        return attempts.done(task, reply)

    def _lost(self, attempts: Attempts[Item, Result], task: Attempt[Item]) -> Outcome[Item, Result] | None:
        """Have the item begun anew where the workers can be reached anew."""
        if not self._is_gone and self._run.is_lost:
            self._reach_again(attempts)
        if self._is_gone:
            return attempts.lost(task, "the workers were lost", is_last=True)
        attempts.put_back(task)
        return None

    def _reach_again(self, attempts: Attempts[Any, Any]) -> None:
        """Reach the workers anew, unless that led to nothing the last times; else take no more items."""
        self._losses += 1
        if self._losses > MOST_LOSSES:
            self._give_up(attempts, EssError(f"{MOST_LOSSES} times nothing was done before they were lost"))
            return
        self._context.say("the workers cannot be reached any more: connecting anew")
        try:
            self._run.reconnect()
        except EssError as error:
            self._give_up(attempts, error)

    def _give_up(self, attempts: Attempts[Any, Any], why: EssError) -> None:
        self._is_gone = True
        attempts.stop(LostError(f"the workers are lost: {why.message}", why.hint))

    def _why_here(self, item: Any) -> str:
        """Why items such as this one are done on this machine; empty where they are not."""
        if why := self._why_not(item):
            return why
        try:
            self._run.access(item)
        except EssError as error:
            return f"{error.message}; {error.hint}" if error.hint else error.message
        return ""

    def _why_not(self, item: Any) -> str:
        """Why no worker can do it; empty where one can."""
        if not is_shippable(item):
            return ""
        for url in (*item.reads, *item.writes):
            if url.startswith(SCHEME):
                return f"they cannot reach {url}"
        if (item.leaves or item.inputs) and not scratch.url(self._context.conf):
            return f"set {scratch.KEY} in [{scratch.SECTION}] to where they may leave files for it"
        return ""

    def _done_here(self, fn: Callable[[Any], Any], item: Any) -> Done | Failed:
        """One item that no worker can do, though others like it can be done there."""
        [outcome] = self._this_machine.map(fn, [item])
        return Failed(outcome.error) if outcome.error else Done(outcome.value)

    def _say(self, why: str) -> None:
        """Say it once."""
        if why not in self._said:
            self._said.add(why)
            self._context.say(f"{STAYS}: {why}")


def _answered(answers: Answers, task: Attempt[Any], future: "Future[Any]") -> None:
    answers.put((task, future))


def _done(reply: Any) -> "Future[Any]":
    future: Future[Any] = Future()
    future.set_result(reply)
    return future


def _unused(_item: Any) -> Any:
    raise AssertionError("what is run on each worker takes no item")
