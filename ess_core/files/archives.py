"""Archives in a datastore: what is in one, and what is in its members.

A zip is read by ranges: its end, its directory, the members that are opened. A tar is read by ranges too,
from header to header; a compressed one (tgz, tar.bz2, tar.xz, tar.zst) can only come from front to back.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import BinaryIO

from ess_core.files import tars, zips
from ess_core.files.compression import HEAD_BYTES, Compression, sniff, unpacked
from ess_core.files.datastore import Datastore, File, NoFileError
from ess_core.files.members import Member, MemberError, MemberKind, Members, NotArchiveError
from ess_core.files.ranges import anywhere
from ess_core.files.streams import chunks, streamed

__all__ = ["Member", "MemberError", "MemberKind", "NotArchiveError", "contents", "members", "open_member"]


def members(store: Datastore, key: str) -> Iterator[Member]:
    """All that is in the archive ``key``, in its order.

    Raises NoFileError; ChangedError where it is replaced meanwhile; NotArchiveError where it is no archive;
    DamagedError where it is cut off or corrupt, after the members before that.
    """
    return (member for member, _ in _each(store, store.stat(key)))


def contents(
    store: Datastore, file: File, wanted: Callable[[Member], bool] = lambda _: True
) -> Iterator[tuple[Member, BinaryIO]]:
    """The files in the archive that are ``wanted``, each with a stream of its bytes until the next one.

    The archive is read once, and as ``file`` was listed. Raises as ``members`` does, ChangedError where it
    was replaced since, and MemberError where a member cannot be read.
    """
    for member, opened in _each(store, file):
        if member.is_file and wanted(member):
            with opened() as stream:
                yield member, stream


def open_member(store: Datastore, key: str, name: str) -> BinaryIO:
    """The bytes of the first member of that name.

    Raises as ``contents`` does, and NoFileError where there is no such member.
    """
    found = _each(store, store.stat(key))
    for member, opened in found:
        if member.name == name:
            if not member.is_file:
                raise MemberError(f"{name!r} in {key!r} is no file but a {member.kind.value}")
            return streamed(chunks(opened()), found.close)
    raise NoFileError(f"there is no {name!r} in {key!r}")


def _each(store: Datastore, listed: File) -> Members:
    name = repr(listed.key)
    file = anywhere(store, listed)
    found = sniff(file.read(HEAD_BYTES))
    file.seek(0)
    if found is Compression.TAR:
        yield from tars.each(file, name)
    elif found is Compression.ZIP or (found is Compression.NONE and zips.is_zip(file)):
        yield from zips.each(file, name)
    elif found is Compression.NONE:
        raise NotArchiveError(f"{name} is no zip and no tar")
    else:
        yield from _compressed(store, listed, found)


def _compressed(store: Datastore, file: File, found: Compression) -> Members:
    name = repr(file.key)
    with closing(unpacked(store.open(file.key, etag=file.etag), name)[0]) as stream:
        if sniff(stream.peek(HEAD_BYTES)[:HEAD_BYTES]) is not Compression.TAR:
            raise NotArchiveError(f"{name} is one {found.value} file, with no archive in it")
        yield from tars.each_streamed(stream, name)
