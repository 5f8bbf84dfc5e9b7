"""What the cache has: an SQLite database, for any number of ess processes at once.

A file is linked into the cache and removed from it within the transaction that says so. So a process that is
killed leaves either files that no record has, which go with its own folder (see ``workspace``), or a record
whose files are gone, which is taken for none.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ess_core.batches import batches
from ess_core.home.database import Database
from ess_core.home.paths import explained
from ess_core.tables.cache import files, records
from ess_core.tables.cache.records import Record

ASKED_AT_ONCE = 1000
_DATABASE = Database(
    "parts.db",
    0x65737370,
    (
        (
            """CREATE TABLE entry (
                key TEXT PRIMARY KEY,
                disk_bytes INTEGER NOT NULL,
                used_ns INTEGER NOT NULL,
                record TEXT NOT NULL
            ) WITHOUT ROWID""",
            "CREATE INDEX entry_by_use ON entry (used_ns, disk_bytes)",
        ),
    ),
    "type: ess cache clear",
)
_AMONG = "key IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True)
class Status:
    """How many files have their parts in the cache, what these take, and when the least used was used."""

    files: int
    disk_bytes: int
    oldest_use: datetime | None = None


def find(keys: Sequence[str]) -> Iterator[tuple[str, Record]]:
    """The records that there are of these keys; all of one moment."""
    with _DATABASE.reading() as database:
        for some in batches(keys, ASKED_AT_ONCE):
            found = database.execute(f"SELECT key, record FROM entry WHERE {_AMONG}", (json.dumps(some),))
            yield from ((key, records.loaded(text)) for key, text in found)


def touch(keys: Sequence[str]) -> None:
    """Note that these were used now."""
    if keys:
        with _DATABASE.writing() as database:
            for some in batches(keys, ASKED_AT_ONCE):
                database.execute(
                    f"UPDATE entry SET used_ns = ? WHERE {_AMONG}", (time.time_ns(), json.dumps(some))
                )


def add(made: Mapping[str, Record], folder: Path, limit_bytes: int) -> None:
    """Keep what was cleaned into ``folder``; where that is too much, what was not used for longest goes.

    What alone is more than the limit is not kept. Raises EssError where the disk is full or read-only.
    """
    if not made:
        return
    fitting = {key: one for key, one in made.items() if one.disk_bytes <= limit_bytes}
    try:
        with explained(files.folder()), _DATABASE.writing() as database:
            for key, one in fitting.items():
                _insert(database, key, one, folder)
            _evict(database, limit_bytes)
    except BaseException:
        files.drop(name for one in fitting.values() for name in one.files)
        raise


def forget_unknown(names: Iterable[str]) -> None:
    """Remove those of these files from the cache that no record has: who linked them was killed before it."""
    by_key: dict[str, list[str]] = {}
    for name in names:
        if files.kept(name).exists():
            by_key.setdefault(files.key_in(name), []).append(name)
    if by_key:
        with _DATABASE.writing() as database:
            for some in batches(by_key, ASKED_AT_ONCE):
                found = database.execute(f"SELECT key FROM entry WHERE {_AMONG}", (json.dumps(some),))
                known = {key for (key,) in found}
                files.drop(name for key in some if key not in known for name in by_key[key])


def clear() -> Status:
    """Remove all; what that was."""
    with _DATABASE.writing() as database:
        found = _status(database)
        database.execute("DELETE FROM entry")
        with explained(files.folder()):
            files.drop_all()
    return found


def status() -> Status:
    """What is in the cache."""
    with _DATABASE.reading() as database:
        return _status(database)


def _status(database: sqlite3.Connection) -> Status:
    count, size, oldest = database.execute(
        "SELECT count(*), coalesce(sum(disk_bytes), 0), min(used_ns) FROM entry"
    ).fetchone()
    return Status(count, size, datetime.fromtimestamp(oldest / 1e9, UTC) if oldest else None)


def _insert(database: sqlite3.Connection, key: str, one: Record, folder: Path) -> None:
    for name in one.files:
        files.keep(folder / name)
    database.execute(
        "INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)",
        (key, one.disk_bytes, time.time_ns(), records.dumped(one)),
    )


def _evict(database: sqlite3.Connection, limit_bytes: int) -> None:
    (left,) = database.execute("SELECT coalesce(sum(disk_bytes), 0) FROM entry").fetchone()
    while left > limit_bytes:
        key, size, text = database.execute(
            "SELECT key, disk_bytes, record FROM entry ORDER BY used_ns LIMIT 1"
        ).fetchone()
        files.drop(records.loaded(text).files)
        database.execute("DELETE FROM entry WHERE key = ?", (key,))
        left -= size
