"""A look into one file: how it is compressed, and what table its text is."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

from ess_core.errors import EssError, NothingMatchedError
from ess_core.files import Datastore, File
from ess_core.files.compression import HEAD_BYTES, sniff, unpacked
from ess_core.files.damage import DamagedError
from ess_core.files.globs import Glob, Selection, select
from ess_core.tables import categories
from ess_core.tables.categories import Category
from ess_core.tables.categories.model import ARCHIVED
from ess_core.tables.extraction import Extraction
from ess_core.tables.reading.sources import Beginning, beginning
from ess_core.tables.sniffing.given import NOTHING, Given
from ess_core.tables.sniffing.sniffing import SAMPLE_BYTES, Sniffed
from ess_core.tables.sniffing.sniffing import sniff as sniff_table


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file is.

    ``compression`` is what its bytes say, ``head`` what was looked at of its text, ``table`` what that is.
    """

    file: File
    extraction: Extraction
    compression: str
    head: Beginning
    table: Sniffed


def probe(store: Datastore, file: File, extraction: Extraction, given: Given = NOTHING) -> Probe:
    """Look into a file. Raises what reading it raises, and UsageError where it is not what is ``given``."""
    found = beginning(store, file, SAMPLE_BYTES, extraction)
    if not found:
        raise NothingMatchedError(
            f"no member of {file.key!r} matches {extraction.members!r}", "ess lsa shows them"
        )
    table = sniff_table(found.text, whole=found.whole, given=given)
    return Probe(file, extraction, _packing(store, file), found, table)


def first_of(store: Datastore, glob: Glob) -> File:
    """The first file that matches, one with bytes that can be read where there is one.

    Raises NoFileError for a key that is not there, NothingMatchedError where nothing matches.
    """
    if glob.is_exact:
        return store.stat(glob.text)
    return _first(Selection((glob,)).files(store), f"nothing in {store.url} matches {glob.text!r}")


def first_in(category: Category, store: Datastore) -> File:
    """The same of a category, of its stored files where there are some."""
    found: Iterable[File] = categories.samples(category)
    if not found:
        found = select(category.patterns, category.excluded).files(store)
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


def _packing(store: Datastore, file: File) -> str:
    """What the bytes of a file are: ``none``, ``gz``, or ``tar in gz``."""
    stream, outer = unpacked(store.open(file.key, etag=file.etag), repr(file.key))
    with closing(stream):
        try:
            inner = sniff(stream.peek(HEAD_BYTES)[:HEAD_BYTES])
        except DamagedError:
            inner = outer
    return f"{inner.value} in {outer.value}" if inner.is_archive and inner is not outer else outer.value
