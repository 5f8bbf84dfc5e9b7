"""What a listing finds that is not as it is stored; memory does not grow with the number of files."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from typing import Self, TypeVar

from ess_core.errors import EssError
from ess_core.files import Datastore, File, UnreadableError, key_bytes
from ess_core.files.dates import date_format
from ess_core.files.facts import Fact, file_of
from ess_core.files.globs import select
from ess_core.tables.categories import database as db
from ess_core.tables.categories import pending
from ess_core.tables.categories.codes import encoded
from ess_core.tables.categories.database import DATABASE, Row
from ess_core.tables.categories.model import ARCHIVED, Category

SAMPLES = 8
"""How many of the first files that can be read are remembered, to look into one of them."""

_BATCH = 500

Item = TypeVar("Item")
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

    def __init__(self, category: Category, store: Datastore, watch: Watch = iter) -> None:
        self.added = self.changed = self.gone = self.files = self.size_bytes = 0
        self.samples: list[File] = []
        self.unread: UnreadableError | None = None
        with ExitStack() as stack:
            self.database = stack.enter_context(DATABASE.opened())
            pending.prepare(self.database)
            self._list(category, watch(select(category.patterns, category.excluded).facts(store)))
            self._open = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def apply(self, number: int) -> None:
        """Store what was found for the category of that number, in the transaction that is open."""
        if self.base is None:
            db.delete_files(self.database, number)
        elif self.base != number:
            raise EssError("another ess replaced the category while its files were listed", "try again")
        pending.apply_put(self.database, number)
        if not self.unread:
            pending.apply_drop(self.database, number)

    def _list(self, category: Category, found: Iterator[Fact]) -> None:
        self.database.execute("BEGIN")  # what is stored is that of one moment
        self.base = db.numbered(self.database, category.url, category.name)
        listed = self._listed(category, found)
        if self.base is None:
            self._write_new(listed)
        else:
            self._write(_differences(listed, db.by_key(self.database, self.base)))
        self.database.execute("COMMIT")
        if self.unread:  # known only after the last file
            self.gone = 0

    def _listed(self, category: Category, found: Iterator[Fact]) -> Iterator[Row]:
        moment_of = date_format(category.dateregex).moment_of
        last, code = None, encoded(None)
        try:
            for key, size, modified_us, etag, storage_class in self._counted(found):
                moment = moment_of(key)
                if moment is not last:  # many in a row are of one day
                    last, code = moment, encoded(moment)
                yield key_bytes(key), size, modified_us, etag, storage_class, *code
        except UnreadableError as error:
            self.unread = error

    def _counted(self, found: Iterator[Fact]) -> Iterator[Fact]:
        """The files, which are looked at many at once."""
        for some in _batches(found):
            self.files += len(some)
            self.size_bytes += sum(size for _, size, *_ in some)
            if len(self.samples) < SAMPLES:
                self._sample(some)
            yield from some

    def _sample(self, some: Iterable[Fact]) -> None:
        readable = (one for one in some if one[1] and one[4] not in ARCHIVED)
        self.samples += map(file_of, islice(readable, SAMPLES - len(self.samples)))

    def _write_new(self, listed: Iterator[Row]) -> None:
        for put in _batches(listed):
            self.added += len(put)
            pending.keep(self.database, put, ())

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
                pending.keep(self.database, put, drop)
                put, drop = [], []
        pending.keep(self.database, put, drop)


def _batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    """The items; what they raise comes after those that came before it."""
    failure: UnreadableError | None = None
    while not failure:
        some: list[Item] = []
        try:
            some.extend(islice(items, _BATCH))  # unlike a list of them, it has those before an error
        except UnreadableError as error:
            failure = error
        if not some:
            break
        yield some
    if failure:
        raise failure


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
