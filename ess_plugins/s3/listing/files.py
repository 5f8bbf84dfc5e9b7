"""A listing as the core's datastores want it: a file for each object."""

from collections.abc import Iterator
from datetime import datetime

from ess_core.cloud import Cloud
from ess_core.files import File
from ess_plugins.s3 import listing
from ess_plugins.s3.access import Access
from ess_plugins.s3.listing.page import KEY, LAST_MODIFIED, SIZE, Row, etag, storage_class


def files(cloud: Cloud, access: Access, bucket: str, prefix: str) -> Iterator[File]:
    """Every object whose key begins with ``prefix``, in key order.

    Raises EssError where a page cannot be had.
    """
    opened = listing.opened(cloud, access, listing.Scope(bucket, prefix), listing.pack)
    for page in listing.pages(opened):
        yield from map(_file, page)


def _file(row: Row) -> File:
    modified = datetime.fromisoformat(row[LAST_MODIFIED])
    return File(row[KEY], int(row[SIZE]), modified, etag(row), storage_class(row))
