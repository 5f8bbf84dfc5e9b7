"""Many objects deleted."""

import re
from collections.abc import Iterable
from typing import Any

from ess_core.batches import batches
from ess_plugins.s3.failures import explained

MOST_KEYS = 1000
"""Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html"""
_NOT_IN_XML = re.compile(r"[\x00-\x1f\ufffe\uffff]")
"""What a list of keys cannot have as it is. Source: https://www.w3.org/TR/xml/#charsets"""


def delete(s3: Any, bucket: str, keys: Iterable[str]) -> None:
    """See to it that there is no object with any of these keys; a bucket with versions keeps the older ones.

    Those that a request for many leaves are tried one by one, as such an answer is not tried again by itself.
    Raises EssError at the first one that stays.
    """
    for some in batches(keys, MOST_KEYS):
        for key in _left(s3, bucket, some):
            delete_one(s3, bucket, key)


def delete_one(s3: Any, bucket: str, key: str) -> None:
    """The same for one of any key."""
    with explained(s3, bucket, key):
        s3.delete_object(Bucket=bucket, Key=key)


def _left(s3: Any, bucket: str, keys: list[str]) -> list[str]:
    """Delete them with one request; the keys that it does not delete, or cannot name."""
    named = [{"Key": key} for key in keys if not _NOT_IN_XML.search(key)]
    left = list(filter(_NOT_IN_XML.search, keys))
    if named:
        with explained(s3, bucket):
            said = s3.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})
        left += [error["Key"] for error in said.get("Errors", ())]
    return left
