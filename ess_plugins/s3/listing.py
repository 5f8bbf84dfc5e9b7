"""Buckets, objects and prefixes, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ess_core.cloud import code
from ess_core.errors import EssError
from ess_plugins.s3.place import Place

NO_BUCKET = "NoSuchBucket"


@dataclass(frozen=True)
class Bucket:
    """A bucket; ``region`` is empty where S3 does not say."""

    name: str
    region: str
    created: datetime


@dataclass(frozen=True)
class Entry:
    """An object; or, with no time and no size, a prefix that ends at the next ``/``."""

    key: str
    size: int | None
    last_modified: datetime | None
    storage_class: str
    etag: str

    @property
    def is_prefix(self) -> bool:
        """True where more keys are below it."""
        return self.last_modified is None


def buckets(s3: Any) -> Iterator[Bucket]:
    """Every bucket of the account.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html (a region comes only
    where pages are asked for)
    """
    for page in s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 1000}):
        for item in page.get("Buckets", ()):
            yield Bucket(item["Name"], item.get("BucketRegion", ""), item["CreationDate"])


def entries(s3: Any, where: Place) -> Iterator[Entry]:
    """Objects and prefixes directly below ``where``, in key order within a page.

    Raises EssError where the bucket does not exist.
    """
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=where.bucket, Prefix=where.prefix, Delimiter="/"
    )
    try:
        for page in pages:
            yield from sorted(_of_page(page), key=lambda entry: entry.key)
    except s3.exceptions.ClientError as error:
        if code(error) == NO_BUCKET:
            raise EssError(
                f"there is no bucket {where.bucket}", "`ess s3 ls` lists the buckets of this account"
            ) from error
        raise


def _of_page(page: Any) -> Iterator[Entry]:
    for item in page.get("CommonPrefixes", ()):
        yield Entry(item["Prefix"], None, None, "", "")
    for item in page.get("Contents", ()):
        yield Entry(
            item["Key"],
            item["Size"],
            item["LastModified"],
            item.get("StorageClass", "STANDARD"),
            item.get("ETag", "").strip('"'),
        )
