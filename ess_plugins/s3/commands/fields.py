"""Rows as columns, for the formats that scripts read."""

from datetime import datetime
from typing import Any

from ess_plugins.s3.listing.page import KEY, LAST_MODIFIED, RESTORE, SIZE, Row, etag, storage_class
from ess_plugins.s3.listing.versions import LATEST, VERSION_ID, YES

OBJECT = ("key", "size", "last_modified", "storage_class", "etag")
WITH_RESTORE = (*OBJECT, "restore_status")
VERSION = (*OBJECT, "version_id", "is_latest", "is_delete_marker")


def objects(row: Row) -> tuple[Any, ...]:
    """The values of OBJECT, or of WITH_RESTORE where the row says it; a common prefix has only a key."""
    moment = row[LAST_MODIFIED]
    return (
        row[KEY],
        int(row[SIZE]) if row[SIZE] else None,
        datetime.fromisoformat(moment) if moment else None,
        storage_class(row) if row[SIZE] else "",
        etag(row),
        *row[RESTORE:],
    )


def versions(row: Row) -> tuple[Any, ...]:
    """The values of VERSION."""
    is_marker = bool(row[LAST_MODIFIED] and not row[SIZE])
    return (*objects(row[:RESTORE]), row[VERSION_ID], row[LATEST] == YES, is_marker)
