"""Many objects deleted."""

import re
from collections.abc import Iterable
from typing import Any

from ess_core.batches import batches
from ess_core.errors import EssError
from ess_plugins.s3.failures import Refusal, Where, explained, refused

MOST_KEYS = 1000
"""Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html"""
_NOT_IN_XML = re.compile(r"[\x00-\x1f\ufffe\uffff]")
"""What a list of keys cannot have as it is. Source: https://www.w3.org/TR/xml/#charsets"""


def delete(s3: Any, bucket: str, keys: Iterable[str]) -> None:
    """See to it that there is no object with any of these keys; a bucket with versions keeps the older ones.

    Raises EssError for the first one that stays, after all were tried.
    """
    left: list[dict[str, str]] = []
    for some in batches(keys, MOST_KEYS):
        left += _left(s3, bucket, [key for key in some if not _NOT_IN_XML.search(key)])
        for key in filter(_NOT_IN_XML.search, some):
            delete_one(s3, bucket, key)
    if left:
        raise _explained(s3, bucket, left[0])


def delete_one(s3: Any, bucket: str, key: str) -> None:
    """The same for one of any key."""
    with explained(s3, bucket, key):
        s3.delete_object(Bucket=bucket, Key=key)


def _left(s3: Any, bucket: str, keys: list[str]) -> list[dict[str, str]]:
    if not keys:
        return []
    wanted = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
    with explained(s3, bucket):
        errors: list[dict[str, str]] = s3.delete_objects(Bucket=bucket, Delete=wanted).get("Errors", [])
    return errors


def _explained(s3: Any, bucket: str, error: dict[str, str]) -> EssError:
    where = Where(s3.meta.endpoint_url, bucket, error.get("Key", ""))
    refusal = Refusal(error.get("Code", ""), error.get("Message", ""), "DeleteObject")
    return refused(refusal, where) or EssError(f"{where} is not deleted: {refusal.code}: {refusal.message}")
