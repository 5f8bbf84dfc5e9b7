"""A command on one node: over SSH, or on this machine; it ends when ess does."""

import asyncio
import contextlib
from collections import deque
from contextlib import AsyncExitStack
from dataclasses import dataclass

import asyncssh

from ess_core.errors import EssError
from ess_core.nodes import refusals, stdio
from ess_core.nodes.connection import connected
from ess_core.nodes.exits import exit_code
from ess_core.nodes.worker import Login, Worker
from ess_plugins.workers import guard
from ess_plugins.workers.channels import LAST_S, WINDOW_BYTES, session
from ess_plugins.workers.sinks import Sink, Take

LOGIN_S = 30.0
LOGINS_AT_ONCE = 32
_SAID_BYTES = 2000


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, or 128 + its signal, and the end of what it wrote to stderr."""

    exit_code: int
    said: str
    seconds: float


class Runner:
    """Runs one command on many nodes; ``timeout_s`` is how long it may take on each, None for ever."""

    def __init__(self, command: str, sink: Sink, timeout_s: float | None = None) -> None:
        self._command = command
        self._sink = sink
        self._timeout_s = timeout_s
        self._logging_in = asyncio.Semaphore(LOGINS_AT_ONCE)

    async def run(self, worker: Worker) -> Ended:
        """Run it on ``worker``, or here where that has no login.

        Raises LoginError where login or connection fail, and EssError where its time is up.
        """
        async with AsyncExitStack() as stack:
            connection = await self._connection(worker, stack)
            async with self._sink.of(worker) as take:
                ended = await self._outcome(worker, connection, take)
        if isinstance(ended, EssError):
            raise ended
        return ended

    async def _outcome(
        self, worker: Worker, connection: asyncssh.SSHClientConnection | None, take: Take
    ) -> Ended | EssError:
        """How it ended, or why that is not known: what it wrote is kept either way."""
        began = asyncio.get_running_loop().time()
        said = _Tail(take)
        try:
            async with asyncio.timeout(self._timeout_s) as limit:
                code = await self._code(worker, connection, said.take)
        except TimeoutError:
            if not limit.expired():
                raise
            return EssError(f"its {self._timeout_s:g} s were up, so it was ended")
        except refusals.LoginError as error:
            return error
        return Ended(code, said.text(), asyncio.get_running_loop().time() - began)

    async def _connection(self, worker: Worker, stack: AsyncExitStack) -> asyncssh.SSHClientConnection | None:
        if worker.login is None:
            return None
        async with self._logging_in:
            return await stack.enter_async_context(connected(worker.login, LOGIN_S))

    async def _code(self, worker: Worker, connection: asyncssh.SSHClientConnection | None, take: Take) -> int:
        if connection is None:
            return await here(self._command, take)
        assert worker.login
        return await there(worker.login, connection, self._command, take)


async def there(login: Login, connection: asyncssh.SSHClientConnection, command: str, take: Take) -> int:
    """Run ``command`` over a connection without input; its exit code. Raises LoginError where that breaks."""
    async with session(login, connection, guard.line(command)) as (channel, output):
        while piece := await output.next():
            await take(*piece)
        return exit_code(login, channel.get_exit_status(), channel.get_exit_signal())


async def here(command: str, take: Take) -> int:
    """Run ``command`` on this machine without input; its exit code, or 128 + its signal."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *guard.argv(command), stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    pumps = [
        asyncio.ensure_future(_pump(source, stream, take))
        for stream, source in ((stdio.STDOUT, process.stdout), (stdio.STDERR, process.stderr))
    ]
    try:
        await asyncio.gather(*pumps)
        code = await process.wait()
    finally:
        for pump in pumps:
            pump.cancel()
        process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_S):
                await process.wait()
    return code if code >= 0 else 128 - code


async def _pump(source: asyncio.StreamReader, stream: int, take: Take) -> None:
    while data := await source.read(WINDOW_BYTES):
        await take(stream, data)


class _Tail:
    """Passes output on, and remembers the end of what came from stderr."""

    def __init__(self, take: Take) -> None:
        self._take = take
        self._kept: deque[bytes] = deque()
        self._size_bytes = 0

    async def take(self, stream: int, data: bytes) -> None:
        """Pass it on."""
        if stream == stdio.STDERR:
            self._keep(data[-_SAID_BYTES:])
        await self._take(stream, data)

    def text(self) -> str:
        """The end of stderr."""
        return b"".join(self._kept)[-_SAID_BYTES:].decode(errors="replace")

    def _keep(self, data: bytes) -> None:
        self._kept.append(data)
        self._size_bytes += len(data)
        while self._size_bytes - len(self._kept[0]) >= _SAID_BYTES:
            self._size_bytes -= len(self._kept.popleft())
