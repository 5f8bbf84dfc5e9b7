"""The database of categories and the files of each."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from ess_core.files.dates import Grain
from ess_core.files.facts import file_of
from ess_core.home.database import Database
from ess_core.tables.categories import settings
from ess_core.tables.categories.codes import DAY_US, GRAIN_BITS, decoded
from ess_core.tables.categories.model import ARCHIVED, Category, CategoryFile

DATABASE = Database(
    "categories.db",
    0x65737363,
    (
        (
            """CREATE TABLE category (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                url TEXT NOT NULL,
                name TEXT NOT NULL,
                label TEXT NOT NULL,
                settings TEXT NOT NULL,
                created_at TEXT NOT NULL,
                files INTEGER NOT NULL DEFAULT 0,
                size_bytes INTEGER NOT NULL DEFAULT 0,
                archived INTEGER NOT NULL DEFAULT 0,
                first INTEGER,
                last INTEGER,
                scanned_at TEXT,
                UNIQUE (url, name)
            )""",
            """CREATE TABLE file (
                category INTEGER NOT NULL,
                key BLOB NOT NULL,
                size INTEGER NOT NULL,
                modified INTEGER NOT NULL,
                etag TEXT NOT NULL,
                storage_class TEXT NOT NULL,
                moment INTEGER,
                zone INTEGER,
                PRIMARY KEY (category, key)
            ) WITHOUT ROWID""",
            "CREATE INDEX file_by_moment ON file (category, moment)",
            """CREATE TABLE tally (
                category INTEGER NOT NULL,
                day INTEGER,
                grain INTEGER,
                files INTEGER NOT NULL,
                size_bytes INTEGER NOT NULL
            )""",
            "CREATE INDEX tally_of_category ON tally (category)",
        ),
        ("DROP INDEX file_by_moment",),  # to keep it took longer than the sorting it saved
    ),
    "add your categories again",
)
"""``modified`` is microseconds since 1970; ``moment`` and ``zone`` are as ``codes`` has them.

