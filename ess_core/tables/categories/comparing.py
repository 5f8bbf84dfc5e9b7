"""What a listing finds that is not as it is stored; memory does not grow with the number of files."""

import pickle
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Self

from ess_core.errors import EssError
from ess_core.files import Datastore, File, UnreadableError, key_bytes
from ess_core.files.dates import date_format
from ess_core.files.facts import Fact, file_of
from ess_core.files.globs import select
from ess_core.tables.categories.codes import encoded
from ess_core.tables.categories.database import Row
from ess_core.tables.categories.model import ARCHIVED, Category

SAMPLES = 8
"""How many of the first files that can be read are remembered, to look into one of them."""

_BATCH = 2000
_HELD = 64  # batches in memory, some 50 MB; the rest is written to a file

Batch = tuple[list[Row], list[bytes]]
"""Files to be stored, and keys of those that are gone."""

Difference = tuple[Row | None, Row | None]
"""A file as it is stored and as it is now; None where it is not."""

Watch = Callable[[Iterator[Fact]], Iterator[Fact]]
"""What passes on the files of a listing, and may tell how many there are."""


class Changes:
    """The differences between a listing and what is stored, written down until they can be applied.

    ``added``, ``changed`` and ``gone`` count them. ``files`` and ``size_bytes`` are those of the listing,
    ``samples`` the first of its files that have bytes and can be read. Where some could not be listed,
    ``unread`` says so, and no file counts as gone. ``base`` is the number of the category that the stored
    files are of, or None. Use it in a ``with`` block.
    """

    def __init__(
        self,
        category: Category,
        store: Datastore,
        base: int | None = None,
        stored: Iterable[Row] = (),
        watch: Watch = iter,
    ) -> None:
        from tempfile import TemporaryFile  # it imports half a dozen compressors

        self.base = base
        self.added = self.changed = self.gone = self.files = self.size_bytes = 0
        self.samples: list[File] = []
        self.unread: UnreadableError | None = None
        self._held: list[Batch] = []
        self._written = 0
        self._spool = TemporaryFile()  # noqa: SIM115 - closed by __exit__
        try:
            self._write(_differences(self._listed(category, watch(_selected(category, store))), iter(stored)))
        except BaseException:
            self._spool.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._spool.close()

    def batches(self) -> Iterator[Batch]:
        """The files to be stored, and the keys of those that are gone, some at a time."""
        for put, drop in chain(self._held, self._read()):
            yield put, [] if self.unread else drop

    def _read(self) -> Iterator[Batch]:
        with _explained():
            self._spool.seek(0)
            for _ in range(self._written):
                yield pickle.load(self._spool)  # noqa: S301 - written by this process, without a name

    def _listed(self, category: Category, found: Iterator[Fact]) -> Iterator[Row]:
        moment_of = date_format(category.dateregex).moment_of
        last, code = None, encoded(None)
        try:
            for fact in found:
                key, size, modified_us, etag, storage_class = fact
                self.files += 1
                self.size_bytes += size
                if len(self.samples) < SAMPLES and size and storage_class not in ARCHIVED:
                    self.samples.append(file_of(fact))
                moment = moment_of(key)
                if moment is not last:  # many in a row are of one day
                    last, code = moment, encoded(moment)
                yield key_bytes(key), size, modified_us, etag, storage_class, *code
        except UnreadableError as error:
            self.unread = error

    def _write(self, differences: Iterator[Difference]) -> None:
        put: list[Row] = []
        drop: list[bytes] = []
        for old, new in differences:
            if new is not None:
                put.append(new)
                self.added += old is None
                self.changed += old is not None
            elif old is not None:
                drop.append(old[0])
                self.gone += 1
            if len(put) + len(drop) == _BATCH:
                self._flush(put, drop)
                put, drop = [], []
        self._flush(put, drop)
        if self.unread:  # known only after the last file
            self.gone = 0

    def _flush(self, put: list[Row], drop: list[bytes]) -> None:
        if len(self._held) < _HELD:
            self._held.append((put, drop))
            return
        with _explained():
            pickle.dump((put, drop), self._spool, pickle.HIGHEST_PROTOCOL)
        self._written += 1


def _selected(category: Category, store: Datastore) -> Iterator[Fact]:
    return select(category.patterns, category.excluded).facts(store)


def _differences(listed: Iterator[Row], stored: Iterator[Row]) -> Iterator[Difference]:
    """Both are in the order of keys."""
    old = next(stored, None)
    for new in listed:
        while old is not None and old[0] < new[0]:
            yield old, None
            old = next(stored, None)
        if old is None or old[0] != new[0]:
            yield None, new
            continue
        if old != new:
            yield old, new
        old = next(stored, None)
    while old is not None:
        yield old, None
        old = next(stored, None)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EssError(
            f"cannot keep a list of files in a temporary file: {error.strerror or error}",
            "set TMPDIR to a folder with room",
        ) from error
