"""In the engine's worker on a node: the processes that work for one run, and the task that hands them work.

A task of the engine is a thread that waits for such a process, so that work never holds up what the worker
tells the scheduler, can be ended at any time, and costs only its own item where it dies.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from distributed import Scheduler, SchedulerPlugin, Worker, WorkerPlugin, get_worker

from ess_core.errors import EssError
from ess_core.nodes.forkserver import ForkServer
from ess_core.nodes.process import Process, kill_all
from ess_core.nodes.tasks import GRACE_S, Setting
from ess_core.registry import Entry
from ess_core.tables.cache.workspace import sweep
from ess_plugins.workers.replies import Answered, Died, Dropped

LOOK_EVERY_S = 0.1
"""How soon a task that nobody wants any more is ended."""
IDLE_S = 60.0
"""How long a process without work is kept."""
_AT_WORK = {"executing", "long-running"}


@dataclass(frozen=True)
class Parcel:
    """What a process is sent, and which run it is of."""

    run: str
    pickled: bytes = field(repr=False)


def work(parcel: Parcel) -> Answered | Died | Dropped:
    """The engine's task: have a process of the run do what is in the parcel."""
    worker = get_worker()
    key = worker.get_current_task()

    def is_wanted() -> bool:
        task = worker.state.tasks.get(key)
        return task is not None and task.state in _AT_WORK

    slots: Slots = worker.plugins[parcel.run]  # type: ignore[assignment]
    return slots.work(parcel.pickled, is_wanted)


class Slots(WorkerPlugin):
    """The processes of a run on one node; ``entries`` is what plugins give there."""

    def __init__(self, run: str, entries: Sequence[Entry]) -> None:
        self.name = run
        self._entries = list(entries)

    def setup(self, worker: Worker) -> None:
        """Begin, on a node."""
        self._worker = str(worker.name)
        self._server = ForkServer(Setting(list(sys.path), self._entries))
        self._idle: list[tuple[float, Process]] = []
        self._busy: set[Process] = set()
        self._lock = threading.Lock()
        self._is_over = False
        self._reaper = asyncio.ensure_future(self._reap())

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002 - the engine's interface
        """End all processes, which have some time to clean up, and remove what killed ones left here."""
        self._reaper.cancel()
        await asyncio.to_thread(self._end_all)
        await asyncio.to_thread(sweep)

    def work(self, pickled: bytes, is_wanted: Callable[[], bool]) -> Answered | Died | Dropped:
        """Have a process do it, and wait as long as the answer is wanted."""
        try:
            process = self._begin()
        except EssError:
            if self._is_over:
                return Dropped()
            raise
        try:
            process.send(pickled)
            while not process.connection.poll(LOOK_EVERY_S):
                if self._is_over or not is_wanted():
                    _end(process)
                    return Dropped()
            answer = process.receive()
        except OSError:  # it was ended meanwhile
            return Dropped()
        finally:
            self._busy.discard(process)
        if answer is None:
            return Died(process.kill())
        self._give_back(process)
        return Answered(answer, self._worker)

    def _begin(self) -> Process:
        with self._lock:
            process = self._idle.pop()[1] if self._idle else None
        process = process or Process(self._server)
        self._busy.add(process)
        return process

    def _give_back(self, process: Process) -> None:
        with self._lock:
            if not self._is_over:
                self._idle.append((time.monotonic(), process))
                return
        process.kill()

    async def _reap(self) -> None:
        while True:
            await asyncio.sleep(IDLE_S / 4)
            with self._lock:
                long_ago = time.monotonic() - IDLE_S
                old = [process for since, process in self._idle if since < long_ago]
                self._idle = [one for one in self._idle if one[0] >= long_ago]
            kill_all(old)

    def _end_all(self) -> None:
        with self._lock:
            self._is_over = True
            idle, self._idle = [process for _, process in self._idle], []
        kill_all(idle)
        give_up = time.monotonic() + 2 * GRACE_S
        while self._busy and time.monotonic() < give_up:  # their threads end them
            time.sleep(LOOK_EVERY_S)
        self._server.close()


class Ends(SchedulerPlugin):
    """In the scheduler: ends a run on all nodes where its client is gone and has not done so itself.

    A client has the name of its run in its own.
    """

    name = "ess-ends"
    idempotent = True

    def __init__(self) -> None:
        self._ending: set[asyncio.Task[object]] = set()

    def remove_client(self, scheduler: Scheduler, client: str) -> None:
        """A client is gone, whatever ended it."""
        for run in [run for run in scheduler.worker_plugins if f"-{run}-" in client]:
            task = asyncio.ensure_future(scheduler.unregister_worker_plugin(None, run))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)


def _end(process: Process) -> None:
    process.interrupt()
    process.wait(GRACE_S)
    process.kill()