``tally`` has what ``count_anew`` found of each day since the year 1: to show it, no million of files is read.
"""

Row = tuple[bytes, int, int, str, str, int | None, int | None]
"""A file as it is stored, without its category."""

FILE = "key, size, modified, etag, storage_class, moment, zone"
_SCAN = "files, size_bytes, archived, first, last, scanned_at"
_CATEGORY = f"SELECT id, url, name, label, settings, created_at, {_SCAN} FROM category"
_TALLY = "day, grain, files, size_bytes"
_ARCHIVED = ", ".join(f"'{name}'" for name in sorted(ARCHIVED))


def categories(
    database: sqlite3.Connection, where: str = "true", *values: object
) -> list[tuple[int, Category]]:
    """The categories that are so, each with its number, by name and URL."""
    found = database.execute(f"{_CATEGORY} WHERE {where} ORDER BY name, url", values)
    return [(row[0], _category(row[1:])) for row in found]


def numbered(database: sqlite3.Connection, url: str, name: str) -> int | None:
    """The number of a category; None where there is none."""
    row = database.execute("SELECT id FROM category WHERE url = ? AND name = ?", (url, name)).fetchone()
    return int(row[0]) if row else None


def insert(database: sqlite3.Connection, category: Category) -> int:
    """Keep a category without files; its number."""
    made = database.execute(
        "INSERT INTO category (url, name, label, settings, created_at) VALUES (?, ?, ?, ?, ?)",
        (category.url, category.name, category.label, _settings(category), category.created_at.isoformat()),
    )
    assert made.lastrowid
    return made.lastrowid


def update(database: sqlite3.Connection, number: int, category: Category) -> None:
    """Let a category be what this one is, but for its files."""
    database.execute(
        "UPDATE category SET name = ?, label = ?, settings = ?, created_at = ? WHERE id = ?",
        (category.name, category.label, _settings(category), category.created_at.isoformat(), number),
    )


def delete(database: sqlite3.Connection, number: int) -> None:
    """Forget a category and its files."""
    delete_files(database, number)
    database.execute("DELETE FROM tally WHERE category = ?", (number,))
    database.execute("DELETE FROM category WHERE id = ?", (number,))


def copy(database: sqlite3.Connection, number: int, copied: Category) -> int:
    """Keep ``copied`` with the files and the last scan of another category; its number."""
    made = insert(database, copied)
    database.execute(
        f"INSERT INTO file (category, {FILE}) SELECT ?, {FILE} FROM file WHERE category = ?", (made, number)
    )
    database.execute(f"INSERT INTO tally SELECT ?, {_TALLY} FROM tally WHERE category = ?", (made, number))
    database.execute(
        f"UPDATE category SET ({_SCAN}) = (SELECT {_SCAN} FROM category WHERE id = ?) WHERE id = ?",
        (number, made),
    )
    return made


def delete_files(database: sqlite3.Connection, number: int) -> None:
    """Forget all files of a category."""
    database.execute("DELETE FROM file WHERE category = ?", (number,))


def count_anew(database: sqlite3.Connection, number: int) -> None:
    """Let a category say how many files it has, also of each day. The files are read once.

    Numbers are sorted as they are before days are made of them.
    """
    database.execute(
        f"""CREATE TEMP TABLE counted AS
            SELECT (moment >> {GRAIN_BITS}) / {DAY_US} AS day,
                min(moment & {(1 << GRAIN_BITS) - 1}, {int(Grain.DAY)}) AS grain,
                sum(files) AS files, sum(size_bytes) AS size_bytes, sum(archived) AS archived,
                min(moment) AS first, max(moment) AS last
            FROM (
                SELECT moment, count(*) AS files, sum(size) AS size_bytes,
                    count(*) FILTER (WHERE storage_class IN ({_ARCHIVED})) AS archived
                FROM file WHERE category = ? GROUP BY moment
            ) GROUP BY day, grain""",
        (number,),
    )
    database.execute("DELETE FROM tally WHERE category = ?", (number,))
    database.execute(f"INSERT INTO tally SELECT ?, {_TALLY} FROM temp.counted", (number,))
    database.execute(
        """UPDATE category SET (files, size_bytes, archived, first, last) = (
            SELECT coalesce(sum(files), 0), coalesce(sum(size_bytes), 0), coalesce(sum(archived), 0),
                min(first), max(last)
            FROM temp.counted
        ) WHERE id = ?""",
        (number,),
    )
    database.execute("DROP TABLE temp.counted")


def scanned(database: sqlite3.Connection, number: int, at: datetime) -> None:
    """Keep when a category was scanned."""
    database.execute("UPDATE category SET scanned_at = ? WHERE id = ?", (at.isoformat(), number))


def by_key(database: sqlite3.Connection, number: int | None) -> Iterator[Row]:
    """The stored files of a category in the order of their keys."""
    return database.execute(f"SELECT {FILE} FROM file WHERE category = ? ORDER BY key", (number,))


def readable(database: sqlite3.Connection, number: int, count: int) -> Iterator[Row]:
    """The first files that have bytes and are not archived."""
    return database.execute(
        f"SELECT {FILE} FROM file WHERE category = ? AND size AND storage_class NOT IN ({_ARCHIVED}) "
        "ORDER BY key LIMIT ?",
        (number, count),
    )


def by_moment(
    database: sqlite3.Connection, number: int, start: int | None, stop: int | None
) -> Iterator[Row]:
    """The stored files by moment and key, those without a moment first and only where both ends are open."""
    where = (" AND moment >= :start" if start is not None else "") + (
        " AND moment < :stop" if stop is not None else ""
    )
    return database.execute(
        f"SELECT {FILE} FROM file WHERE category = :number{where} ORDER BY moment, key",
        {"number": number, "start": start, "stop": stop},
    )


def by_day(database: sqlite3.Connection, number: int) -> Iterator[tuple[int | None, int, int, int]]:
    """Day since the year 1, grain (that of a day where it is finer), files and bytes, in that order."""
    return database.execute(f"SELECT {_TALLY} FROM tally WHERE category = ? ORDER BY day, grain", (number,))


def category_file(row: Row) -> CategoryFile:
    """The file of a row."""
    key, size, modified, etag, storage_class, moment, zone = row
    fact = (key.decode("utf-8", "surrogateescape"), size, modified, etag, storage_class)
    return CategoryFile(file_of(fact), decoded(moment, zone))


def _settings(category: Category) -> str:
    return json.dumps(settings.of(category))  # ASCII, so that surrogates in patterns can be kept


def _category(row: Sequence[Any]) -> Category:
    url, name, label, said, created_at, files, size_bytes, archived, first, last, scanned_at = row
    category = Category(
        name,
        url,
        label,
        (),
        created_at=datetime.fromisoformat(created_at),
        files=files,
        size_bytes=size_bytes,
        archived=archived,
        first=decoded(first),
        last=decoded(last),
        scanned_at=datetime.fromisoformat(scanned_at) if scanned_at else None,
    )
    return settings.applied(category, json.loads(said))
