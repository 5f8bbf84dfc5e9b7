"""One port of this machine that leads to one of a node's, over SSH, for as long as it is needed."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from ess_core.errors import EssError
from ess_core.nodes.worker import Login

HERE = "127.0.0.1"
LOGIN_S = 30.0
KEEPALIVE_S = 5
KEEPALIVES_MISSED = 3
"""A tunnel that is silently cut is found out within a quarter of a minute, since work waits behind it."""

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0

T = TypeVar("T")


class Background:
    """An event loop in a thread of its own, for what goes on while ordinary code waits."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ess tunnel", daemon=True)
        self._thread.start()

    def start(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Begin something there."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something there and wait for it; a signal here cancels it."""
        doing = self.start(work)
        try:
            return doing.result()
        finally:
            doing.cancel()

    def close(self) -> None:
        """End what runs there, and the thread."""
        with contextlib.suppress(Exception):
            self.start(_cancel_others()).result(LOGIN_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LOGIN_S)
        if not self._thread.is_alive():
            self._loop.close()


class Tunnel:
    """``port`` of this machine leads to ``target`` as the node sees it; what breaks is made anew."""

    def __init__(self, background: Background, login: Login, target: tuple[str, int]) -> None:
        self._login = login
        self._target = target
        self.port = 0
        self._opened: Future[None] = Future()
        self._holding = background.start(self._hold())

    def wait(self) -> None:
        """Return once it is open the first time. Raises EssError where it cannot be opened."""
        self._opened.result()

    def close(self) -> None:
        """Close it."""
        self._holding.cancel()

    async def _hold(self) -> None:
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self._forward()
                pause_s = FIRST_PAUSE_S
            except (EssError, OSError) as error:
                if not self._opened.done():
                    self._opened.set_exception(error)
                    return
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _forward(self) -> None:
        """Forward until the connection is lost."""
        import asyncssh

        from ess_core.nodes.connection import connected

        try:
            async with connected(self._login, LOGIN_S) as connection:
                connection.set_keepalive(KEEPALIVE_S, KEEPALIVES_MISSED)
                listener = await connection.forward_local_port(HERE, self.port, *self._target)
                self.port = listener.get_port()
                if not self._opened.done():
                    self._opened.set_result(None)
                try:
                    await connection.wait_closed()
                finally:
                    listener.close()
        except asyncssh.Error as error:
            raise EssError(f"the tunnel to {self._login} broke: {error}") from error


@contextmanager
def opened(background: Background, login: Login, target: tuple[str, int]) -> Iterator[Tunnel]:
    """A tunnel that is open. Raises EssError where it cannot be."""
    tunnel = Tunnel(background, login, target)
    try:
        tunnel.wait()
        yield tunnel
    finally:
        tunnel.close()


@contextmanager
def background() -> Iterator[Background]:
    """An event loop beside this one, until the end of the block."""
    loop = Background()
    try:
        yield loop
    finally:
        loop.close()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
