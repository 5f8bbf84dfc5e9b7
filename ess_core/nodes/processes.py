"""The executor of this machine: processes, of which one that dies costs only the item it worked on.

The standard library's pools do not fit: one of ``concurrent.futures`` is broken by a process that dies, and
``multiprocessing.Pool`` waits for its result for ever. None of them ends what a process has started.
"""

import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from multiprocessing.connection import wait
from types import TracebackType
from typing import Any, Self

from ess_core.nodes import tasks
from ess_core.nodes.attempts import Attempts
from ess_core.nodes.cores import usable_cores
from ess_core.nodes.executors import Item, Outcome, Result
from ess_core.nodes.forkserver import ForkServer
from ess_core.nodes.local import THIS_MACHINE
from ess_core.nodes.process import Process, kill_all
from ess_core.nodes.tasks import GRACE_S

SMALLER = "if the memory was not enough, try --threads 1"


class LocalExecutor:
    """Processes of this machine, started when there is work for one and kept until it is closed.

    ``threads`` is how many there are at most, by default one for each core that this process may use.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads or usable_cores()
        self._server: ForkServer | None = None
        self._processes: list[Process] = []
        self._idle: list[Process] = []

    def map(
        self,
        fn: Callable[[Item], Result],
        items: Iterable[Item],
        retries: int = 0,
        window: int | None = None,
    ) -> Generator[Outcome[Item, Result], None, None]:
        """As the protocol says. Raises EssError where no process can be started."""
        run = Attempts(fn, items, 1 + retries, window)
        busy: dict[Any, Process] = {}
        try:
            while self._begin(run, busy):
                for connection in wait(list(busy)):
                    outcome = self._ended(run, busy[connection])
                    del busy[connection]
                    self._begin(run, busy)  # before whoever takes the outcome works with it
                    if outcome:
                        yield outcome
            run.finish()
        finally:
            self._end(list(busy.values()))

    def run_all(self, fn: Callable[[], Result]) -> Generator[Outcome[str, Result], None, None]:
        """What ``fn`` gives on this machine."""
        for outcome in self.map(_call, [fn]):
            yield Outcome(THIS_MACHINE.id, outcome.value, outcome.error, outcome.attempts)

    def expect(self, modules: tuple[str, ...]) -> None:
        """Import what the work needs, once for all processes that there will be."""
        if self._server is None:
            self._server = ForkServer(replace(tasks.setting(), modules=modules))
            self._server.get_ready()

    def close(self) -> None:
        """End what runs, and let go of the processes."""
        try:
            self._end(list(self._processes))
        finally:
            if self._server:
                self._server.close()
                self._server = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self, run: Attempts[Any, Any], busy: dict[Any, Process]) -> bool:
        """Give work to processes until there is no more, or all are busy; whether one is."""
        while len(busy) < self._threads and (task := run.next()):
            pickled = run.pickled(task)
            process = self._idle.pop() if self._idle else self._started()
            busy[process.connection] = process
            process.begin(task, pickled)
        return bool(busy)

    def _started(self) -> Process:
        self._server = self._server or ForkServer(tasks.setting())
        process = Process(self._server)
        self._processes.append(process)
        return process

    def _ended(self, run: Attempts[Item, Result], process: Process) -> Outcome[Item, Result] | None:
        """What became of the task of ``process``; None where it is to be begun anew."""
        task, answer = process.task, process.answer()
        assert task is not None
        if answer is None:
            self._processes.remove(process)
            return run.lost(task, f"the process that worked on it {process.kill()}", SMALLER)
        self._idle.append(process)
        return run.done(task, answer)

    def _end(self, processes: list[Process]) -> None:
        """End processes; those at work have some time to clean up, which a signal cuts short."""
        give_up = time.monotonic() + GRACE_S
        busy = [process for process in processes if process.task]
        try:
            for process in busy:
                process.interrupt()
            for process in busy:
                process.wait(max(0.0, give_up - time.monotonic()))
        finally:
            kill_all(processes)
            self._processes = [one for one in self._processes if one not in processes]
            self._idle = [one for one in self._idle if one not in processes]


def _call(fn: Callable[[], Result]) -> Result:
    return fn()
