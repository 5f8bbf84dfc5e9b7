"""Decoders of gz, bz2, xz and zst: members one after the other, a bounded piece at a time."""

import sys
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO, Protocol

from ess_core.files.damage import CorruptError, TrailingGarbageError, TruncatedError
from ess_core.files.streams import CHUNK_BYTES

PIECE_BYTES = 1 << 18
_XZ_MEMORY_BYTES = 1 << 29  # xz -9 needs a tenth of it to decompress


class Decoder(Protocol):
    """What the standard library's decompressors have in common."""

    @property
    def eof(self) -> bool:
        """True at the end of one member."""

    @property
    def needs_input(self) -> bool:
        """True where nothing more comes out before something goes in."""

    @property
    def unused_data(self) -> bytes:
        """What went in after the end of the member."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Put in ``data``, take out at most ``max_length`` bytes."""


@dataclass(frozen=True)
class Codec:
    """A format: what its members begin with, and what decompresses one."""

    name: str
    magics: tuple[bytes, ...]
    make: Callable[[], Decoder]
    errors: Callable[[], tuple[type[Exception], ...]]


def decode(source: BinaryIO, codec: Codec, name: str) -> Generator[bytes, None, None]:
    """The plain bytes of all members in ``source``. Raises DamagedError where they end."""
    data = source.read(CHUNK_BYTES)
    while data:
        decoder = codec.make()
        yield from _member(decoder, data, source, codec, name)
        data = _next(decoder.unused_data, source, codec, name)


def _member(decoder: Decoder, data: bytes, source: BinaryIO, codec: Codec, name: str) -> Iterator[bytes]:
    errors = codec.errors()
    while True:
        try:
            piece = decoder.decompress(data, PIECE_BYTES)
        except errors as error:
            raise CorruptError(f"{name} is corrupt: {codec.name} data: {error}") from error
        if piece:
            yield piece
        if decoder.eof:
            return
        data = source.read(CHUNK_BYTES) if decoder.needs_input else b""
        if decoder.needs_input and not data:
            raise TruncatedError(f"{name} is cut off: its {codec.name} data has no end")


def _next(rest: bytes, source: BinaryIO, codec: Codec, name: str) -> bytes:
    """The beginning of the next member, empty at the end of the data."""
    while not (rest := rest.lstrip(b"\0")):
        if not (rest := source.read(CHUNK_BYTES)):
            return b""
    longest = max(map(len, codec.magics))
    if len(rest) < longest:
        rest += source.read(CHUNK_BYTES)
    if rest.startswith(codec.magics):
        return rest
    if any(magic.startswith(rest) for magic in codec.magics):
        raise TruncatedError(f"{name} is cut off: its last {codec.name} member has no end")
    raise TrailingGarbageError(f"{name} goes on after its {codec.name} data with something else")


class _Gunzip:
    """A decompressor of gzip with the manners of the others."""

    def __init__(self) -> None:
        self._inner: zlib._Decompress = _inflating().decompressobj(31)  # with gzip's header and checksum
        self._head = b""
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if len(self._head) <= _FLAGS:
            self._head += data[: _FLAGS + 1]
            self._check_flags(self._head[_FLAGS : _FLAGS + 1])
        piece = self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
        self.needs_input = not self._inner.unconsumed_tail and len(piece) < max_length
        return piece

    def _check_flags(self, flags: bytes) -> None:
        """Raise where one is set that means nothing (RFC 1952, 2.3.1.2); isal would pass over it."""
        if flags > b"\x1f":
            raise zlib.error("unknown header flags set")


_FLAGS = 3  # where they are in a header


@cache
def _inflating() -> Any:
    """The library that inflates: isal, which takes a third of the time, or zlib where there is none."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib
    return isal_zlib


def _gunzip_errors() -> tuple[type[Exception], ...]:
    return zlib.error, _inflating().error


def _bunzip2() -> Decoder:
    import bz2

    return bz2.BZ2Decompressor()


def _unxz() -> Decoder:
    import lzma

    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES)


def _xz_errors() -> tuple[type[Exception], ...]:
    import lzma

    return (lzma.LZMAError, MemoryError)


def _unzstd() -> Decoder:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd.ZstdDecompressor()


def _zstd_errors() -> tuple[type[Exception], ...]:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return (zstd.ZstdError,)


_ZSTD_SKIPPABLE = tuple(bytes([low]) + b"\x2a\x4d\x18" for low in range(0x50, 0x60))

CODECS = {
    "gz": Codec("gzip", (b"\x1f\x8b\x08",), _Gunzip, _gunzip_errors),
    "bz2": Codec(
        "bzip2",
        tuple(
            b"BZh%d" % level + block
            for level in range(1, 10)
            for block in (b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90")
        ),
        _bunzip2,
        lambda: (OSError, ValueError),
    ),
    "xz": Codec("xz", (b"\xfd7zXZ\0",), _unxz, _xz_errors),
    "zst": Codec("zstd", (b"\x28\xb5\x2f\xfd", *_ZSTD_SKIPPABLE), _unzstd, _zstd_errors),
}
"""By the name that Compression has for it; a library is imported when its data comes."""
