"""The staging folders of loads, ``ess-staging/<load id>/``, and which of them dead ones left behind."""

import contextlib
import io
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from ess_core.files import Datastore, File, NoFileError
from ess_core.files.leases import LASTS, LEASE, empty

ROOT = "ess-staging/"

_FOLDER = re.compile(re.escape(ROOT) + "([0-9a-f]{32})/")


@dataclass(frozen=True)
class Folder:
    """A staging folder; ``renewed`` is when its lease was, or the newest object came where there is none."""

    load_id: str
    objects: int
    size_bytes: int
    renewed: datetime
    age: timedelta

    @property
    def prefix(self) -> str:
        """What the keys of its objects begin with."""
        return prefix(self.load_id)

    @property
    def is_expired(self) -> bool:
        """Whether no load can be at work in it."""
        return self.age > LASTS


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


def _now(store: Datastore) -> datetime:
    """The store's time: that of an object which is written to know it, as the lease of another folder."""
    key = prefix(uuid.uuid4().hex) + LEASE
    try:
        store.put(key, io.BytesIO(b"\n"))
        return store.stat(key).last_modified
    finally:
        store.delete(key)


def _load_id(file: File) -> str:
    found = _FOLDER.match(file.key)
    return found[1] if found else ""


def _folder(load_id: str, files: Sequence[File], now: datetime) -> Folder:
    leases = [file for file in files if file.key == prefix(load_id) + LEASE]
    renewed = max(file.last_modified for file in leases or files)
    age = max(now - renewed, timedelta())
    return Folder(load_id, len(files), sum(file.size for file in files), renewed, age)
