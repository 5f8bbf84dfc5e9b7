"""An object as a stream that is open for reading."""

import io
from collections.abc import Generator, Iterator
from contextlib import closing
from math import inf
from typing import Any

from ess_plugins.s3.reading.ahead import in_order
from ess_plugins.s3.reading.fetch import Answer, Source, ask, read
from ess_plugins.s3.reading.pace import at_pace

FIRST_BYTES = 8 * 1024 * 1024
PART_BYTES = 10 * 1024 * 1024
PARTS_AHEAD = 8
"""So at most 80 MiB of one object are in memory."""
WINDOW_BYTES = 64 * 1024 * 1024
QUICK_BYTES_PER_S = 120e6
"""One connection to S3 gives 85 to 90 MB/s; where it gives so much, several would only cost memory.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-design-patterns.html
"""


class ObjectStream(io.RawIOBase):
    """Bytes ``start`` to before ``end`` (None: all there are) of an object, read ahead where that is quicker.

    Its ``name`` is for messages; the object's ``size`` and ``etag`` are known once it is made. Making and
    reading it raise what :func:`ess_plugins.s3.reading.fetch.ask` and ``read`` there raise.
    """

    def __init__(self, source: Source, start: int = 0, end: int | None = None, etag: str = "") -> None:
        super().__init__()
        most = start + FIRST_BYTES
        first = ask(source, start, most if end is None else min(max(end, start + 1), most), etag)
        self.name = str(source.where)
        self.size = first.size
        self.etag = first.etag.strip('"')
        self.end = first.size if end is None else min(end, first.size)
        self._first = first
        self._chunks = _chunks(source, first, start, self.end)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """True."""
        return True

    def chunks(self) -> Iterator[bytes]:
        """The rest of it in pieces as they came, which saves copying them."""
        if self._rest:
            yield self._take(len(self._rest))
        yield from self._chunks

    def read(self, size: int | None = -1) -> bytes:
        """At most ``size`` bytes, empty at the end; everything where it is negative or None."""
        if size is None or size < 0:
            return b"".join(self.chunks())
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        return self._take(size)

    def readall(self) -> bytes:
        """Everything that is left."""
        return self.read()

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer`` with what there is; 0 at the end."""
        view = memoryview(buffer).cast("B")
        some = self.read(len(view))
        view[: len(some)] = some
        return len(some)

    def close(self) -> None:
        """Stop reading, also ahead."""
        if not self.closed:
            self._chunks.close()
            if self._first.body is not None:  # where nothing was read, the generator has not begun
                self._first.body.close()
        super().close()

    def _take(self, size: int) -> bytes:
        some, self._rest = self._rest[:size], self._rest[size:]
        return bytes(some)


def _chunks(source: Source, first: Answer, start: int, end: int) -> Generator[bytes, None, None]:
    """One connection while that is quick, several at the same time from where it is not."""
    at = max(start, min(first.end, end))
    quick = yield from at_pace(read(source, start, at, first.etag, first), inf, QUICK_BYTES_PER_S)
    if quick and at < end:
        with closing(read(source, at, end, first.etag)) as rest:
            for chunk in at_pace(rest, WINDOW_BYTES, QUICK_BYTES_PER_S):
                at += len(chunk)
                yield chunk
    parts = ((one, min(one + PART_BYTES, end)) for one in range(at, end, PART_BYTES))
    yield from in_order(parts, lambda part: read(source, *part, first.etag), PARTS_AHEAD)
