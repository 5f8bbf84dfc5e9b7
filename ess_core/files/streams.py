"""A stream over pieces of bytes that gives all good ones before it raises."""

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from ess_core.errors import EssError

CHUNK_BYTES = 1 << 16
_PEEK_BYTES = 1 << 13  # what a peek for a line gives: a copy of more would cost more than the line


class Stream(io.BufferedIOBase):
    """Reads what an iterator of bytes yields.

    Where the iterator raises an EssError, a read of n bytes first gives what there is, the next one
    raises; a read of everything raises at once. ``peek(n)`` gives n bytes without taking them, fewer only
    at the end.
    """

    def __init__(self, pieces: Iterator[bytes], close: Callable[[], object]) -> None:
        self._pieces = pieces
        self._close = close
        self._held = b""
        self._at = 0
        self._fault: BaseException | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0:
            return self._all()
        taken = [self._take(size)]
        left = size - len(taken[0])
        while left and self._more(bool(left < size)):
            taken.append(self._take(left))
            left -= len(taken[-1])
        return b"".join(taken)

    def read1(self, size: int = -1) -> bytes:
        if self._at == len(self._held):
            self._more(has_some=False)
        return self._take(size if size >= 0 else len(self._held))

    def peek(self, size: int = 0) -> bytes:
        while len(self._held) - self._at < max(size, 1):
            kept = self._held[self._at :]
            if not self._more(bool(kept)):
                return kept
            self._held = kept + self._held
        return self._held[self._at : self._at + max(size, _PEEK_BYTES)]

    def close(self) -> None:
        if not self.closed:
            self._close()
        super().close()

    def _all(self) -> bytes:
        taken = [self._take(len(self._held))]
        while self._more(has_some=False):
            taken.append(self._held)
            self._at = len(self._held)
        return b"".join(taken)

    def _take(self, size: int) -> bytes:
        taken = self._held[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def _more(self, has_some: bool) -> bool:
        """Hold the next piece; False at the end, or where it raises and the reader has some bytes already."""
        try:
            return self._next()
        except EssError:
            if has_some:
                return False
            raise

    def _next(self) -> bool:
        if self._fault:
            raise self._fault
        try:
            piece = next(filter(None, self._pieces), b"")
        except BaseException as error:
            self._fault = error
            raise
        if piece:
            self._held, self._at = piece, 0
        return bool(piece)


def streamed(pieces: Iterator[bytes], close: Callable[[], object]) -> BinaryIO:
    """The same, as the type that readers ask for."""
    return cast("BinaryIO", Stream(pieces, close))


def chunks(source: BinaryIO) -> Iterator[bytes]:
    """All that ``source`` still has, in pieces of any size."""
    if isinstance(source, Stream):  # it holds large ones, and need not cut them
        yield from iter(source.read1, b"")
    while piece := source.read(CHUNK_BYTES):
        yield piece


def replayable(source: BinaryIO) -> Stream:
    """``source`` with ``peek``."""
    return Stream(chunks(source), source.close)
