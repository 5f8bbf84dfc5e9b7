"""The warehouses that were registered, each under a label, without any secret; and which is active."""

import re
import sqlite3
from dataclasses import astuple, fields

from ess_core.errors import NothingMatchedError, UsageError
from ess_core.home.database import Database
from ess_plugins.redshift.warehouse import Auth, Kind, Warehouse

HOW = "`ess redshift register CLUSTER DBNAME USER` registers one"
"""What to type where there is none."""

_LABEL = re.compile(r"(?!-)[\w.@+=-]{1,200}")
_SHOWN = 10  # of the labels there are
_COLUMNS = ", ".join(field.name for field in fields(Warehouse))
_DATABASE = Database(
    "redshift.db",
    0x65737372,
    (
        (
            """CREATE TABLE warehouse (
                label TEXT PRIMARY KEY,
                kind TEXT NOT NULL,
                name TEXT NOT NULL,
                database TEXT NOT NULL,
                user TEXT NOT NULL,
                auth TEXT NOT NULL,
                region TEXT NOT NULL,
                secret_arn TEXT NOT NULL,
                host TEXT NOT NULL,
                port INTEGER NOT NULL,
                iam_role TEXT NOT NULL,
                staging TEXT NOT NULL,
                is_active INTEGER NOT NULL DEFAULT 0
            )""",
            "CREATE UNIQUE INDEX one_is_active ON warehouse (is_active) WHERE is_active",
        ),
    ),
    "register your warehouses again",
)


def register(warehouse: Warehouse) -> None:
    """Keep ``warehouse`` under its label, in place of what it stood for, and make it the active one."""
    with _DATABASE.writing() as database:
        database.execute("UPDATE warehouse SET is_active = 0 WHERE is_active")
        marks = ", ".join("?" * len(fields(Warehouse)))
        database.execute(
            f"INSERT OR REPLACE INTO warehouse ({_COLUMNS}, is_active) VALUES ({marks}, 1)",  # noqa: S608 - names of fields
            astuple(warehouse),
        )


def known() -> list[Warehouse]:
    """All that are registered, in the order of their labels."""
    with _DATABASE.reading() as database:
        return _select(database, "1 ORDER BY label")


def active() -> Warehouse | None:
    """The one that was registered last, while it is."""
    with _DATABASE.reading() as database:
        return next(iter(_select(database, "is_active")), None)


def find(label: str) -> Warehouse:
    """The warehouse of ``label``. Raises UsageError where there is none."""
    with _DATABASE.reading() as database:
        found = _select(database, "label = ?", checked_label(label))
    if not found:
        raise UsageError(f"there is no warehouse with the label {label!r}", _labels())
    return found[0]


def deregister(label: str = "") -> Warehouse:
    """Forget a warehouse, without a label the active one; it and its tables stay as they are.

    Raises NothingMatchedError where there is none.
    """
    if label:
        checked_label(label)
    with _DATABASE.writing() as database:
        found = _select(database, "label = ?", label) if label else _select(database, "is_active")
        if found:
            database.execute("DELETE FROM warehouse WHERE label = ?", (found[0].label,))
    if found:
        return found[0]
    what = f"there is no warehouse with the label {label!r}" if label else "no warehouse is active"
    raise NothingMatchedError(what, _labels())


def checked_label(label: str) -> str:
    """``label`` as it is. Raises UsageError where it can be none."""
    if not _LABEL.fullmatch(label):
        raise UsageError(
            f"{label!r} can be no label: it has letters, digits and . _ @ + = - only, 200 at most",
            "give one with --label",
        )
    return label


def _select(database: sqlite3.Connection, where: str, *values: str) -> list[Warehouse]:
    rows = database.execute(f"SELECT {_COLUMNS} FROM warehouse WHERE {where}", values)  # noqa: S608 - our own words
    return [_warehouse(row) for row in rows]


def _warehouse(row: tuple[str, str, str, str, str, str, str, str, str, int, str, str]) -> Warehouse:
    label, kind, name, database, user, auth, *rest = row
    return Warehouse(label, Kind(kind), name, database, user, Auth(auth), *rest)  # type: ignore[arg-type] # in the order of the columns


def _labels() -> str:
    labels = [one.label for one in known()]
    if not labels:
        return HOW
    more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
    return f"there are: {', '.join(labels[:_SHOWN])}{more}"
