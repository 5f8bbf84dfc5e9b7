"""One level of a datastore: the files directly below a prefix, and the folders there."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol, runtime_checkable

from ess_core.files.datastore import Datastore, File


@dataclass(frozen=True, slots=True)
class Folder:
    """What files below have in common: ``key`` is the beginning of theirs and ends with ``/``."""

    key: str


@runtime_checkable
class Levelled(Protocol):
    """What a datastore may have besides: one level, without a listing of all that is below."""

    def level(self, prefix: str = "") -> Iterator[File | Folder]:
        """As :func:`level`, below."""


def level(store: Datastore, prefix: str = "") -> Iterator[File | Folder]:
    """The files whose key has no ``/`` after ``prefix``, and for others, once, what is up to that ``/``.

    They come in the order of keys. Raises as ``list`` does.
    """
    return store.level(prefix) if isinstance(store, Levelled) else _grouped(store.list(prefix), len(prefix))


def _grouped(files: Iterator[File], start: int) -> Iterator[File | Folder]:
    for folder, found in groupby(files, lambda file: file.key[: file.key.find("/", start) + 1]):
        if folder:
            yield Folder(folder)
        else:
            yield from found
