"""The text in a file: of the file itself or of each member, decompressed, and through a user's command."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import BinaryIO, cast

from ess_core.files import Datastore, File
from ess_core.files.archives import contents
from ess_core.files.commandline import NOTHING, About
from ess_core.files.compression import HEAD_BYTES, Compression, decompressed, forced, sniff, unpacked
from ess_core.files.damage import BadFileError, DamagedError, FailedError
from ess_core.files.local import SCHEME
from ess_core.files.running import CommandError, piped
from ess_core.files.streams import chunks, streamed
from ess_core.tables import parquet
from ess_core.tables.extraction import USUAL, Extraction
from ess_core.tables.reading import excerpts


def texts(
    store: Datastore, file: File, extraction: Extraction = USUAL, about: About = NOTHING
) -> Generator[tuple[str, BinaryIO]]:
    """Each text with the name of its member, which is empty for a file that is no archive.

    A stream is to be read before the next one is asked for. A command is told ``about`` the file. Raises what
    ``ess_core.files.archives`` does, and BadFileError where the file is something else than it must be, or
    the command fails.
    """
    for member, stream in _decompressed(store, file, extraction):
        with ExitStack() as opened:
            made = stream
            if extraction.preprocess:
                made = _through(extraction.preprocess, made, about, f"{file.key!r} fails in preprocess")
                opened.push(closing(made))
            if extraction.command:
                made = _through(extraction.command, made, about, repr(file.key))
                opened.push(closing(made))
            yield member, made


def about(store: Datastore, file: File, date: str = "", columns: str = "") -> About:
    """What a command may want to know of a file."""
    return About(file.key, f"{store.url}/{file.key}".removeprefix(SCHEME), date, columns)


def _through(command: str, stream: BinaryIO, about: About, what: str) -> BinaryIO:
    """What the command makes of a text; where it fails, the message begins with ``what``."""
    made = piped(command, stream, about)

    def pieces() -> Iterator[bytes]:
        try:
            yield from chunks(made)
        except CommandError as error:
            raise FailedError(f"{what}: {error.message}", error.stderr) from error

    return streamed(pieces(), made.close)


def _decompressed(store: Datastore, file: File, extraction: Extraction) -> Iterator[tuple[str, BinaryIO]]:
    wanted = forced(extraction.compression)
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
    for member, opened in contents(store, file, lambda one: fnmatchcase(one.name, extraction.members)):
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
    store: Datastore, file: File, size_bytes: int, extraction: Extraction = USUAL
) -> Beginning | None:
    """That of the first text of a file; None where it has none, as an archive without such a member.

    The beginning of a Parquet file is one that has its columns and its first rows. Raises as ``texts`` does,
    and CorruptError where Parquet cannot be read.
    """
    with closing(texts(store, file, extraction, about(store, file))) as found:
        for member, stream in found:
            text, damage = _read(stream, size_bytes + 1)
            if parquet.begins(text):
                text = _of_parquet(store, file, stream, text, is_file=not (member or extraction.preprocess))
                return Beginning(member, text, whole=False)
            return Beginning(member, text[:size_bytes], not damage and len(text) <= size_bytes, damage)
    return None


def _read(stream: BinaryIO, size_bytes: int) -> tuple[bytes, str]:
    """The first bytes, and what damage was met on the way."""
    found = b""
    try:
        while len(found) < size_bytes and (piece := stream.read(size_bytes - len(found))):
            found += piece
    except DamagedError as error:
        return found, error.message
    return found, ""


def _of_parquet(store: Datastore, file: File, stream: BinaryIO, first: bytes, *, is_file: bool) -> bytes:
    """An excerpt, by ranges where the file itself is the text, and not compressed."""
    if is_file:
        with store.open(file.key, 0, len(parquet.MAGIC), file.etag) as opened:
            is_file = opened.read(len(parquet.MAGIC)) == parquet.MAGIC
    return excerpts.of_file(store, file) if is_file else excerpts.of_stream(stream, first, repr(file.key))


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
