"""One text of SQL as a client sends it -> what the front does with each statement in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ess_plugins.sandbox.redshift.sql import copies, unloads
from ess_plugins.sandbox.redshift.sql.copies import Copy
from ess_plugins.sandbox.redshift.sql.cursor import Cursor
from ess_plugins.sandbox.redshift.sql.expressions import expression
from ess_plugins.sandbox.redshift.sql.tables import Table, create_table, read_column
from ess_plugins.sandbox.redshift.sql.tokens import (
    Token,
    identifier,
    joined,
    literal,
    refused,
    statements,
    tokens,
    unquoted,
)
from ess_plugins.sandbox.redshift.sql.unloads import Unload

NOTHING = "SET ess_sandbox.nothing = ''"
"""What PostgreSQL prepares in place of a statement that the front does itself."""
_SETTINGS = {
    "ENABLE_CASE_SENSITIVE_IDENTIFIER": "off",
    "ENABLE_RESULT_CACHE_FOR_SESSION": "on",
    "QUERY_GROUP": "unset",
    "WLM_QUERY_SLOT_COUNT": "1",
}
"""Redshift's own settings, which change nothing here."""
_FAULT = "ess_sandbox.fault"


@dataclass(frozen=True)
class Plain:
    """PostgreSQL does it, and says with ``tag`` what was done where its own word would be another."""

    sql: str
    tag: str = ""


@dataclass(frozen=True)
class Commit:
    """The end of a transaction, where things may go wrong."""

    sql: str = "COMMIT"


@dataclass(frozen=True)
class Truncate:
    """TRUNCATE, which commits."""

    sql: str


@dataclass(frozen=True)
class SetFault:
    """``SET ess_sandbox.fault TO 'name'``: let the next COPY or COMMIT fail."""

    name: str
    sql: str = NOTHING


@dataclass(frozen=True)
class Load:
    """A COPY; ``text`` is as it was sent."""

    copy: Copy
    text: str
    sql: str = NOTHING


@dataclass(frozen=True)
class Export:
    """An UNLOAD."""

    unload: Unload
    sql: str = NOTHING


Statement = Plain | Commit | Truncate | SetFault | Load | Export


def rewrite(sql: str) -> list[Statement]:
    """The statements of ``sql``. Raises RefusedError for what Redshift, or the sandbox, does not take."""
    return [_rewritten(part) for part in statements(tokens(sql))]


def _rewritten(part: list[Token]) -> Statement:
    handler = _HANDLERS.get(part[0].word)
    statement = handler(part) if handler else None
    return statement or Plain(joined(expression(part)))


def _copy(part: list[Token]) -> Statement:
    return Load(copies.read_copy(Cursor(part[1:])), joined(part))


def _unload(part: list[Token]) -> Statement:
    return Export(unloads.read_unload(Cursor(part[1:])))


def _create(part: list[Token]) -> Statement | None:
    kind = part[1].word if len(part) > 1 else ""
    if kind in ("INDEX", "UNIQUE"):
        raise refused('SQL command "CREATE INDEX" not supported on Redshift tables.', "0A000")
    if kind == "TABLE" or (kind in ("TEMP", "TEMPORARY", "LOCAL") and "TABLE" in _words(part[2:4])):
        return Plain(create_table(part))
    return None


def _alter(part: list[Token]) -> Statement | None:
    cursor = Cursor(part[1:])
    if not cursor.take("TABLE"):
        return None
    table = cursor.qualified().sql
    if cursor.take("APPEND", "FROM"):
        moved = f"DELETE FROM {cursor.qualified().sql} RETURNING *"
        return Plain(f"WITH moved AS ({moved}) INSERT INTO {table} SELECT * FROM moved", "ALTER TABLE APPEND")
    if cursor.take("ADD") and cursor.word not in ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN"):
        cursor.take("COLUMN")
        added = Table()
        read_column(cursor, added)
        return Plain(f"ALTER TABLE {table} ADD COLUMN {added.columns[0].sql}")
    if cursor.take("ALTER") and cursor.word in ("DISTKEY", "DISTSTYLE", "SORTKEY", "COMPOUND", "ENCODE"):
        return Plain(f"COMMENT ON TABLE {table} IS NULL", "ALTER TABLE")
    return None


def _vacuum(part: list[Token]) -> Statement:
    kinds = ("FULL", "SORT", "DELETE", "REINDEX", "RECLUSTER", "ONLY", "BOOST")
    rest = [token for token in part if token.word not in kinds]
    end = next((place for place, token in enumerate(rest) if token.word == "TO"), len(rest))
    return Plain(joined(expression(rest[:end])))


def _analyze(part: list[Token]) -> Statement | None:
    if _words(part[1:2]) != ["COMPRESSION"]:
        return None
    columns = ("table", "column", "encoding", "est_reduction_pct")
    return Plain(f"SELECT {', '.join(f'NULL::text AS {identifier(name)}' for name in columns)} WHERE false")


def _show(part: list[Token]) -> Statement | None:
    name = joined(part[1:]).upper()
    if name not in _SETTINGS:
        return None
    return Plain(f"SELECT {literal(_SETTINGS[name])}::text AS {name.lower()}")


def _set(part: list[Token]) -> Statement | None:
    name = "".join(token.text for token in part[1:-2])
    if name.lower() == _FAULT:
        return SetFault(unquoted(part[-1]))
    return Plain(NOTHING) if name.upper() in _SETTINGS else None


def _insert(part: list[Token]) -> None:
    words = _words(part)
    if ("ON", "CONFLICT") in pairwise(words):
        raise refused('syntax error at or near "ON"')
    _no_returning(part)


def _no_returning(part: list[Token]) -> None:
    if "RETURNING" in _words(part):
        raise refused('syntax error at or near "RETURNING"')


def _commit(_part: list[Token]) -> Statement:
    return Commit()


def _truncate(part: list[Token]) -> Statement:
    return Truncate(joined(expression(part)))


def _words(part: Sequence[Token]) -> list[str]:
    return [token.word for token in part]


_HANDLERS: dict[str, Callable[[list[Token]], Statement | None]] = {
    "ALTER": _alter,
    "ANALYZE": _analyze,
    "COMMIT": _commit,
    "COPY": _copy,
    "CREATE": _create,
    "DELETE": _no_returning,
    "END": _commit,
    "INSERT": _insert,
    "SET": _set,
    "SHOW": _show,
    "TRUNCATE": _truncate,
    "UNLOAD": _unload,
    "UPDATE": _no_returning,
    "VACUUM": _vacuum,
}
"""By the first word; None means that PostgreSQL takes the statement as it is."""
