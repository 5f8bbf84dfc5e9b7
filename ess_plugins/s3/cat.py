"""Objects one after the other: which are meant, and each opened before it is its turn."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from ess_core.cloud import Cloud
from ess_core.errors import NothingMatchedError
from ess_core.files.compression import decompressed
from ess_core.files.globs import Glob, Selection
from ess_plugins.s3 import objects
from ess_plugins.s3.access import Access
from ess_plugins.s3.datastore import Store
from ess_plugins.s3.place import SCHEME
from ess_plugins.s3.reading.ahead import Later, begun
from ess_plugins.s3.reading.fetch import Source
from ess_plugins.s3.reading.stream import ObjectStream

CHUNK_BYTES = 1024 * 1024
OPENED_AHEAD = 8


@dataclass(frozen=True)
class Cut:
    """Bytes ``start`` to before ``end`` (None: to the last one), or the last ``tail`` of them."""

    start: int = 0
    end: int | None = None
    tail: int | None = None

    def open(self, source: Source) -> ObjectStream:
        """Open them. Raises what ObjectStream does."""
        if self.tail is None:
            return ObjectStream(source, self.start, self.end)
        known = objects.metadata(source)
        start, end = (max(0, known.size - self.tail), known.size) if self.tail else (0, 0)
        return ObjectStream(source, start, end, known.etag)


@dataclass(frozen=True)
class Wanted:
    """Objects of one bucket: those that match ``glob``."""

    store: Store
    glob: Glob

    def sources(self) -> Iterator[Source]:
        """The objects in the order of their keys. Raises NothingMatchedError where a pattern has none."""
        store, pattern = self.store, self.glob
        if pattern.is_exact:
            yield Source(store.s3, store.bucket, pattern.text)
            return
        source = None
        for file in Selection((pattern,)).files(store):
            source = Source(store.s3, store.bucket, file.key)
            yield source
        if source is None:
            raise NothingMatchedError(
                f"nothing in {store.bucket} matches {pattern.text!r}",
                "--literal takes a key as it is, also where it has * ? or [",
            )


def wanted(texts: Iterable[str], cloud: Cloud, access: Access, *, literal: bool = False) -> list[Wanted]:
    """What the user named as ``BUCKET/KEY``, a glob unless ``literal``. Raises UsageError."""
    return [_wanted(text, cloud, access, literal=literal) for text in texts]


def opened(chosen: Sequence[Wanted], cut: Cut) -> Iterator[Later[ObjectStream]]:
    """Each object's stream, in order; the next few are asked for while one is read."""
    sources = (source for one in chosen for source in one.sources())
    return (later for _source, later in begun(sources, cut.open, OPENED_AHEAD))


def unpacked(stream: ObjectStream, most: int | None) -> Iterator[bytes]:
    """The decompressed bytes, at most so many: no more of the object is read than they take.

    Raises DamagedError where the compressed data is not whole, after the good bytes.
    """
    with decompressed(cast("BinaryIO", stream), stream.name) as plain:
        left = most
        while left is None or left > 0:
            piece = plain.read1(CHUNK_BYTES if left is None else min(left, CHUNK_BYTES))  # type: ignore[attr-defined]
            if not piece:
                return
            left = None if left is None else left - len(piece)
            yield piece


def _wanted(text: str, cloud: Cloud, access: Access, *, literal: bool) -> Wanted:
    where = objects.object_at(text)
    return Wanted(Store(SCHEME + where.bucket, cloud, access), Glob(where.prefix, literal))
