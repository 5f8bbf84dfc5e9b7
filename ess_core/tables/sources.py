"""The text in a file: of the file itself or of each member, decompressed by magic bytes."""

from collections.abc import Iterator
from contextlib import closing
from fnmatch import fnmatchcase
from typing import BinaryIO

from ess_core.files import Datastore, File
from ess_core.files.archives import contents
from ess_core.files.compression import HEAD_BYTES, decompressed, sniff, unpacked
from ess_core.files.damage import DamagedError


def texts(store: Datastore, file: File, members: str = "*") -> Iterator[tuple[str, BinaryIO]]:
    """Each text with the name of its member, which is empty for a file that is no archive.

    A stream is to be read before the next one is asked for. Raises what ``ess_core.files.archives`` does.
    """
    with closing(unpacked(store.open(file.key, etag=file.etag), repr(file.key))[0]) as stream:
        if not _archive(stream):
            yield "", stream  # type: ignore[misc]  # a Stream reads as a BinaryIO does
            return
    for member, opened in contents(store, file.key, lambda one: fnmatchcase(one.name, members)):
        yield member.name, decompressed(opened, f"{member.name!r} in {file.key!r}")


def sample(store: Datastore, file: File, size_bytes: int, members: str = "*") -> tuple[bytes, bool]:
    """The beginning of the first text of a file, and whether that is all of it."""
    for _, stream in texts(store, file, members):
        found = b""
        try:
            while len(found) <= size_bytes and (piece := stream.read(size_bytes + 1 - len(found))):
                found += piece
        except DamagedError:
            return found[:size_bytes], False
        return found[:size_bytes], len(found) <= size_bytes
    return b"", True


def _archive(stream: object) -> bool:
    head: bytes = stream.peek(HEAD_BYTES)[:HEAD_BYTES]  # type: ignore[attr-defined]
    return sniff(head).is_archive
