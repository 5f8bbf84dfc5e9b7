"""Whole messages from a socket, and to it."""

import select
import socket
import struct
from collections.abc import Container

from ess_plugins.sandbox.redshift.wire.messages import Message

_CHUNK_BYTES = 1 << 18
_SIZE_BYTES = 4
_HEAD_BYTES = 1 + _SIZE_BYTES


class Wire:
    """One end of a connection. Every method raises ConnectionError where the other end is gone."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self._buffer = bytearray()
        self._read = 0

    def send(self, *parts: bytes) -> None:
        """Write all parts."""
        self.socket.sendall(b"".join(parts))

    def exactly(self, size_bytes: int) -> bytes:
        """The next bytes."""
        while len(self._buffer) - self._read < size_bytes:
            self._fill()
        start = self._read
        self._read += size_bytes
        return bytes(self._buffer[start : self._read])

    def next(self) -> Message:
        """The next message."""
        head = self.exactly(_HEAD_BYTES)
        body = self.exactly(_size(head, 1) - _SIZE_BYTES)
        return Message(head[:1], body, head + body)

    def has_next(self) -> bool:
        """Whether a whole message is there already."""
        return self._end_of_next(self._read) > 0

    def is_ready(self) -> bool:
        """Whether something is there already."""
        if len(self._buffer) > self._read:
            return True
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        return bool(poll.poll(0))

    def take_run(self, kinds: Container[int]) -> bytes:
        """All whole messages that are there already and whose kinds are among ``kinds``, as one piece.

        So a large result passes without a look at each of its rows.
        """
        end = self._read
        while (after := self._end_of_next(end)) and self._buffer[end] in kinds:
            end = after
        run = bytes(self._buffer[self._read : end])
        self._read = end
        return run

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()

    def _end_of_next(self, start: int) -> int:
        """Where the message at ``start`` ends, or 0 where not all of it is there."""
        if len(self._buffer) - start < _HEAD_BYTES:
            return 0
        size = _size(self._buffer, start + 1)
        return start + 1 + size if len(self._buffer) - start > size else 0

    def _fill(self) -> None:
        if self._read:
            del self._buffer[: self._read]
            self._read = 0
        received = self.socket.recv(_CHUNK_BYTES)
        if not received:
            raise ConnectionError("the other end is gone")
        self._buffer += received


def _size(content: bytes | bytearray, place: int) -> int:
    """The size of a message, as it says at ``place``; it counts itself."""
    (size,) = struct.unpack_from("!i", content, place)
    if size < _SIZE_BYTES:
        raise ConnectionError("that is not the protocol")
    return int(size)
