"""Datastores that were selected, each under a label: which is active, and what a scan of each found."""

import os
import re
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from ess_core.errors import NothingMatchedError, UsageError
from ess_core.files.local import SCHEME
from ess_core.home.database import Database

LOCAL = "local"
"""What the user calls a folder of this machine, and its label where no other is given."""

HOW = "`ess select local [DIR]` or `ess select s3://BUCKET` selects one"
"""What to type where there is none."""

_LABEL = re.compile(r"(?!-)[\w.@/+=-]{1,200}")
_SHOWN = 10  # of the labels there are
_SELECT = "SELECT label, url, is_active, selected_at, files, size_bytes, scanned_at FROM datastore"
_DATABASE = Database(
    "datastores.db",
    0x65737364,
    (
        (
            """CREATE TABLE datastore (
                label TEXT PRIMARY KEY,
                url TEXT NOT NULL,
                is_active INTEGER NOT NULL,
                selected_at TEXT NOT NULL,
                files INTEGER,
                size_bytes INTEGER,
                scanned_at TEXT
            )""",
            "CREATE UNIQUE INDEX one_is_active ON datastore (is_active) WHERE is_active",
        ),
    ),
    "select your datastores again",
)


@dataclass(frozen=True)
class Scan:
    """How many files a datastore had at a time, and their bytes."""

    files: int
    size_bytes: int
    at: datetime


@dataclass(frozen=True)
class Selected:
    """A datastore under its label; ``scan`` is the last one, or None."""

    label: str
    url: str
    is_active: bool
    selected_at: datetime
    scan: Scan | None = None


def address(name: str, folder: str | None = None) -> str:
    """The URL that ``name`` stands for: ``local`` for a folder, else the working one; a URL; or a label.

    Raises UsageError for anything else.
    """
    if name == LOCAL:
        return _utf8(SCHEME + os.path.abspath(folder or "."))
    if folder is not None:
        raise UsageError(f"{folder!r} is one word too many: only `{LOCAL}` takes a folder")
    if "://" in name:
        return _utf8(name)
    if found := _labelled(name):
        return found.url
    raise UsageError(
        f"{name!r} is neither a datastore nor the label of one",
        f"write {LOCAL} [DIR] or s3://BUCKET[/FOLDER]",
    )


def usual_label(name: str) -> str:
    """The label of what the user names so; ``local`` and a label are their own."""
    return LOCAL if name.startswith(SCHEME) else name.rpartition("://")[2].rstrip("/")


def select(url: str, label: str, *, overwrite: bool = False) -> Selected:
    """Keep ``url`` under ``label``, and make it the active one.

    Raises UsageError where the label stands for another URL and may not be overwritten.
    """
    label = _checked(label)
    with _DATABASE.writing() as database:
        before = _find(database, "label = ?", label)
        if before and before.url != url:
            if not overwrite:
                raise UsageError(
                    f"label {label} stands for {before.url}",
                    f"--overwrite lets it stand for {url}, --label NAME keeps both",
                )
            database.execute("DELETE FROM datastore WHERE label = ?", (label,))
        _activate(database, label, url)
        after = _find(database, "label = ?", label)
    assert after
    return after


def known() -> list[Selected]:
    """All that were selected and not purged, in the order of their labels."""
    with _DATABASE.reading() as database:
        return [_selected(row) for row in database.execute(f"{_SELECT} ORDER BY label")]


def find(label: str = "") -> Selected:
    """The datastore of ``label``, or the active one. Raises UsageError where there is none."""
    found = _labelled(label) if label else _active()
    if found:
        return found
    what = f"there is no datastore with the label {label!r}" if label else "no datastore is selected"
    raise UsageError(what, _labels() if label else HOW)


def purge(label: str) -> Selected:
    """Forget a datastore; its files stay. Raises NothingMatchedError where there is none of that label."""
    with _DATABASE.writing() as database:
        found = _find(database, "label = ?", label)
        database.execute("DELETE FROM datastore WHERE label = ?", (label,))
    if not found:
        raise NothingMatchedError(f"there is no datastore with the label {label!r}", _labels())
    return found


def record_scan(datastore: Selected, scan: Scan) -> None:
    """Keep what a scan found, unless the label stands for something else by now."""
    with _DATABASE.writing() as database:
        database.execute(
            "UPDATE datastore SET files = ?, size_bytes = ?, scanned_at = ? WHERE label = ? AND url = ?",
            (scan.files, scan.size_bytes, scan.at.isoformat(), datastore.label, datastore.url),
        )


def _labelled(label: str) -> Selected | None:
    with _DATABASE.reading() as database:
        return _find(database, "label = ?", label)


def _active() -> Selected | None:
    with _DATABASE.reading() as database:
        return _find(database, "is_active")


def _activate(database: sqlite3.Connection, label: str, url: str) -> None:
    database.execute("UPDATE datastore SET is_active = 0 WHERE is_active")
    database.execute(
        "INSERT INTO datastore (label, url, is_active, selected_at) VALUES (?, ?, 1, ?) "
        "ON CONFLICT (label) DO UPDATE SET is_active = 1, selected_at = excluded.selected_at",
        (label, url, datetime.now(UTC).isoformat()),
    )


def _find(database: sqlite3.Connection, where: str, *values: str) -> Selected | None:
    row = database.execute(f"{_SELECT} WHERE {where}", values).fetchone()
    return _selected(row) if row else None


def _selected(row: tuple[str, str, int, str, int | None, int, str]) -> Selected:
    label, url, is_active, selected_at, files, size_bytes, scanned_at = row
    scan = None if files is None else Scan(files, size_bytes, datetime.fromisoformat(scanned_at))
    return Selected(label, url, bool(is_active), datetime.fromisoformat(selected_at), scan)


def _checked(label: str) -> str:
    if not _LABEL.fullmatch(label):
        raise UsageError(
            f"{label!r} can be no label: it has letters, digits and . _ @ / + = - only, 200 at most",
            "give one with --label",
        )
    return label


def _labels() -> str:
    labels = [one.label for one in known()]
    if not labels:
        return HOW
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    return f"there are: {', '.join(labels[:_SHOWN])}{more}"


def _utf8(url: str) -> str:
    try:
        url.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{url!r} is no UTF-8, so it cannot be kept") from error
    return url
