"""The same listing with botocore's paginator: slow, and so simple that the fast one is held against it.

It also lists what only botocore can: versions, and the directory buckets of S3 Express, whose keys come in
no order.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ess_plugins.s3 import failures
from ess_plugins.s3.listing.fetch import Stat
from ess_plugins.s3.listing.page import NO_DETAILS, Row
from ess_plugins.s3.listing.parallel import Pack
from ess_plugins.s3.listing.source import Scope


class Plain:
    """One listing, page after page; as :class:`ess_plugins.s3.listing.engine.Listing`."""

    def __init__(self, s3: Any, scope: Scope, pack: Pack) -> None:
        self._s3 = s3
        self._scope = scope
        self._pack = pack
        self.stat = Stat()

    def chunks(self) -> Iterator[bytes]:
        """What ``pack`` made of each page's rows. Raises EssError where a page cannot be had."""
        scope = self._scope
        wanted = {"Bucket": scope.bucket, "Prefix": scope.prefix, "Delimiter": scope.delimiter}
        more = {"OptionalObjectAttributes": ["RestoreStatus"]} if scope.restore else {}
        with failures.explained(self._s3, scope.bucket, scope.prefix):
            for page in self._s3.get_paginator("list_objects_v2").paginate(**wanted, **more):
                self.stat.add(requests=1, pages=1)
                rows = sorted(_rows(page, scope.restore))
                if rows:
                    yield self._pack(rows)


def _rows(page: Any, restore: bool) -> Iterator[Row]:
    more = [""] if restore else []
    for item in page.get("CommonPrefixes", ()):
        yield (item["Prefix"], *NO_DETAILS, *more)
    for item in page.get("Contents", ()):
        yield _row(item, restore)


def _row(item: Any, restore: bool) -> Row:
    fields = (
        item["Key"],
        stamp(item["LastModified"]),
        item.get("ETag", ""),
        str(item["Size"]),
        item.get("StorageClass", ""),
    )
    return (*fields, _restored(item.get("RestoreStatus", {}))) if restore else fields


def _restored(status: Any) -> str:
    if status.get("IsRestoreInProgress"):
        return "ongoing"
    return stamp(status["RestoreExpiryDate"]) if "RestoreExpiryDate" in status else ""


def stamp(moment: datetime) -> str:
    """A moment as S3 writes it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
