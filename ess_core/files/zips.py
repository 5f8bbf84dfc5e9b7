"""Zip archives: the directory from the end of the file, members from where they are."""

import io
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import IO, BinaryIO

from ess_core.files.damage import CorruptError, TruncatedError
from ess_core.files.decoders import CODECS, decode
from ess_core.files.members import Member, MemberError, MemberKind, Members
from ess_core.files.streams import CHUNK_BYTES, streamed

_ENCRYPTED = 0x1 | 0x40  # traditional or strong
_LOCAL_HEADER_BYTES = 30
_CODECS = {12: "bz2", 93: "zst", 95: "xz"}
"""Methods that zipfile does not know everywhere, or unpacks in one go whatever its size."""
_EXTENDED_TIME = 0x5455
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    OSError,
    ValueError,
    struct.error,
)


def is_zip(file: io.BufferedReader) -> bool:
    """True where the end of the file is that of a zip, whatever its beginning is."""
    return zipfile.is_zipfile(file)


def each(file: io.BufferedReader, name: str) -> Members:
    """The members in the order of the directory. Raises DamagedError where it cannot be read."""
    if not is_zip(file):
        raise TruncatedError(f"{name} is cut off: a zip has its directory at the end, and there is none")
    try:
        archive = zipfile.ZipFile(file)
    except _UNREADABLE as error:
        raise CorruptError(f"{name} is corrupt: its zip directory: {error}") from error
    with archive:
        for info in archive.infolist():
            yield _member(info), partial(_open, archive, info, name)


def _member(info: zipfile.ZipInfo) -> Member:
    return Member(info.filename, info.file_size, info.compress_size, _modified(info), _kind(info))


def _kind(info: zipfile.ZipInfo) -> MemberKind:
    if info.filename.endswith("/"):  # is_dir() fails for an empty name
        return MemberKind.FOLDER
    return MemberKind.LINK if stat.S_ISLNK(info.external_attr >> 16) else MemberKind.FILE


def _modified(info: zipfile.ZipInfo) -> datetime | None:
    """The time in UTC where the member has one, else that of an unknown zone which every member has."""
    if seconds := _extended_time(info.extra):
        return datetime.fromtimestamp(seconds, UTC)
    try:
        return datetime(*info.date_time)  # noqa: DTZ001 - the format names no zone
    except ValueError:
        return None


def _extended_time(extra: bytes) -> int | None:
    """Source: https://libzip.org/specifications/extrafld.txt (extended timestamp)."""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind == _EXTENDED_TIME and 5 <= length <= len(extra) - 4 and extra[4] & 1:
            return int(struct.unpack_from("<i", extra, 5)[0])
        extra = extra[4 + length :]
    return None


def _open(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> BinaryIO:
    if info.flag_bits & _ENCRYPTED:
        raise MemberError(f"{info.filename!r} in {name} is encrypted")
    try:
        pieces = _pieces(archive, info, name)
    except NotImplementedError as error:
        raise MemberError(
            f"{info.filename!r} in {name} is packed by method {info.compress_type}, which cannot be read"
        ) from error
    except _UNREADABLE as error:
        raise _corrupt(info, name, error) from error
    return streamed(_whole(pieces, info, name), pieces.close)


def _pieces(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Generator[bytes, None, None]:
    if codec := _CODECS.get(info.compress_type):
        packed = streamed(_packed(archive, info), lambda: None)
        return decode(packed, CODECS[codec], f"{info.filename!r} in {name}")
    return _unpacked(archive.open(info))


def _unpacked(file: IO[bytes]) -> Generator[bytes, None, None]:
    with file:
        while piece := file.read1(CHUNK_BYTES):  # type: ignore[attr-defined]
            yield piece


def _packed(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a member as they are in the archive, after its local header."""
    file = archive.fp
    assert file, "an open archive has one"
    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER_BYTES)
    if header[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile("it has no header")
    file.seek(sum(struct.unpack("<HH", header[26:])), io.SEEK_CUR)
    left = info.compress_size
    while left and (piece := file.read(min(left, CHUNK_BYTES))):
        left -= len(piece)
        yield piece


def _whole(pieces: Iterator[bytes], info: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    """The pieces; another size or checksum than the directory says are an error."""
    left, checksum = info.file_size, 0
    try:
        for piece in pieces:
            left -= len(piece)
            checksum = zlib.crc32(piece, checksum)
            yield piece
    except EOFError as error:
        raise TruncatedError(f"{info.filename!r} in {name} is cut off") from error
    except _UNREADABLE as error:
        raise _corrupt(info, name, error) from error
    if left:
        raise _corrupt(info, name, ValueError(f"it has not the {info.file_size} bytes of the directory"))
    if checksum != info.CRC:
        raise _corrupt(info, name, ValueError("its checksum is wrong"))


def _corrupt(info: zipfile.ZipInfo, name: str, error: Exception) -> CorruptError:
    return CorruptError(f"{info.filename!r} in {name} is corrupt: {error}")
