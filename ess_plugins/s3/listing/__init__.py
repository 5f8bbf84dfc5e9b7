"""Listing buckets and what is in them, fast."""

import marshal
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from ess_core.cloud import Cloud
from ess_plugins.s3.access import Access, client
from ess_plugins.s3.listing.engine import MOST_WORKERS, Listing
from ess_plugins.s3.listing.page import Row
from ess_plugins.s3.listing.parallel import Pack
from ess_plugins.s3.listing.plain import Plain
from ess_plugins.s3.listing.source import Scope, Source

__all__ = ["Lister", "Manner", "Pack", "Row", "Scope", "opened", "pack", "pages"]

Lister = Listing | Plain

_DIRECTORY_BUCKET = "--x-s3"


@dataclass(frozen=True)
class Manner:
    """With how many workers at most, and whether with botocore's paginator instead."""

    workers: int = MOST_WORKERS
    plain: bool = False


USUAL_MANNER = Manner()


def opened(cloud: Cloud, access: Access, scope: Scope, pack: Pack, manner: Manner = USUAL_MANNER) -> Lister:
    """A listing of ``scope`` whose ``chunks()`` are what ``pack`` makes of each page, in key order."""
    if manner.plain or scope.bucket.endswith(_DIRECTORY_BUCKET):
        return Plain(client(cloud, access), scope, pack)
    return Listing(Source(cloud, access, scope), pack, manner.workers)


def pack(rows: Sequence[Row]) -> bytes:
    """Rows as bytes, in which they wait for their turn in a third of the memory."""
    return marshal.dumps(list(rows))


def pages(listing: Lister) -> Generator[list[Row], None, None]:
    """The rows of a listing that was opened with :func:`pack`, a page at a time; some may be empty."""
    for chunk in listing.chunks():
        yield marshal.loads(chunk)  # noqa: S302 - written by this process, in memory that is its own
