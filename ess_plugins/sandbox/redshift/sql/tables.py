"""CREATE TABLE, and a column of ALTER TABLE … ADD.

A key is kept as a check that is always true and names its columns, so that it is known and never enforced. A
check on the bytes of a text column is enforced, since PostgreSQL's own limit is in characters.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from ess_plugins.sandbox.redshift.sql.cursor import Cursor, by_commas
from ess_plugins.sandbox.redshift.sql.expressions import expression
from ess_plugins.sandbox.redshift.sql.reserved import RESERVED
from ess_plugins.sandbox.redshift.sql.tokens import Kind, Token, identifier, joined, refused
from ess_plugins.sandbox.redshift.sql.types import ColumnType, read_type

BYTES = "ess_bytes_"
"""How the names of checks on bytes begin."""


_KEYS = {("DISTKEY",): "dist", ("SORTKEY",): "sort", ("PRIMARY", "KEY"): "pk"}


@dataclass
class Column:
    """A column so far."""

    name: str
    type: ColumnType
    rest: list[str] = field(default_factory=list)

    @property
    def sql(self) -> str:
        """Its definition for PostgreSQL."""
        parts = [identifier(self.name), self.type.sql, *self.rest]
        if self.type.most_bytes:
            digest = hashlib.sha256(self.name.encode()).hexdigest()[:12]
            check = f"octet_length({identifier(self.name)}) <= {self.type.most_bytes}"
            parts.append(f"CONSTRAINT {BYTES}{digest} CHECK ({check})")
        return " ".join(parts)


@dataclass
class Table:
    """What stands in the parentheses, and the keys: ``pk``, ``dist`` and ``sort``."""

    columns: list[Column] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add_key(self, kind: str, columns: tuple[str, ...]) -> None:
        """Note a key. Raises RefusedError for a second one of its kind."""
        if kind in self.keys and kind != "sort":
            raise refused("Cannot specify more than one distribution key" if kind == "dist" else "two keys")
        self.keys[kind] = self.keys.get(kind, ()) + columns

    @property
    def sql(self) -> str:
        """All of it for PostgreSQL; empty where the query after AS gives the columns."""
        if not self.columns and not self.others:
            return ""
        self._check_keys()
        for column in self.columns:
            if column.name in self.keys.get("pk", ()) and "NOT NULL" not in column.rest:
                column.rest.append("NOT NULL")
        checks = [
            f"CONSTRAINT ess_{kind}_{number} CHECK ({_always(names)})"
            for number, (kind, names) in enumerate(self.keys.items())
        ]
        return f" ({', '.join([*self.others, *(column.sql for column in self.columns), *checks])})"

    def _check_keys(self) -> None:
        known = {column.name for column in self.columns}
        for names in self.keys.values():
            for name in names:
                if name not in known and not self.others:
                    raise refused(f'column "{name}" named in key does not exist', "42703")


def _always(names: Sequence[str]) -> str:
    return f"(row({', '.join(map(identifier, names))}) IS NULL) IS NOT NULL"


def create_table(tokens: Sequence[Token]) -> str:
    """The same for PostgreSQL. Raises RefusedError for what Redshift does not take."""
    cursor, table = Cursor(tokens), Table()
    cursor.expect("CREATE")
    cursor.take("LOCAL")
    temporary = cursor.take("TEMP") or cursor.take("TEMPORARY")
    cursor.expect("TABLE")
    exists = " IF NOT EXISTS" if cursor.take("IF", "NOT", "EXISTS") else ""
    name = cursor.qualified()
    if cursor.word == "(":
        for element in by_commas(cursor.parenthesized()):
            _read_element(Cursor(element), table)
    query = _read_attributes(cursor, table)
    kind = "TEMP" if temporary or name.last.startswith("#") else "UNLOGGED"  # no crash is survived anyway
    return f"CREATE {kind} TABLE{exists} {name.sql}{table.sql}{query}"


def read_column(cursor: Cursor, table: Table) -> None:
    """The definition of a column, up to its end."""
    column = Column(_column_name(cursor), read_type(cursor))
    table.columns.append(column)
    while not cursor.done:
        if not _took_attribute(cursor, column, table):
            _take_plain(cursor, column)


def _column_name(cursor: Cursor) -> str:
    if cursor.word in RESERVED:
        cursor.fail()
    return cursor.name()


def _read_element(cursor: Cursor, table: Table) -> None:
    if cursor.take("CONSTRAINT"):
        cursor.name()
    if cursor.take("LIKE"):
        name = cursor.qualified()
        table.others.append(f"LIKE {name.sql} {joined(cursor.rest())} INCLUDING CONSTRAINTS")
    elif cursor.take("PRIMARY", "KEY"):
        table.add_key("pk", cursor.names())
    elif cursor.word not in ("UNIQUE", "FOREIGN"):
        read_column(cursor, table)


def _took_attribute(cursor: Cursor, column: Column, table: Table) -> bool:
    for words, kind in _KEYS.items():
        if cursor.take(*words):
            table.add_key(kind, (column.name,))
            return True
    if cursor.take("ENCODE") or cursor.take("COLLATE"):
        cursor.next()
    elif cursor.take("REFERENCES"):
        cursor.qualified()
        if cursor.word == "(":
            cursor.names()
    elif cursor.take("IDENTITY"):
        column.rest.append(_identity("ALWAYS", cursor))
    elif cursor.take("GENERATED", "BY", "DEFAULT", "AS", "IDENTITY"):
        column.rest.append(_identity("BY DEFAULT", cursor))
    else:
        return cursor.take("UNIQUE")
    return True


def _take_plain(cursor: Cursor, column: Column) -> None:
    """NULL, NOT NULL, and DEFAULT with its expression."""
    if cursor.take("NOT", "NULL"):
        column.rest.append("NOT NULL")
    elif cursor.take("DEFAULT"):
        column.rest.append(f"DEFAULT {joined(_default(cursor))}")
    else:
        cursor.expect("NULL")


def _default(cursor: Cursor) -> list[Token]:
    """An expression up to the next attribute of the column."""
    found = [*expression([cursor.next()])]
    ends = ("NOT", "NULL", "ENCODE", "DISTKEY", "SORTKEY", "PRIMARY", "UNIQUE", "REFERENCES", "COLLATE", "")
    while cursor.word not in ends:
        if cursor.word == "(":
            inner = expression(cursor.parenthesized())
            found += [Token(Kind.SIGN, "("), *inner, Token(Kind.SIGN, ")")]
        else:
            found.append(cursor.next())
    return found


def _identity(how: str, cursor: Cursor) -> str:
    start, step = (joined(part) for part in by_commas(cursor.parenthesized()))
    return f"GENERATED {how} AS IDENTITY (START WITH {start} INCREMENT BY {step})"


def _read_attributes(cursor: Cursor, table: Table) -> str:
    """What stands behind the parentheses; returns the query after AS, if there is one."""
    while not cursor.done:
        if cursor.take("AS"):
            return f" AS {joined(expression(cursor.rest()))}"
        _read_attribute(cursor, table)
    return ""


def _read_attribute(cursor: Cursor, table: Table) -> None:
    _ = cursor.take("COMPOUND") or cursor.take("INTERLEAVED")
    if cursor.take("BACKUP") or cursor.take("ENCODE"):
        cursor.next()
    elif cursor.take("DISTSTYLE"):
        if cursor.next().word not in ("AUTO", "EVEN", "ALL", "KEY"):
            cursor.fail()
    elif cursor.take("DISTKEY"):
        table.add_key("dist", cursor.names())
    elif not cursor.take("SORTKEY", "AUTO"):
        cursor.expect("SORTKEY")
        table.add_key("sort", cursor.names())
