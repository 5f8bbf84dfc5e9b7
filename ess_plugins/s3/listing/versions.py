"""Every version of every object, and the markers that say that one was deleted.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ess_plugins.s3 import failures
from ess_plugins.s3.listing.page import KEY, NO_DETAILS, Row
from ess_plugins.s3.listing.plain import Plain, stamp

VERSION_ID, LATEST = 5, 6
YES = "true"


class Versions(Plain):
    """One listing of versions, page after page: S3 has no way to begin in the middle that could be shared.

    A row has a version id and ``true`` for the latest as sixth and seventh text; a delete marker has no size.
    """

    def chunks(self) -> Iterator[bytes]:
        """What ``pack`` made of each page's rows: by key, the newest first."""
        scope = self._scope
        wanted = {"Bucket": scope.bucket, "Prefix": scope.prefix, "Delimiter": scope.delimiter}
        with failures.explained(self._s3, scope.bucket, scope.prefix):
            for page in self._s3.get_paginator("list_object_versions").paginate(**wanted):
                self.stat.add(requests=1, pages=1)
                if rows := sorted(_rows(page), key=lambda row: row[KEY]):
                    yield self._pack(rows)


def _rows(page: Any) -> Iterator[Row]:
    """The newest of each key first; S3 gives versions and markers apart."""
    for item in page.get("CommonPrefixes", ()):
        yield (item["Prefix"], *NO_DETAILS, "", "")
    items = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
    yield from map(_row, sorted(items, key=_newest_last, reverse=True))


def _newest_last(item: Any) -> tuple[bool, datetime]:
    return item["IsLatest"], item["LastModified"]


def _row(item: Any) -> Row:
    return (
        item["Key"],
        stamp(item["LastModified"]),
        item.get("ETag", ""),
        str(item.get("Size", "")),
        item.get("StorageClass", ""),
        item.get("VersionId", ""),
        YES if item.get("IsLatest") else "",
    )
