"""What is to be written of a listing, until it is: in temporary tables, which no one else sees.

SQLite keeps them in a file without a name where they are large, and forgets them with the connection.
"""

import sqlite3
from collections.abc import Sequence
from functools import cache
from itertools import chain

from ess_core.errors import EssError
from ess_core.tables.categories.database import FILE, Row

_AT_ONCE = 100  # rows in one statement; SQLite takes at least 999 values
_TABLES = (f"CREATE TEMP TABLE found ({FILE})", "CREATE TEMP TABLE gone (key)")


def prepare(database: sqlite3.Connection) -> None:
    """Let a connection have room for what is to be written."""
    for table in _TABLES:
        database.execute(table)


def keep(database: sqlite3.Connection, put: Sequence[Row], drop: Sequence[bytes]) -> None:
    """Keep files that are to be stored, and the keys of those that are to be forgotten.

    Raises EssError where there is no room for them.
    """
    try:
        _put(database, put)
        database.executemany("INSERT INTO temp.gone VALUES (?)", ((key,) for key in drop))
    except sqlite3.OperationalError as error:
        raise EssError(
            f"cannot keep a list of files in a temporary file: {error}", "set TMPDIR to a folder with room"
        ) from error


def apply_put(database: sqlite3.Connection, number: int) -> None:
    """Store the files for a category, in place of those of the same keys."""
    database.execute(
        f"INSERT OR REPLACE INTO file (category, {FILE}) SELECT ?, {FILE} FROM temp.found ORDER BY rowid",
        (number,),
    )


def apply_drop(database: sqlite3.Connection, number: int) -> None:
    """Forget the files of a category that are gone."""
    database.execute("DELETE FROM file WHERE category = ? AND key IN (SELECT key FROM temp.gone)", (number,))


def _put(database: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Many rows in a statement take a third less time."""
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        database.execute(_insert(len(some)), list(chain.from_iterable(some)))


@cache
def _insert(count: int) -> str:
    return "INSERT INTO temp.found VALUES " + ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * count)
