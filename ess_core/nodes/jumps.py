"""Connections to jump hosts: one for all who go through, since SSH servers let few log in at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from weakref import WeakKeyDictionary

import asyncssh

from ess_core.nodes.worker import JumpHost

Connect = Callable[[JumpHost, float], AbstractAsyncContextManager[asyncssh.SSHClientConnection]]


@asynccontextmanager
async def through(
    host: JumpHost | None, timeout_s: float, connect: Connect
) -> AsyncIterator[asyncssh.SSHClientConnection | None]:
    """The connection to ``host``, made with ``connect(host, timeout_s)`` by the first who needs it.

    The last one who goes closes it. Without a host there is none. Raises what ``connect`` raises.
    """
    if host is None:
        yield None
        return
    shared = _join(host, timeout_s, connect)
    try:
        yield await asyncio.shield(shared.opened)
    finally:
        await shared.leave()


class _Shared:
    """One connection, held open by a task of its own for as long as it has users."""

    def __init__(self, opening: AbstractAsyncContextManager[asyncssh.SSHClientConnection]) -> None:
        self.users = 0
        self.opened: asyncio.Future[asyncssh.SSHClientConnection] = asyncio.Future()
        self._unused = asyncio.Event()
        self._holding = asyncio.create_task(self._hold(opening))

    @property
    def lost(self) -> bool:
        """Whether it could not be made, or broke."""
        if not self.opened.done():
            return self._holding.done()
        return self.opened.cancelled() or bool(self.opened.exception()) or self.opened.result().is_closed()

    async def leave(self) -> None:
        """Count one user less; close it after the last one."""
        self.users -= 1
        if self.users:
            return
        self._unused.set()
        if not self.opened.done():
            self._holding.cancel()
        await asyncio.wait([self._holding])

    async def _hold(self, opening: AbstractAsyncContextManager[asyncssh.SSHClientConnection]) -> None:
        try:
            async with opening as connection:
                self.opened.set_result(connection)
                await self._unused.wait()
        except Exception as error:  # noqa: BLE001 - whoever waits for it raises it
            if not self.opened.done():
                self.opened.set_exception(error)


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[JumpHost, _Shared]] = WeakKeyDictionary()


def _join(host: JumpHost, timeout_s: float, connect: Connect) -> _Shared:
    here = _shared.setdefault(asyncio.get_running_loop(), {})
    shared = here.get(host)
    if shared is None or not shared.users or shared.lost:
        shared = here[host] = _Shared(connect(host, timeout_s))
    shared.users += 1
    return shared
