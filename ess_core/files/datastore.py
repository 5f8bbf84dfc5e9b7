"""What a datastore is: files by key, in an order that never changes; and how one is opened by its URL."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Protocol

from ess_core.errors import EssError, PartlyDoneError, UsageError
from ess_core.registry import REGISTRY, Kind

if TYPE_CHECKING:
    from ess_core.cloud import Cloud


class NoFileError(EssError):
    """A datastore has no file of that key."""


class ChangedError(EssError):
    """A file is not any more what it was when it was listed."""


class BadKeyError(UsageError):
    """The key cannot be one of this datastore."""


class UnreadableError(PartlyDoneError):
    """A listing gave all it could read; it is raised at the end of one, because the rest is not known."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a datastore.

    ``key`` is opaque: any text, where bytes that are no UTF-8 are kept as Python's surrogate escapes.
    ``size`` is in bytes, ``last_modified`` has a time zone, ``etag`` changes whenever the content does.
    """

    key: str
    size: int
    last_modified: datetime
    etag: str
    storage_class: str = ""


class Datastore(Protocol):
    """A place where files live; a plugin's class is made as ``Class(url, cloud)``.

    Making one asks nothing of the place. All may be called from several threads. Each raises EssError, with
    the reason, where the place cannot be reached or does not allow it.
    """

    url: str
    """Its address without a ``/`` at the end: ``url + "/" + key`` names a file of it."""

    def list(self, prefix: str = "") -> Iterator[File]:
        """The files whose key begins with exactly ``prefix``, in the order of ``key_bytes``.

        Memory does not grow with their number. Raises UnreadableError after the last one where some
        could not be read.
        """

    def stat(self, key: str) -> File:
        """What is known of one file. Raises NoFileError."""

    def open(self, key: str, start: int = 0, end: int | None = None, etag: str = "") -> BinaryIO:
        """The bytes from ``start`` up to and without ``end``, as a context manager to read from, unseekable.

        ``read(n)`` gives n bytes, fewer only at the end; a range past the end of the file gives none.
        Raises NoFileError, and ChangedError where an ``etag`` is given that the file has not any more.
        """

    def put(self, key: str, source: BinaryIO) -> None:
        """Make ``key`` what ``source`` has from here on, whole or not at all; an older file is replaced."""

    def delete(self, key: str) -> None:
        """See to it that there is no file ``key``; there may have been none."""


def key_bytes(key: str) -> bytes:
    """The bytes of a key, by which keys are ordered; for keys without surrogates ``str`` orders the same."""
    return key.encode("utf-8", "surrogateescape")


def open_datastore(url: str, cloud: "Cloud") -> Datastore:
    """The datastore of a URL such as ``s3://bucket`` or ``file:///folder``.

    Raises UsageError where it is no URL, EssError where no plugin gives its scheme.
    """
    scheme, separator, _ = url.partition("://")
    if not (scheme and separator):
        raise UsageError(
            f"{url!r} is not a datastore", "it begins with a scheme: s3://BUCKET or file:///FOLDER"
        )
    store: Datastore = REGISTRY.load(Kind.DATASTORE, scheme)(url, cloud)
    return store
