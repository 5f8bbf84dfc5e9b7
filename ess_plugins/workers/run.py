"""What the tasks of one executor share: the engine, scratch, and access to AWS; and the life of one task."""

import asyncio
import errno
import itertools
import os
import pickle
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import Any

from ess_core.conf import scratch
from ess_core.errors import EssError
from ess_core.files import open_datastore
from ess_core.files.scratch import Scratch, fetch, send
from ess_core.nodes import shipping, tasks
from ess_core.nodes.executors import Context
from ess_core.nodes.shipping import Shippable, is_shippable
from ess_core.nodes.tasks import Answer, Done, Failed
from ess_plugins.workers import engine
from ess_plugins.workers.access import Access, has_own
from ess_plugins.workers.carrying import call, carry
from ess_plugins.workers.connection import ANSWER_S, Connection
from ess_plugins.workers.credentials import Lender, Uses
from ess_plugins.workers.parcels import Delivered, Errand, packed
from ess_plugins.workers.replies import Answered, Died, Lost

TRANSFERS = 16
"""How many files are sent or fetched at the same time."""

_FULL = os.strerror(errno.ENOSPC)

Reply = Answer | Died | Lost
Key = tuple[str, int]


class Run:
    """One executor's time on the workers. Raises EssError where the engine cannot be had."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._id = f"ess-{secrets.token_hex(8)}"
        self._keys = itertools.count()
        self._known: dict[str, str] = {}
        self._scratch: Scratch | None = None
        self._lender = Lender(context.cloud, self._have_own)
        self._transfers = ThreadPoolExecutor(TRANSFERS)
        self._engine = ExitStack()
        with ExitStack() as opening:
            opening.callback(self._remove_scratch)
            opening.callback(self._transfers.shutdown, cancel_futures=True)
            opening.push(self._engine)
            self._connect()
            self._open = opening.pop_all()

    @property
    def slots(self) -> int:
        """How many tasks can be worked on at the same time now."""
        return self._connection.slots

    @property
    def is_lost(self) -> bool:
        """Whether the engine cannot be reached any more."""
        return self._connection.is_lost

    @property
    def workers(self) -> dict[str, str]:
        """The address of each node by its id."""
        return self._connection.workers()

    def reconnect(self) -> None:
        """Reach the engine anew. Raises EssError where it cannot be."""
        self._engine.close()
        self._connect()

    def close(self) -> None:
        """End what runs, and leave nothing behind."""
        self._open.close()

    def access(self, item: Any) -> Access | None:
        """What the item needs to ask AWS; None where that is nothing. Raises EssError where there is none."""
        if not is_shippable(item):
            return None
        uses = Uses(frozenset(item.reads), frozenset(item.writes))
        if _needs_scratch(item):
            uses |= Uses(writes=frozenset({self._kept.url}))
        return self._lender.access(uses)

    def begin(self, fn: Callable[[Any], Any], item: Any, worker: str = "") -> "Future[Reply]":
        """Have a worker do it, any or that one. Raises EssError as ``access`` does."""
        number, access, connection = next(self._keys), self.access(item), self._connection
        key = (f"{self._id}-{getattr(fn, '__name__', 'task')}", number)
        if not is_shippable(item):
            return connection.do(self._simple(connection, Errand(packed(fn, item)), key, worker))
        errand = Errand(packed(fn, item.within("")), access)
        if _needs_scratch(item):
            kept = self._kept
            errand = replace(errand, scratch=kept.store.url, prefix=f"{kept.prefix}{number}/")
        return connection.do(self._shipped(connection, errand, item, key))

    async def _shipped(self, connection: Connection, errand: Errand, item: Shippable, key: Key) -> Reply:
        """The life of a task that needs files: they are sent, it is done, and what it left is fetched."""
        in_thread = partial(asyncio.get_running_loop().run_in_executor, self._transfers)
        try:
            if item.inputs:
                errand = replace(errand, inputs=await in_thread(self._send, item.inputs))
            reply = await self._simple(connection, errand, key)
            if isinstance(reply, Done):
                return Done(await in_thread(self._fetch, item, reply.value))
        except EssError as error:
            return Failed(error)
        return reply

    async def _simple(self, connection: Connection, errand: Errand, key: Key, worker: str = "") -> Reply:
        reply = await connection.compute(pickle.dumps((carry, errand)), key, worker)
        if not isinstance(reply, Answered):
            return reply
        answer: Answer = pickle.loads(reply.pickled)  # noqa: S301 - of a worker that we started
        if isinstance(answer, Done) and not errand.access:
            return Done(answer.value.result)
        if isinstance(answer, Failed) and _FULL in answer.error.message:
            return Failed(_of_worker(answer.error, reply.worker))
        return answer

    def _send(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Put files into scratch, unless they came from there."""
        return tuple(self._known.get(path) or self._sent(path) for path in paths)

    def _sent(self, path: str) -> str:
        key = f"{self._kept.prefix}{next(self._keys)}/{os.path.basename(path)}"
        send(path, self._kept.store, key)
        return self._known.setdefault(path, key)

    def _fetch(self, item: Shippable, delivered: Delivered) -> Any:
        """The result, with its files where this machine would have left them."""
        store = self._kept.store if delivered.keys else None
        for key in delivered.keys:
            assert store
            path = os.path.join(item.folder, os.path.basename(key))
            fetch(store, key, path)
            if item.feeds:
                self._known[path] = key
            else:
                store.delete(key)
        return shipping.within(delivered.result, item.folder)

    @property
    def _kept(self) -> Scratch:
        if self._scratch is None:
            store = open_datastore(scratch.url(self._context.conf), self._context.cloud)
            self._scratch = Scratch(store, self._context.say).__enter__()
        return self._scratch

    def _remove_scratch(self) -> None:
        if self._scratch:
            self._scratch.__exit__()

    def _connect(self) -> None:
        context = self._context
        reached = self._engine.enter_context(engine.running(context.conf, context.cloud, context.say))
        name = f"{self._id}-{next(self._keys)}"  # what is left of a connection that broke is ended by its own
        self._connection = Connection(reached, name, tasks.setting().entries)
        self._engine.callback(self._connection.close)

    def _have_own(self) -> bool:
        """Whether all nodes can ask AWS as themselves."""
        asked = [self.begin(call, has_own, worker) for worker in self.workers.values()]
        replies = [future.result(ANSWER_S) for future in asked]
        return all(isinstance(reply, Done) and reply.value for reply in replies)


def _needs_scratch(item: Shippable) -> bool:
    return item.leaves or bool(item.inputs)


def _of_worker(error: EssError, worker: str) -> EssError:
    """The error of a disk that is full, which is that of a worker."""
    error.message += f" on the worker {worker}"
    error.hint = "workers with larger disks have room: volume_size in [EC2] of instance.conf"
    return error
