"""The engine as one run uses it: how much it can do at once, tasks, and whether it can be reached."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import dask.config

from ess_core.errors import EssError
from ess_core.registry import Entry
from ess_plugins.workers.options import CLIENT, MASTER

with dask.config.set(MASTER):
    from distributed import Client
    from distributed.scheduler import KilledWorker

from ess_plugins.workers.replies import Answered, Died, Dropped, Lost
from ess_plugins.workers.slots import Ends, Parcel, Slots, work

if TYPE_CHECKING:
    from ess_plugins.workers.engine import Engine

LOOK_EVERY_S = 2.0
ANSWER_S = 30.0
"""How long the scheduler may take to answer before it is taken for lost."""
NO_WORKER_S = 120.0
"""How long a run waits for a worker where all are gone."""
CLOSE_S = 10.0

T = TypeVar("T")


Reply = Answered | Died | Lost


class Connection:
    """A client of the engine, for the run of this name; what plugins give is known on all nodes then.

    Raises EssError where the engine does not answer.
    """

    def __init__(self, engine: "Engine", run: str, entries: Sequence[Entry]) -> None:
        self._run = run
        self._client = _client(engine, run)
        self._client.loop.asyncio_loop.set_exception_handler(
            _ignore
        )  # its methods are typed for who is not in its event loop
        self._slots = 0
        self._none_since: float | None = None
        self._under_way: set[asyncio.Task[Any]] = set()
        self._asked: set[Future[Any]] = set()
        self._is_lost = False
        try:
            self._client.register_plugin(Ends(), name=Ends.name)
            self._client.register_plugin(Slots(run, entries), name=run)
            self.do(self._look()).result()
            self.do(self._watch())
        except BaseException:
            self.close()
            raise

    @property
    def slots(self) -> int:
        """How many tasks can be worked on at the same time now."""
        return self._slots

    @property
    def is_lost(self) -> bool:
        """Whether nothing can be done any more, and all that was under way is lost."""
        return self._is_lost

    def do(self, coroutine: Coroutine[Any, Any, T]) -> "Future[T]":
        """Run a coroutine where the client's are run; what is not done when it is closed is cancelled."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._client.loop.asyncio_loop)
        self._asked.add(future)
        future.add_done_callback(self._asked.discard)
        return future

    def workers(self) -> dict[str, str]:
        """The nodes that work for the engine: the address of each by its id."""
        found = self.do(self._client.scheduler.identity(n_workers=-1)).result(ANSWER_S)
        return {str(one["name"]): address for address, one in found["workers"].items()}

    async def compute(self, pickled: bytes, key: tuple[str, int], worker: str = "") -> Reply:
        """Have a worker do it, any or that one. Cancelling ends it there too."""
        me = asyncio.current_task()
        assert me
        self._under_way.add(me)
        try:
            return await self._computed(pickled, key, worker)
        except asyncio.CancelledError:
            if not self._is_lost:
                raise
            me.uncancel()
            return Lost()
        finally:
            self._under_way.discard(me)

    def close(self) -> None:
        """End what runs, and let go of the engine."""
        for future in list(self._asked):
            future.cancel()
        if not self._is_lost:
            with suppress(TimeoutError, OSError):
                self.do(self._farewell()).result(CLOSE_S)
        with suppress(TimeoutError):
            self._client.close(timeout=1 if self._is_lost else CLOSE_S)

    async def _computed(self, pickled: bytes, key: tuple[str, int], worker: str) -> Reply:
        if self._is_lost:
            return Lost()
        where: dict[str, Any] = {"workers": [worker], "allow_other_workers": False} if worker else {}
        future = self._client.submit(work, Parcel(self._run, pickled), key=key, pure=False, **where)
        try:
            found: Answered | Died | Dropped = await future.result()
        except KilledWorker as error:
            return Lost(str(error.last_worker.name or error.last_worker.address))
        except (CancelledError, OSError):  # the scheduler does not know it any more, or is gone
            self._lose()
            return Lost()
        finally:
            future.release()
        return Lost() if isinstance(found, Dropped) else found

    async def _watch(self) -> None:
        with suppress(TimeoutError, OSError):
            while self._has_workers():
                await asyncio.sleep(LOOK_EVERY_S)
                await self._look()
        self._lose()

    async def _look(self) -> None:
        async with asyncio.timeout(ANSWER_S):
            found = await self._client.scheduler.identity(n_workers=0)
        self._slots = found["total_threads"]

    def _has_workers(self) -> bool:
        """Whether there is a worker, or was one not long ago."""
        if self._slots:
            self._none_since = None
            return True
        self._none_since = self._none_since or time.monotonic()
        return time.monotonic() - self._none_since < NO_WORKER_S

    def _lose(self) -> None:
        self._is_lost = True
        for task in self._under_way - {asyncio.current_task()}:
            task.cancel()

    async def _farewell(self) -> None:
        await self._client.unregister_worker_plugin(self._run)


def _client(engine: "Engine", run: str) -> Any:
    try:
        with dask.config.set(CLIENT):
            return Client(
                engine.address,
                security=engine.security(),
                timeout=ANSWER_S,
                set_as_default=False,
                name=run,
            )
    except (OSError, TimeoutError) as error:
        raise EssError(
            f"the engine at {engine.address} does not answer: {error}", "`ess cluster prepare` starts it anew"
        ) from error


def _ignore(_loop: asyncio.AbstractEventLoop, _context: dict[str, Any]) -> None:
    """What becomes of our tasks is known; those of the client that fail have nobody who waits for them."""
