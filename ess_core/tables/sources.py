"""The text in a file: of the file itself or of each member, decompressed by magic bytes or as it is said."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import BinaryIO, cast

from ess_core.files import Datastore, File
from ess_core.files.archives import contents
from ess_core.files.compression import AUTO, HEAD_BYTES, Compression, decompressed, forced, sniff, unpacked
from ess_core.files.damage import BadFileError, DamagedError
from ess_core.tables import excerpts, parquet


def texts(
    store: Datastore, file: File, members: str = "*", compression: str = AUTO
) -> Iterator[tuple[str, BinaryIO]]:
    """Each text with the name of its member, which is empty for a file that is no archive.

    A stream is to be read before the next one is asked for. A ``compression`` other than AUTO is what the
    file must be, and ``none`` takes its bytes as they are. Raises what ``ess_core.files.archives`` does, and
    BadFileError where the file is something else than it must be.
    """
    wanted = forced(compression)
    if wanted is Compression.NONE:
        with closing(store.open(file.key, etag=file.etag)) as plain:
            yield "", plain
        return
    stream, outer = unpacked(store.open(file.key, etag=file.etag), repr(file.key))
    with closing(stream):
        inner = sniff(stream.peek(HEAD_BYTES)[:HEAD_BYTES])
        _check(file, wanted, {outer, inner})
        if wanted is not Compression.ZIP and not inner.is_archive:
            yield "", cast("BinaryIO", stream)
            return
    for member, opened in contents(store, file.key, lambda one: fnmatchcase(one.name, members)):
        yield member.name, decompressed(opened, f"{member.name!r} in {file.key!r}")


@dataclass(frozen=True, slots=True)
class Beginning:
    """The beginning of a text, of a ``member`` where it is in an archive; ``whole`` where there is no more.

    ``damage`` is empty, or what is wrong with what follows.
    """

    member: str
    text: bytes
    whole: bool
    damage: str = ""


def beginning(
    store: Datastore, file: File, size_bytes: int, members: str = "*", compression: str = AUTO
) -> Beginning | None:
    """That of the first text of a file; None where it has none, as an archive without such a member.

    The beginning of a Parquet file is one that has its columns and its first rows. Raises CorruptError where
    that cannot be read.
    """
    for member, stream in texts(store, file, members, compression):
        found, damage = _read(stream, size_bytes + 1)
        if parquet.begins(found):
            return Beginning(member, _of_parquet(store, file, stream, found), whole=False)
        return Beginning(member, found[:size_bytes], not damage and len(found) <= size_bytes, damage)
    return None


def sample(
    store: Datastore, file: File, size_bytes: int, members: str = "*", compression: str = AUTO
) -> tuple[bytes, bool]:
    """The beginning of the first text of a file, and whether that is all of it."""
    found = beginning(store, file, size_bytes, members, compression)
    return (found.text, found.whole) if found else (b"", True)


def _read(stream: BinaryIO, size_bytes: int) -> tuple[bytes, str]:
    """The first bytes, and what damage was met on the way."""
    found = b""
    try:
        while len(found) < size_bytes and (piece := stream.read(size_bytes - len(found))):
            found += piece
    except DamagedError as error:
        return found, error.message
    return found, ""


def _of_parquet(store: Datastore, file: File, stream: BinaryIO, first: bytes) -> bytes:
    with store.open(file.key, 0, len(parquet.MAGIC), file.etag) as opened:
        is_plain = opened.read(len(parquet.MAGIC)) == parquet.MAGIC
    return excerpts.of_file(store, file) if is_plain else excerpts.of_stream(stream, first, repr(file.key))


def _check(file: File, wanted: Compression | None, found: set[Compression]) -> None:
    """Raise BadFileError where it is not what it must be; only the end tells some zips from other data."""
    if not wanted or wanted in found or (wanted is Compression.ZIP and found == {Compression.NONE}):
        return
    is_what = " in ".join(sorted(kind.value for kind in found - {Compression.NONE})) or "not compressed"
    what = "it is empty" if not file.size else f"it is {is_what}"
    raise BadFileError(
        f"{file.key!r} is not {wanted.value}: {what}",
        "compression auto takes each file for what its bytes say",
    )
