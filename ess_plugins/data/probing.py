"""A look into one file: how it is compressed, and what table its text is."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO

from ess_core.errors import EssError, NothingMatchedError
from ess_core.files import Datastore, File
from ess_core.files.compression import AUTO, HEAD_BYTES, sniff, unpacked
from ess_core.files.damage import DamagedError
from ess_core.files.globs import Glob, Selection
from ess_core.tables import categories
from ess_core.tables.categories import Category
from ess_core.tables.categories.model import ARCHIVED
from ess_core.tables.given import NOTHING, Given
from ess_core.tables.sniffing import SAMPLE_BYTES, Sniffed
from ess_core.tables.sniffing import sniff as sniff_table
from ess_core.tables.sources import texts


@dataclass(frozen=True, slots=True)
class Way:
    """How a file becomes text: a glob for the members of archives, a compression that is forced, or AUTO."""

    members: str = "*"
    compression: str = AUTO


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file is.

    ``compression`` is what its bytes say, ``member`` the one of an archive that was read. ``size_bytes`` were
    read of the text, all of it where ``whole``; ``damage`` is empty, or what is wrong behind that.
    """

    file: File
    compression: str
    member: str
    size_bytes: int
    whole: bool
    damage: str
    table: Sniffed


def probe(store: Datastore, file: File, way: Way, given: Given = NOTHING) -> Probe:
    """Look into a file. Raises what reading it raises, and UsageError where it is not what is ``given``."""
    with closing(texts(store, file, way.members, way.compression)) as found:  # type: ignore[type-var]
        for member, stream in found:
            head, damage = _beginning(stream)
            whole = len(head) <= SAMPLE_BYTES and not damage
            sample = head[:SAMPLE_BYTES]
            table = sniff_table(sample, whole=whole, given=given)
            return Probe(file, _packing(store, file), member, len(sample), whole, damage, table)
    raise NothingMatchedError(f"no member of {file.key!r} matches {way.members!r}", "ess lsa shows them")


def first_of(store: Datastore, glob: Glob) -> File:
    """The first file that matches, one with bytes that can be read where there is one.

    Raises NoFileError for a key that is not there, NothingMatchedError where nothing matches.
    """
    if glob.is_exact:
        return store.stat(glob.text)
    return _first(Selection((glob,)).files(store), f"nothing in {store.url} matches {glob.text!r}")


def first_in(category: Category) -> File:
    """The same of the stored files of a category."""
    found = (one.file for one in categories.files(category))
    return _first(found, f"category {category.name} has no files")


def _first(found: Iterable[File], nothing: str) -> File:
    first = None
    for file in found:
        if file.size and file.storage_class not in ARCHIVED:
            return file
        first = first or file
    if first is None:
        raise NothingMatchedError(nothing)
    if first.size:
        raise EssError(f"{first.key!r} is archived, as all the others", "it can be read after a restore")
    return first


def _beginning(stream: BinaryIO) -> tuple[bytes, str]:
    """One byte more than a sample where there is more, and what is wrong with what follows."""
    head = b""
    try:
        while len(head) <= SAMPLE_BYTES and (piece := stream.read(SAMPLE_BYTES + 1 - len(head))):
            head += piece
    except DamagedError as error:
        return head, error.message
    return head, ""


def _packing(store: Datastore, file: File) -> str:
    """What the bytes of a file are: ``none``, ``gz``, or ``tar in gz``."""
    stream, outer = unpacked(store.open(file.key, etag=file.etag), repr(file.key))
    with closing(stream):
        try:
            inner = sniff(stream.peek(HEAD_BYTES)[:HEAD_BYTES])
        except DamagedError:
            inner = outer
    return f"{inner.value} in {outer.value}" if inner.is_archive and inner is not outer else outer.value
