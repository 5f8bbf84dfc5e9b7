"""Files wherever they lie: datastores, patterns, dates in names, compression and archives."""

from ess_core.files.datastore import (
    BadKeyError,
    ChangedError,
    Datastore,
    File,
    NoFileError,
    UnreadableError,
    key_bytes,
    open_datastore,
)

__all__ = [
    "BadKeyError",
    "ChangedError",
    "Datastore",
    "File",
    "NoFileError",
    "UnreadableError",
    "key_bytes",
    "open_datastore",
]
