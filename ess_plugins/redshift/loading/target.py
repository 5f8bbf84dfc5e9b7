"""The table that is loaded into: its columns as Redshift's catalog has them.

A serverless workgroup has these views too. Sources:
https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_COLUMNS.html, and r_SVV_TABLES.html beside it
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ess_core.errors import UsageError
from ess_plugins.redshift.connecting import Connection
from ess_plugins.redshift.ddl import FILE_ID
from ess_plugins.redshift.sql.lexical import QUOTED
from ess_plugins.redshift.sql.quoting import TableName, ident

_TABLE = "BASE TABLE"
_IDENTITY = re.compile(r'"?(?:default_)?identity"?\s*\(')
"""How the default of a column begins that numbers its rows."""

_KEY = re.compile(r"\((?P<columns>[^()]*(?:\"(?:[^\"]|\"\")*\"[^()]*)*)\)\s*$", re.DOTALL)
_COLUMN = re.compile(rf"(?P<quoted>{QUOTED})|(?P<bare>[^\s,\"]+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TargetColumn:
    """A column of the table; ``type`` is the catalog's name for it, such as ``character varying``.

    ``longest_bytes`` is of text; ``precision`` and ``scale`` are of ``numeric``.
    """

    name: str
    type: str
    longest_bytes: int | None = None
    precision: int | None = None
    scale: int | None = None
    not_null: bool = False
    has_default: bool = False
    is_identity: bool = False

    @property
    def is_text(self) -> bool:
        """Whether it holds text."""
        return self.type in TEXTS

    @property
    def sql(self) -> str:
        """The type as CREATE TABLE has it."""
        if self.type == "numeric":
            return f"NUMERIC({self.precision},{self.scale})"
        short = _SHORT.get(self.type, self.type.upper())
        return f"{short}({self.longest_bytes})" if self.is_text else short


VARCHAR, CHAR = "character varying", "character"
TEXTS = (VARCHAR, CHAR)
_SHORT: Mapping[str, str] = MappingProxyType(
    {
        VARCHAR: "VARCHAR",
        CHAR: "CHAR",
        "timestamp without time zone": "TIMESTAMP",
        "timestamp with time zone": "TIMESTAMPTZ",
        "time without time zone": "TIME",
        "time with time zone": "TIMETZ",
    }
)


@dataclass(frozen=True, slots=True)
class Target:
    """A table, and its columns in their order."""

    name: TableName
    columns: tuple[TargetColumn, ...]
    primary_key: tuple[str, ...] = ()

    @property
    def has_file_id(self) -> bool:
        """Whether each row knows the file that it is from."""
        return any(column.name == FILE_ID for column in self.columns)


def read(connection: Connection, name: TableName) -> Target | None:
    """What the catalog has of a table of this database; None where there is no such table.

    Raises UsageError where it is a view or an external table, which COPY cannot load.
    """
    where = (name.schema, name.table)
    kinds = connection.execute(
        "SELECT table_type FROM svv_tables WHERE table_schema = %s AND table_name = %s", where
    ).rows
    found = connection.execute(
        "SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale,"
        " is_nullable, column_default FROM svv_columns WHERE table_schema = %s AND table_name = %s"
        " ORDER BY ordinal_position",
        where,
    ).rows
    if not found:
        return None
    kind = next((str(row[0]).strip() for row in kinds), _TABLE)
    if kind != _TABLE:
        raise UsageError(f"{name.title} is no table but a {kind.lower()}, which cannot be loaded")
    return Target(name, tuple(_column(*row) for row in found), _primary_key(connection, name))


def is_hidden(connection: Connection, name: TableName) -> bool:
    """Whether there is such a table, or view, though ``read`` finds none, as the user has no rights on it.

    Everybody sees the names in PG_CLASS.
    Source: https://docs.aws.amazon.com/redshift/latest/dg/c_intro_catalog_views.html
    """
    found = connection.execute(
        "SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
        " WHERE nspname = %s AND relname = %s",
        (name.schema, name.table),
    ).rows
    return bool(found)


def check_schema(connection: Connection, name: TableName) -> None:
    """Raise UsageError where the schema that the table is to be in is not there."""
    if not connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (name.schema,)).rows:
        schema = ident(name.schema)
        command = shlex.quote(f"create schema {schema}")
        raise UsageError(f"there is no schema {schema}", f"`ess redshift sql {command}` makes it")


def _column(
    name: str,
    kind: str,
    longest_bytes: int | None,
    precision: int | None,
    scale: int | None,
    is_nullable: str,
    default: str | None,
) -> TargetColumn:
    is_identity = bool(_IDENTITY.match(default or ""))
    kind = kind.strip().lower()
    is_decimal = kind == "numeric"
    return TargetColumn(
        name,
        kind,
        int(longest_bytes) if longest_bytes and kind in TEXTS else None,
        int(precision or 0) if is_decimal else None,
        int(scale or 0) if is_decimal else None,
        is_nullable.strip().upper() == "NO",
        default is not None and not is_identity,
        is_identity,
    )


def _primary_key(connection: Connection, name: TableName) -> tuple[str, ...]:
    """Redshift does not enforce it, but lists it as an index that is not there."""
    found = connection.execute(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = %s AND tablename = %s AND indexname LIKE %s",
        (name.schema, name.table, "%_pkey"),
    ).rows
    listed = _KEY.search(str(found[0][0])) if found else None
    if not listed:
        return ()
    return tuple(
        one["quoted"][1:-1].replace('""', '"') if one["quoted"] else one["bare"]
        for one in _COLUMN.finditer(listed["columns"])
    )
