"""The buckets of an account."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Bucket:
    """A bucket; ``region`` is empty where S3 does not say."""

    name: str
    region: str
    created: datetime


def buckets(s3: Any) -> Iterator[Bucket]:
    """Every bucket of the account.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html (a region comes only
    where pages are asked for)
    """
    for page in s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 1000}):
        for item in page.get("Buckets", ()):
            yield Bucket(item["Name"], item.get("BucketRegion", ""), item["CreationDate"])
