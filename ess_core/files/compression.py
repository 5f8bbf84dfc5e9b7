"""Compression by the first bytes of the data, never by a file's name; decompressed as it is read."""

from collections.abc import Iterator
from enum import Enum
from typing import BinaryIO, cast

from ess_core.errors import UsageError
from ess_core.files import decoders
from ess_core.files.streams import Stream, replayable, streamed

HEAD_BYTES = 512
"""How much of the beginning ``sniff`` wants to see."""


class Compression(Enum):
    """What data is, as it is named."""

    NONE = "none"
    GZIP = "gz"
    BZIP2 = "bz2"
    XZ = "xz"
    ZSTD = "zst"
    ZIP = "zip"
    TAR = "tar"

    @property
    def is_archive(self) -> bool:
        """True where there are members inside; see ``ess_core.files.archives``."""
        return self in (Compression.ZIP, Compression.TAR)


AUTO = "auto"
"""The word for: what the bytes say."""

_ALIASES = {"gzip": "gz", "bzip2": "bz2", "zstd": "zst", "tgz": "tar"}
_ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_CHECKSUM = slice(148, 156)  # of a tar header, the sum of its bytes with this field as blanks


def sniff(head: bytes) -> Compression:
    """What data that begins with ``head`` is; NONE where it is nothing known. See HEAD_BYTES."""
    for name, codec in decoders.CODECS.items():
        if head.startswith(codec.magics):
            return Compression(name)
    if head.startswith(_ZIP_MAGICS):
        return Compression.ZIP
    return Compression.TAR if _is_tar(head) else Compression.NONE


def forced(word: str) -> Compression | None:
    """What a user says that files are, None for AUTO. Raises UsageError where the word is not known."""
    lower = word.lower()
    if lower == AUTO:
        return None
    try:
        return Compression(_ALIASES.get(lower, lower))
    except ValueError:
        known = ", ".join([AUTO, *(found.value for found in Compression)])
        raise UsageError(f"{word!r} is no compression that ess knows", f"it is one of {known}") from None


def decompressed(source: BinaryIO, name: str = "the file") -> BinaryIO:
    """The plain bytes of ``source``, in bounded memory; archives and plain data are given as they are.

    All members, frames or streams that follow one another are one; zeros after them are padding. ``name``
    is for messages. Closing it closes ``source``. When the good bytes have been read, it raises
    TruncatedError, CorruptError or TrailingGarbageError where something is wrong with the rest. For its
    lines, put an ``io.BufferedReader`` around it: that is quick, and gives the whole ones before an error.
    """
    return cast("BinaryIO", unpacked(source, name)[0])


def unpacked(source: BinaryIO, name: str = "the file") -> tuple[Stream, Compression]:
    """The same with ``peek``, and what ``source`` was."""
    stream = replayable(source)
    found = sniff(stream.peek(HEAD_BYTES)[:HEAD_BYTES])
    codec = decoders.CODECS.get(found.value)
    if not codec:
        return stream, found
    pieces: Iterator[bytes] = decoders.decode(cast("BinaryIO", stream), codec, name)
    return cast("Stream", streamed(pieces, stream.close)), found


def _is_tar(head: bytes) -> bool:
    """By its checksum, as old tars have no magic bytes and text may have theirs.

    Source: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html (ustar header block)
    """
    if len(head) < HEAD_BYTES:
        return False
    try:
        written = int(head[_CHECKSUM].strip(b" \0") or b"-1", 8)
    except ValueError:
        return False
    return written == sum(head[:HEAD_BYTES]) - sum(head[_CHECKSUM]) + 8 * ord(" ")
