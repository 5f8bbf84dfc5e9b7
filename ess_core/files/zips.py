"""Zip archives: the directory from the end of the file, members from where they are."""

import io
import lzma
import stat
import struct
import sys
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import IO, BinaryIO

from ess_core.files.damage import CorruptError, TruncatedError
from ess_core.files.members import Member, MemberError, MemberKind, Members
from ess_core.files.streams import CHUNK_BYTES, streamed

if sys.version_info >= (3, 14):
    import zipfile

    from compression import zstd
else:
    from backports import zstd
    from backports.zstd import zipfile

_ENCRYPTED = 0x1 | 0x40  # traditional or strong
_EXTENDED_TIME = 0x5455
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    zstd.ZstdError,
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
    if info.is_dir():
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
        file = archive.open(info)
    except NotImplementedError as error:
        raise MemberError(
            f"{info.filename!r} in {name} is packed by method {info.compress_type}, which cannot be read"
        ) from error
    except _UNREADABLE as error:
        raise _corrupt(info, name, error) from error
    return streamed(_pieces(file, info, name), file.close)


def _pieces(file: IO[bytes], info: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    left = info.file_size
    try:
        while piece := file.read1(CHUNK_BYTES):  # type: ignore[attr-defined]
            left -= len(piece)
            yield piece
    except EOFError as error:
        raise TruncatedError(f"{info.filename!r} in {name} is cut off") from error
    except _UNREADABLE as error:
        raise _corrupt(info, name, error) from error
    if left:
        raise _corrupt(info, name, ValueError(f"it has not the {info.file_size} bytes of the directory"))


def _corrupt(info: zipfile.ZipInfo, name: str, error: Exception) -> CorruptError:
    return CorruptError(f"{info.filename!r} in {name} is corrupt: {error}")
