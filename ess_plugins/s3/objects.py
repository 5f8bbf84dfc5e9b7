"""One object: how the user names it, and what S3 knows of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ess_core.cloud import code
from ess_core.errors import UsageError
from ess_plugins.s3.failures import explained
from ess_plugins.s3.place import Place, place
from ess_plugins.s3.reading.fetch import Source

ARCHIVE_CLASSES = frozenset({"GLACIER", "DEEP_ARCHIVE"})
STANDARD = "STANDARD"
RESTORED_UNTIL = re.compile(r'expiry-date="([^"]+)"')


@dataclass(frozen=True)
class Restore:
    """How far the restore of an archived object is: under way, or done until ``until``, or not asked for."""

    under_way: bool = False
    until: datetime | None = None

    def __str__(self) -> str:
        if self.under_way:
            return "under way"
        return f"restored until {self.until:%Y-%m-%dT%H:%M:%SZ}" if self.until else "not restored"


@dataclass(frozen=True)
class Metadata:
    """What S3 says of an object; ``size`` in bytes, ``restore`` None for what needs none."""

    key: str
    size: int
    last_modified: datetime
    storage_class: str
    restore: Restore | None
    etag: str
    version_id: str
    content_type: str
    content_encoding: str
    encryption: str
    metadata: Mapping[str, str]


def object_at(text: str) -> Place:
    """Read ``BUCKET/KEY``, with or without ``s3://``. Raises UsageError where that names no object."""
    where = place(text)
    if not where.prefix:
        raise UsageError(f"{text!r} names a bucket and no object in it", "write BUCKET/KEY")
    return where


def metadata(source: Source) -> Metadata:
    """Ask what S3 knows of an object. Raises as reading it would, but for one that is archived.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    with explained(source.s3, source.bucket, source.key):
        try:
            return _metadata(source.key, source.s3.head_object(Bucket=source.bucket, Key=source.key))
        except source.s3.exceptions.ClientError as error:
            if code(error).isdigit():  # an answer to HEAD has no body that says why
                _ask_why(source)
            raise


def _ask_why(source: Source) -> None:
    given = source.s3.get_object(Bucket=source.bucket, Key=source.key, Range="bytes=0-0")
    given["Body"].close()


def _metadata(key: str, given: Any) -> Metadata:
    storage_class = given.get("StorageClass", STANDARD)
    return Metadata(
        key=key,
        size=given["ContentLength"],
        last_modified=given["LastModified"],
        storage_class=storage_class,
        restore=_restore(given, storage_class),
        etag=given.get("ETag", "").strip('"'),
        version_id=given.get("VersionId", ""),
        content_type=given.get("ContentType", ""),
        content_encoding=given.get("ContentEncoding", ""),
        encryption=_encryption(given),
        metadata=given.get("Metadata", {}),
    )


def _restore(given: Any, storage_class: str) -> Restore | None:
    """Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html (x-amz-restore)."""
    said = given.get("Restore", "")
    if 'ongoing-request="true"' in said:
        return Restore(under_way=True)
    if found := RESTORED_UNTIL.search(said):
        return Restore(until=parsedate_to_datetime(found[1]).astimezone(UTC))
    archived = storage_class in ARCHIVE_CLASSES or "ArchiveStatus" in given
    return Restore() if archived else None


def _encryption(given: Any) -> str:
    if "SSECustomerAlgorithm" in given:
        return f"customer key ({given['SSECustomerAlgorithm']})"
    return " ".join(filter(None, (given.get("ServerSideEncryption"), given.get("SSEKMSKeyId"))))
