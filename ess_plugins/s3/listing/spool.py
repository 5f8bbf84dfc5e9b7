"""What was listed before its turn came: in memory as far as it may, else in a file that nobody can see."""

import os
import tempfile
from collections import deque
from dataclasses import dataclass
from typing import BinaryIO

from ess_core.errors import EssError

MEMORY_BYTES = 16 << 20


@dataclass(frozen=True)
class _Spilled:
    offset: int
    size_bytes: int


class Spool:
    """Keeps chunks for many at once; not for several threads at a time."""

    def __init__(self, memory_bytes: int = MEMORY_BYTES) -> None:
        self._memory_bytes = memory_bytes
        self.waiting_bytes = 0
        """All that has been put and not taken, in memory or on disk."""
        self.held_bytes = 0
        """What of it is in memory."""
        self._file: BinaryIO | None = None
        self._end = 0

    def put(self, queue: "deque[Chunk]", data: bytes, soon: bool) -> None:
        """Append ``data`` to ``queue``; in memory where it is wanted ``soon`` or there is room.

        Raises EssError where there is no room on disk either.
        """
        self.waiting_bytes += len(data)
        if soon or self.held_bytes <= self._memory_bytes:
            self.held_bytes += len(data)
            queue.append(data)
        else:
            queue.append(self._spill(data))

    def get(self, queue: "deque[Chunk]") -> bytes:
        """Take the first one of ``queue``."""
        chunk = queue.popleft()
        if isinstance(chunk, bytes):
            self.held_bytes -= len(chunk)
            self.waiting_bytes -= len(chunk)
            return chunk
        self.waiting_bytes -= chunk.size_bytes
        assert self._file is not None
        return os.pread(self._file.fileno(), chunk.size_bytes, chunk.offset)

    def close(self) -> None:
        """Give the space on disk back."""
        if self._file is not None:
            self._file.close()

    def _spill(self, data: bytes) -> _Spilled:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by close
            os.pwrite(self._file.fileno(), data, self._end)
        except OSError as error:
            reason = error.strerror or str(error)
            raise EssError(
                f"cannot keep what was listed early in {tempfile.gettempdir()}: {reason}",
                "set TMPDIR to a folder with room, or list with --workers 1",
            ) from error
        place = _Spilled(self._end, len(data))
        self._end += len(data)
        return place


Chunk = bytes | _Spilled
