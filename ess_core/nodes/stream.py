"""A remote command with this process's stdin, stdout and stderr, byte for byte and with bounded memory."""

import asyncio
import contextlib
from collections import deque

import asyncssh

from ess_core.nodes import stdio
from ess_core.nodes.connection import connected
from ess_core.nodes.exits import exit_code
from ess_core.nodes.loop import complete
from ess_core.nodes.worker import Login

LOGIN_S = 30
ENOUGH_BYTES = 1 << 20


def run(login: Login, command: str) -> int:
    """Run ``command`` on the node with this process's streams; return its exit code or 128 + its signal.

    A stream that is closed counts as /dev/null. A signal to us ends the remote command too.
    Raises LoginError where login or connection fail, and BrokenPipeError where nobody reads our output.
    """
    return complete(_run(login, command))


async def _run(login: Login, command: str) -> int:
    async with connected(login, LOGIN_S) as connection:
        session = _Session()
        channel, _ = await connection.create_session(lambda: session, command, encoding=None)
        feeding = asyncio.ensure_future(_feed(channel, session))
        try:
            while piece := await session.next_output():
                await stdio.write(*piece)
            return exit_code(login, channel.get_exit_status(), channel.get_exit_signal())
        finally:
            feeding.cancel()
            _end(channel)


class _Session(asyncssh.SSHClientSession[bytes]):
    """The command's output, until we write it.

    asyncssh opens the whole window again as soon as a paused channel delivers one packet, so a reader that
    pauses and resumes at every packet lets the sender run ahead without bound. Here the channel is paused
    only after it has delivered all it holds, and resumed only when all that is written: two windows at most.
    """

    _channel: asyncssh.SSHClientChannel[bytes]

    def __init__(self) -> None:
        self._pieces: deque[tuple[int, bytes]] = deque()
        self._size_bytes = 0
        self._paused = False
        self._ended = False
        self._changed = asyncio.Event()
        self.has_room = asyncio.Event()
        self.has_room.set()

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self._channel = chan

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self._pieces.append((stdio.STDERR if datatype else stdio.STDOUT, data))
        self._size_bytes += len(data)
        self._changed.set()
        if self._size_bytes >= ENOUGH_BYTES:
            asyncio.get_running_loop().call_soon(self._pause)

    def eof_received(self) -> bool:
        """Leave our side open: the command may still read."""
        return True

    def pause_writing(self) -> None:
        self.has_room.clear()

    def resume_writing(self) -> None:
        self.has_room.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        """The channel is closed; without an exit code, if it broke."""
        self._ended = True
        self._changed.set()
        self.has_room.set()

    async def next_output(self) -> tuple[int, bytes] | None:
        """The next bytes and which of our streams they are for; None at the end."""
        while not self._pieces:
            if self._ended:
                return None
            self._changed.clear()
            await self._changed.wait()
        handle, data = self._pieces.popleft()
        self._size_bytes -= len(data)
        self._resume()
        return handle, data

    def _pause(self) -> None:
        if self._size_bytes >= ENOUGH_BYTES and not self._ended:
            self._paused = True
            self._channel.pause_reading()

    def _resume(self) -> None:
        if self._paused and not self._pieces:
            self._paused = False
            self._channel.resume_reading()


async def _feed(channel: asyncssh.SSHClientChannel[bytes], session: _Session) -> None:
    """Send our stdin until its end, or until the command is gone."""
    with contextlib.suppress(OSError):
        while data := await stdio.read(stdio.STDIN):
            channel.write(data)
            await session.has_room.wait()
        channel.write_eof()


def _end(channel: asyncssh.SSHClientChannel[bytes]) -> None:
    """Close the channel; a command that still runs is told to end, as a server need not end it by itself."""
    with contextlib.suppress(OSError):
        if channel.get_exit_status() is None:
            channel.terminate()
    channel.close()
