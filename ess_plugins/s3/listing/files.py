"""A listing as the core's datastores want it: a file for each object."""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime

from ess_core.cloud import Cloud
from ess_core.files import File
from ess_core.files.levels import Folder
from ess_plugins.s3 import listing
from ess_plugins.s3.access import Access
from ess_plugins.s3.listing.page import KEY, LAST_MODIFIED, SIZE, Row, etag, storage_class


def files(cloud: Cloud, access: Access, bucket: str, prefix: str) -> Iterator[File]:
    """Every object whose key begins with ``prefix``, in key order.

    Raises EssError where a page cannot be had.
    """
    yield from map(_file, _rows(cloud, access, listing.Scope(bucket, prefix)))


def level(cloud: Cloud, access: Access, bucket: str, prefix: str) -> Iterator[File | Folder]:
    """The objects directly below ``prefix`` and the common prefixes there, in key order."""
    for row in _rows(cloud, access, listing.Scope(bucket, prefix, "/")):
        yield _file(row) if row[LAST_MODIFIED] else Folder(row[KEY])


def _rows(cloud: Cloud, access: Access, scope: listing.Scope) -> Iterator[Row]:
    with closing(listing.pages(listing.opened(cloud, access, scope, listing.pack))) as pages:
        for page in pages:
            yield from page


def _file(row: Row) -> File:
    modified = datetime.fromisoformat(row[LAST_MODIFIED])
    return File(row[KEY], int(row[SIZE]), modified, etag(row), storage_class(row))
