"""Tar archives: read from front to back, or, where the file is not compressed, from header to header."""

import io
import tarfile
from collections.abc import Generator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import BinaryIO, Self, cast

from ess_core.errors import EssError
from ess_core.files.damage import CorruptError, DamagedError, TrailingGarbageError, TruncatedError
from ess_core.files.members import Member, MemberKind, Members
from ess_core.files.streams import CHUNK_BYTES, Stream, streamed

_LONG = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)
_LONGEST_BYTES = 1 << 20  # tarfile reads what belongs to a header into memory, whatever it says its size is
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def each(file: io.BufferedReader, name: str) -> Members:
    """The members of a tar that can be read anywhere; what is in members is skipped, not read."""
    with _opened(file, "r:", name) as archive:
        yield from _members(archive, None, name)


def each_streamed(stream: Stream, name: str) -> Members:
    """The members of a tar that comes from front to back."""
    source = _Source(stream)
    with _opened(source, "r|", name) as archive:
        yield from _members(archive, source, name)


class _Source:
    """A stream whose damage looks like its end, because tarfile would drop what it read just before."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.fault: DamagedError | None = None

    def read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except DamagedError as error:
            self.fault = error
            return b""

    def drain(self) -> None:
        """Read what follows the archive: only then are the checksums of compressed data known."""
        while self.read(CHUNK_BYTES):
            pass
        if self.fault:
            raise self.fault


class _Header(tarfile.TarInfo):
    """A header; a bad one is an error, also where tarfile would take it for the end."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(archive)
        except tarfile.TruncatedHeaderError as error:  # type: ignore[attr-defined]
            raise TruncatedError("is cut off in a tar header") from error
        except tarfile.InvalidHeaderError as error:  # type: ignore[attr-defined]
            raise CorruptError(f"is corrupt: tar header: {error}") from error

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in _LONG and self.size > _LONGEST_BYTES:
            raise CorruptError(f"is corrupt: a tar header of {self.size} bytes")
        return super()._proc_member(archive)  # type: ignore[misc,no-any-return]


def _opened(file: "io.BufferedReader | _Source", mode: str, name: str) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=cast("BinaryIO", file), mode=mode, bufsize=CHUNK_BYTES, tarinfo=_Header)  # type: ignore[call-overload,no-any-return]
    except (tarfile.TarError, DamagedError) as error:
        raise _fault(file if isinstance(file, _Source) else None, error, name) from error


def _members(archive: tarfile.TarFile, source: _Source | None, name: str) -> Members:
    while info := _next(archive, source, name):
        yield _member(info, packed=source is None), partial(_open, archive, info, source, name)
        archive.members.clear()  # type: ignore[attr-defined]  # else it keeps them all
    if source:
        source.drain()


def _next(archive: tarfile.TarFile, source: _Source | None, name: str) -> tarfile.TarInfo | None:
    try:
        info = archive.next()
    except (tarfile.TarError, DamagedError) as error:
        raise _fault(source, error, name) from error
    if source and source.fault and not info:
        raise source.fault
    return info


def _fault(source: _Source | None, error: Exception, name: str) -> EssError:
    if source and source.fault:
        return source.fault
    if isinstance(error, DamagedError):
        return type(error)(f"{name} {error.message}")
    return TruncatedError(f"{name} is cut off: {error}")


def _member(info: tarfile.TarInfo, *, packed: bool) -> Member:
    size = info.size if info.isreg() else 0
    return Member(info.name, size, size if packed else None, _modified(info.mtime), _kind(info))


def _kind(info: tarfile.TarInfo) -> MemberKind:
    if info.isreg():
        return MemberKind.FILE
    if info.isdir():
        return MemberKind.FOLDER
    return MemberKind.LINK if info.issym() or info.islnk() else MemberKind.OTHER


def _modified(seconds: float) -> datetime | None:
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None


def _open(archive: tarfile.TarFile, info: tarfile.TarInfo, source: _Source | None, name: str) -> BinaryIO:
    pieces = _sparse(archive, info) if info.issparse() else _plain(archive, info)
    return streamed(_whole(pieces, info, source, name), pieces.close)


def _plain(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Generator[bytes, None, None]:
    """What is in a member, without tarfile's reader, which drops what it has where the archive ends."""
    file, left = archive.fileobj, info.size
    assert file, "an open archive has one"
    file.seek(info.offset_data)
    while left and (piece := file.read(min(left, CHUNK_BYTES))):
        left -= len(piece)
        yield piece


def _sparse(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Generator[bytes, None, None]:
    file = archive.extractfile(info)
    assert file, "a sparse file is a file"
    while piece := file.read(CHUNK_BYTES):
        yield piece


def _whole(
    pieces: Iterator[bytes], info: tarfile.TarInfo, source: _Source | None, name: str
) -> Iterator[bytes]:
    """The pieces; fewer bytes than the header says are an error."""
    left = info.size
    try:
        for piece in pieces:
            left -= len(piece)
            yield piece
    except tarfile.TarError as error:
        raise _fault(source, error, f"{info.name!r} in {name}") from error
    if left:
        fault = _fault(source, EOFError("the archive ends in it"), f"{info.name!r} in {name}")
        raise TruncatedError(fault.message) if isinstance(fault, TrailingGarbageError) else fault
