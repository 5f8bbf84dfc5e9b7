"""What a remote command writes, taken piece by piece with bounded memory."""

import asyncio
import contextlib
from collections import deque

import asyncssh

from ess_core.nodes import stdio

ENOUGH_BYTES = 1 << 20


class Output(asyncssh.SSHClientSession[bytes]):
    """The command's output, until we write it.

    asyncssh opens the whole window again as soon as a paused channel delivers one packet, so a reader that
    pauses and resumes at every packet lets the sender run ahead without bound. Here the channel is paused
    only after it has delivered all it holds, and resumed only when all that is written: two windows at most.
    """

    _channel: asyncssh.SSHClientChannel[bytes]

    def __init__(self, enough_bytes: int = ENOUGH_BYTES) -> None:
        self._enough_bytes = enough_bytes
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
        if self._size_bytes >= self._enough_bytes:
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

    @property
    def has_ended(self) -> bool:
        """Whether the channel is closed, so that nothing more will come."""
        return self._ended

    async def drain(self) -> None:
        """Drop the rest of the output, until the channel is closed."""
        while await self.next():
            pass

    async def next(self) -> tuple[int, bytes] | None:
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
        if self._size_bytes >= self._enough_bytes and not self._ended:
            self._paused = True
            self._channel.pause_reading()

    def _resume(self) -> None:
        if self._paused and not self._pieces:
            self._paused = False
            self._channel.resume_reading()


def end(channel: asyncssh.SSHClientChannel[bytes]) -> None:
    """Close the channel; a command that still runs is told to end, as a server need not end it by itself."""
    with contextlib.suppress(OSError):
        if channel.get_exit_status() is None:
            channel.terminate()
    channel.close()
