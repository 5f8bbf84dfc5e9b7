"""A folder of a datastore as a datastore of its own, such as ``s3://BUCKET/FOLDER``."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import BinaryIO, TypeVar

from ess_core.files.datastore import BadKeyError, Datastore, File
from ess_core.files.levels import Folder, level
from ess_core.files.removing import delete_all

Found = TypeVar("Found", bound=File | Folder)


class Prefixed:
    """The files of ``store`` whose keys begin with ``folder`` and a ``/``; here their keys are the rest.

    A file that is called as the folder with its ``/``, as S3's console makes them, is none of them.
    """

    def __init__(self, store: Datastore, folder: str) -> None:
        self.url = f"{store.url}/{folder}"
        self._store = store
        self._prefix = f"{folder}/"

    def list(self, prefix: str = "") -> Iterator[File]:
        """The files whose key here begins with ``prefix``."""
        found = self._store.list(self._prefix + prefix)
        return (_inside(file, self._prefix) for file in found if self._has(file))

    def level(self, prefix: str = "") -> Iterator[File | Folder]:
        """The files and folders directly below ``prefix``."""
        found = level(self._store, self._prefix + prefix)
        return (_inside(one, self._prefix) for one in found if self._has(one))

    def stat(self, key: str) -> File:
        """What is known of one file."""
        return _inside(self._store.stat(self._full(key)), self._prefix)

    def open(self, key: str, start: int = 0, end: int | None = None, etag: str = "") -> BinaryIO:
        """The bytes from ``start`` up to ``end``."""
        return self._store.open(self._full(key), start, end, etag)

    def put(self, key: str, source: BinaryIO) -> None:
        """Write in the folder."""
        self._store.put(self._full(key), source)

    def delete(self, key: str) -> None:
        """Remove from the folder."""
        self._store.delete(self._full(key))

    def delete_all(self, keys: Iterable[str]) -> None:
        """Remove several from the folder."""
        delete_all(self._store, map(self._full, keys))

    def _has(self, found: File | Folder) -> bool:
        return found.key != self._prefix

    def _full(self, key: str) -> str:
        if not key:
            raise BadKeyError(f"a file in {self.url} has a key, and this one is empty")
        return self._prefix + key


def _inside(found: Found, prefix: str) -> Found:
    return replace(found, key=found.key[len(prefix) :])
