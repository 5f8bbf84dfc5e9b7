"""Read anywhere in a file of a datastore, with few and growing ranges."""

import io
from typing import Any

from ess_core.files.datastore import Datastore, File

TAIL_BYTES = 1 << 17  # a zip's end record with the longest comment, and the directory of a thousand members
DIRECTORY_BYTES = 1 << 20  # what is read after the end, mostly the directory of a zip with more members
FIRST_BYTES = 1 << 16
MOST_BYTES = 1 << 23


class RangeReader(io.RawIOBase):
    """A seekable reader over ranges of ``file``; the ranges double while it is read in order.

    It keeps the end of the file, and one range. Wrap it in ``io.BufferedReader``. Reading raises ChangedError
    where the file is replaced meanwhile.
    """

    def __init__(self, store: Datastore, file: File) -> None:
        self._store = store
        self._file = file
        self._tail_at = max(0, file.size - TAIL_BYTES)
        self._tail = b""
        self._range = b""
        self._range_at = 0
        self._first_bytes = FIRST_BYTES
        self._next_bytes = FIRST_BYTES
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size}[whence]
        if base + offset < 0:
            raise OSError(22, "Invalid argument")  # as files say it; zipfile relies on it
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), self._file.size - self._at)
        if wanted <= 0:
            return 0
        found = self._from_tail() if self._at >= self._tail_at else self._from_range(wanted)
        count = min(wanted, len(found))
        buffer[:count] = found[:count]
        self._at += count
        return count

    def _from_tail(self) -> memoryview:
        if not self._tail:
            self._tail = self._read(self._tail_at, self._file.size)
            self._first_bytes = DIRECTORY_BYTES
        return memoryview(self._tail)[self._at - self._tail_at :]

    def _from_range(self, wanted: int) -> memoryview:
        end = self._range_at + len(self._range)
        if not self._range_at <= self._at < end:
            goes_on = self._range and self._at == end
            self._next_bytes = min(MOST_BYTES, self._next_bytes * 2) if goes_on else self._first_bytes
            self._first_bytes = FIRST_BYTES
            self._range = b""  # two of them need not be in memory
            until = min(self._tail_at, self._at + max(wanted, self._next_bytes))
            self._range, self._range_at = self._read(self._at, until), self._at
        return memoryview(self._range)[self._at - self._range_at :]

    def _read(self, start: int, end: int) -> bytes:
        with self._store.open(self._file.key, start, end, self._file.etag) as stream:
            return stream.read(end - start)


def anywhere(store: Datastore, file: File) -> io.BufferedReader:
    """``file`` to be read anywhere."""
    return io.BufferedReader(RangeReader(store, file))
