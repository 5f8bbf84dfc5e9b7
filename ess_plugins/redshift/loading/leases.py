"""Who works in which staging folder, so that what a load left behind can be told from what it needs.

A folder ``ess-staging/<load id>/`` belongs to a load while the object ``lease`` in it is young. All times are
those that the store says of its objects; the clocks of machines do not matter.
"""

import contextlib
import io
import re
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from ess_core.errors import EssError
from ess_core.files import Datastore, File, NoFileError

ROOT = "ess-staging/"
LEASE = "lease"
LASTS_S = 3600.0
"""How old a lease, or what lies in a folder without one, may be."""
RENEWED_S = 300.0

_FOLDER = re.compile(re.escape(ROOT) + "([0-9a-f]{32})/")
_CONTENT = b"A load of ess works in this folder while this object is younger than an hour.\n"
_DELETES_AT_ONCE = 8

Warn = Callable[[str], None]


@dataclass(frozen=True)
class Folder:
    """A staging folder; ``renewed`` is when its lease was, or the newest object came where there is none."""

    load_id: str
    objects: int
    size_bytes: int
    renewed: datetime
    age_s: float

    @property
    def prefix(self) -> str:
        """What the keys of its objects begin with."""
        return prefix(self.load_id)

    @property
    def is_expired(self) -> bool:
        """Whether no load can be at work in it."""
        return self.age_s > LASTS_S


class Renewing:
    """Renews the lease of a folder in a thread, in a ``with`` block."""

    def __init__(self, store: Datastore, load_id: str, warn: Warn, period_s: float = RENEWED_S) -> None:
        self._store = store
        self._key = prefix(load_id) + LEASE
        self._warn = warn
        self._period_s = period_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)

    def __enter__(self) -> None:
        """Write the lease. Raises EssError where the store does not take it."""
        self._put()
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        """Stop renewing; none is written after it."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _renew(self) -> None:
        is_warned = False
        while not self._ended.wait(self._period_s):
            try:
                self._put()
            except EssError as error:  # the next time may do: there are several within an hour
                if not is_warned:
                    self._warn(f"the lease of the staging folder cannot be renewed: {error.message}")
                is_warned = True

    def _put(self) -> None:
        self._store.put(self._key, io.BytesIO(_CONTENT))


def prefix(load_id: str) -> str:
    """What the keys of a load's staging folder begin with."""
    return f"{ROOT}{load_id}/"


def folders(store: Datastore) -> Iterator[Folder]:
    """All staging folders of loads, and how old they are. What is no folder of a load is passed over."""
    now = _now(store)
    for load_id, files in groupby(store.list(ROOT), _load_id):
        if load_id:
            yield _folder(load_id, list(files), now)


def remove(store: Datastore, folder: Folder) -> bool:
    """Delete a folder unless a load renewed its lease since; whether that was done."""
    with contextlib.suppress(NoFileError):
        if store.stat(folder.prefix + LEASE).last_modified > folder.renewed:
            return False
    empty(store, folder.prefix)
    return True


def empty(store: Datastore, prefix: str) -> None:
    """Delete all objects of a folder, its lease as the last one. Raises EssError where some stay."""
    keys = [file.key for file in store.list(prefix)]
    lease = prefix + LEASE
    with ThreadPoolExecutor(_DELETES_AT_ONCE) as threads:
        list(threads.map(store.delete, [key for key in keys if key != lease]))
    if lease in keys:
        store.delete(lease)


def _now(store: Datastore) -> datetime:
    """The store's time: that of an object which is written to know it, as the lease of another folder."""
    key = prefix(uuid.uuid4().hex) + LEASE
    try:
        return store.put(key, io.BytesIO(b"\n")).last_modified
    finally:
        store.delete(key)


def _load_id(file: File) -> str:
    found = _FOLDER.match(file.key)
    return found[1] if found else ""


def _folder(load_id: str, files: Sequence[File], now: datetime) -> Folder:
    leases = [file for file in files if file.key == prefix(load_id) + LEASE]
    renewed = max(file.last_modified for file in leases or files)
    age = max(now - renewed, timedelta())
    return Folder(load_id, len(files), sum(file.size for file in files), renewed, age.total_seconds())
