"""A text as blocks of whole lines in UTF-8, in bounded memory, each with the number of its first line."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from ess_core.files.damage import CorruptError, DamagedError, TrailingGarbageError
from ess_core.tables.reading import encoding

BLOCK_BYTES = 1 << 25
LINE_BYTES = 1 << 25
"""A longer line is not read as a row."""
_PIECE_BYTES = 1 << 20
_STUB_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, each with its newline; ``first_line`` counts from 1.

    A line that is ``too_long`` is alone in its block, and only its beginning. ``lines`` are the lines of the
    text that the lines of the block are, where they do not follow one another.
    """

    data: bytes
    first_line: int
    recoded_lines: int = 0
    too_long: bool = False
    lines: tuple[int, ...] = ()


class Blocks:
    """The blocks of a stream; after the last one, ``damage`` says what is wrong with the rest of the data.

    Raises CorruptError where the stream does.
    """

    def __init__(self, source: BinaryIO, named: str, block_bytes: int = BLOCK_BYTES) -> None:
        self.damage = ""
        self._is_cut = False
        self._source = source
        self._read_some = getattr(source, "read1", source.read)  # what is there is not copied
        self._encoding = named
        self._block_bytes = block_bytes
        self._line = 1
        self._uncounted = b""
        self.pieces = self._decoded()

    def __iter__(self) -> Iterator[Block]:
        held: list[bytes] = []
        size = 0
        for piece in self.pieces:
            held.append(piece)
            size += len(piece)
            if size >= self._block_bytes:
                whole, rest = _cut(b"".join(held))
                if whole:
                    yield self._block(whole)
                if len(rest) > LINE_BYTES:
                    yield self._too_long(rest[:_STUB_BYTES])
                    rest = self._after_line()
                held, size = [rest], len(rest)
        yield from self._last(b"".join(held))

    def _last(self, held: bytes) -> Iterator[Block]:
        whole, rest = _cut(held)
        if whole:
            yield self._block(whole)
        if rest and not self._is_cut:
            yield self._block(rest + b"\n")

    def _block(self, data: bytes) -> Block:
        self._line += self._uncounted.count(b"\n")
        fixed, recoded = encoding.repaired(data)
        self._uncounted = fixed  # the last one never is
        return Block(fixed, self._line, recoded)

    def _too_long(self, stub: bytes) -> Block:
        return replace(self._block(stub + b"\n"), recoded_lines=0, too_long=True)

    def _after_line(self) -> bytes:
        """Pass over the rest of a line."""
        for piece in self.pieces:
            if (end := piece.find(b"\n")) >= 0:
                return piece[end + 1 :]
        return b""

    def _decoded(self) -> Iterator[bytes]:
        """The bytes as UTF-8, with ``\\n`` where the text has only ``\\r``."""
        pieces = self._read()
        first = next(pieces, b"")
        name, mark = encoding.of_file(first, self._encoding)
        decoder = None if name == "utf-8" else codecs.getincrementaldecoder(name)("replace")
        only_returns = False
        for number, piece in enumerate(_chain(first[mark:], pieces)):
            text = decoder.decode(piece).encode() if decoder else piece
            if not number:
                only_returns = b"\r" in text and b"\n" not in text
            yield text.replace(b"\r", b"\n") if only_returns else text
        if decoder and not self._is_cut:
            yield decoder.decode(b"", final=True).encode()

    def _read(self) -> Iterator[bytes]:
        try:
            yield self._source.read(_PIECE_BYTES)
            while piece := self._read_some(_PIECE_BYTES):
                yield piece
        except CorruptError:
            raise
        except DamagedError as error:
            self.damage = error.message
            self._is_cut = not isinstance(error, TrailingGarbageError)  # which comes after whole data


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _cut(data: bytes) -> tuple[bytes, bytes]:
    end = data.rfind(b"\n") + 1
    return data[:end], data[end:]
