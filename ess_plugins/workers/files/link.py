"""A connection to one node on which scripts run, several at the same time."""

import asyncio
import contextlib
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO, TypeVar

import asyncssh

from ess_core.errors import EssError
from ess_core.nodes import stdio
from ess_core.nodes.connection import connected
from ess_core.nodes.exits import exit_code
from ess_core.nodes.output import Output
from ess_core.nodes.worker import Login
from ess_plugins.workers.channels import session
from ess_plugins.workers.files import scripts

LOGIN_S = 30.0
CHUNK_BYTES = 1 << 16
AT_ONCE = 4
"""Files of one node; sshd lets ten commands run on one connection."""

T = TypeVar("T")


class ScriptError(EssError):
    """A script failed; ``code`` is its exit code, the message the end of what it said."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said or f"the node's shell ended with exit code {code}")
        self.code = code


@dataclass(frozen=True)
class Link:
    """A node that is logged in to."""

    login: Login
    connection: asyncssh.SSHClientConnection

    async def run(self, script: str, *words: str) -> bytes:
        """What ``script`` writes. Raises ScriptError where it fails."""
        async with self.talk(script, *words) as talk:
            return b"".join([piece async for piece in talk.pieces()])

    @asynccontextmanager
    async def talk(self, script: str, *words: str) -> AsyncIterator["Talk"]:
        """A script that is running. Raises ScriptError where it fails, once its output is read."""
        async with session(self.login, self.connection, scripts.line(script, *words)) as (channel, output):
            yield Talk(self.login, channel, output)


class Talk:
    """What one script says, and what is sent to it."""

    def __init__(self, login: Login, channel: asyncssh.SSHClientChannel[bytes], output: Output) -> None:
        self._login = login
        self._channel = channel
        self._output = output
        self._said = b""
        self._ahead = b""

    async def pieces(self) -> AsyncIterator[bytes]:
        """Its output to the end. Raises ScriptError where it fails."""
        ahead, self._ahead = self._ahead, b""
        if ahead:
            yield ahead
        while piece := await self._next():
            yield piece
        code = exit_code(self._login, self._channel.get_exit_status(), self._channel.get_exit_signal())
        if code:
            raise ScriptError(code, _last(self._said))

    async def line(self) -> bytes:
        """The first line of its output; what came of it where it ends before that."""
        while b"\n" not in self._ahead and (piece := await self._next()):
            self._ahead += piece
        line, _, self._ahead = self._ahead.partition(b"\n")
        return line

    async def send(self, file: IO[bytes], size: int, sent: Callable[[int], None]) -> bool:
        """Send the next ``size`` bytes of ``file``; False where it has less.

        A script that has ended takes no more; its exit code says why.
        """
        while size and not self._output.has_ended:
            data = file.read(min(size, CHUNK_BYTES))
            if not data:
                return False
            with contextlib.suppress(BrokenPipeError):
                self._channel.write(data)
            size -= len(data)
            sent(len(data))
            await self._output.has_room.wait()
            await asyncio.sleep(0)  # for the other files, where there is always room
        with contextlib.suppress(BrokenPipeError):
            self._channel.write_eof()
        return True

    async def _next(self) -> bytes:
        """The next bytes of stdout, none at the end."""
        while piece := await self._output.next():
            stream, data = piece
            if stream == stdio.STDOUT:
                return data
            self._said = (self._said + data)[-CHUNK_BYTES:]
        return b""


@asynccontextmanager
async def linked(login: Login) -> AsyncIterator[Link]:
    """Log in. Raises LoginError or ConfigError."""
    async with connected(login, LOGIN_S) as connection:
        yield Link(login, connection)


async def each_of(items: Iterable[T], work: Callable[[T], Awaitable[None]], at_once: int = AT_ONCE) -> None:
    """Await ``work(item)`` for all, some at the same time; the first that fails ends the others."""
    waiting = iter(items)

    async def go_on() -> None:
        for item in waiting:
            await work(item)

    tasks = [asyncio.ensure_future(go_on()) for _ in range(at_once)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _last(said: bytes) -> str:
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else ""


def shown(path: str) -> str:
    """A path in a message, quoted only where it has to be."""
    return path if shlex.quote(path) == path else repr(path)
