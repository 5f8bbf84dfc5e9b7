"""Names and text as Redshift's SQL has them; nothing of a user's gets into SQL but through here.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/r_names.html for names; Redshift takes a backslash in
any string for an escape, as in the examples of https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

import re
import string
from collections.abc import Iterable
from dataclasses import dataclass

from ess_core.errors import UsageError
from ess_plugins.redshift.sql.lexical import QUOTED, WORD

MOST_NAME_BYTES = 127

_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_PART = re.compile(rf"\s*(?:(?P<quoted>{QUOTED})|(?P<bare>{WORD}))\s*", re.DOTALL)
_PLAIN = re.compile("[a-z_][a-z0-9_]*")
_HINT = 'a table is NAME or SCHEMA.NAME; one with other characters is written in double quotes: "my table"'


def folded(name: str) -> str:
    """The name as Redshift keeps it: A to Z become small, also in quotes, and other letters stay."""
    return name.translate(_FOLD)


def ident(name: str) -> str:
    """A name as SQL has it. Raises UsageError for one that Redshift has no room for, or that is no text."""
    what = f"the name {_shown(name)}"
    if not name:
        raise UsageError("a name is empty")
    length = len(_checked(name, what).encode())
    if length > MOST_NAME_BYTES:
        raise UsageError(f"{what} has {length} bytes, and Redshift takes {MOST_NAME_BYTES}")
    return '"' + folded(name).replace('"', '""') + '"'


def idents(names: Iterable[str]) -> str:
    """Names as SQL has them, with commas between. Raises UsageError as ``ident``."""
    return ", ".join(map(ident, names))


def lit(text: str) -> str:
    """Text as SQL has it. Raises UsageError for what is no text to Redshift."""
    escaped = _checked(text, f"the value {_shown(text)}").replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


@dataclass(frozen=True, slots=True)
class TableName:
    """A table and its schema, both as Redshift keeps them; ``str`` is what SQL has."""

    schema: str
    table: str

    def __str__(self) -> str:
        return f"{ident(self.schema)}.{ident(self.table)}"

    @property
    def title(self) -> str:
        """It as a person writes it: in quotes only where it needs them."""
        parts = (self.schema, self.table)
        return ".".join(part if _PLAIN.fullmatch(part) else ident(part) for part in parts)


def table_name(text: str, schema: str = "public") -> TableName:
    """The table that a user names: ``sales``, ``web.sales``, ``web."ta.ble"``; ``schema`` where it has none.

    Raises UsageError for what is no name; quotes make any text one.
    """
    parts = _parts(text)
    if len(parts) > 2:
        raise UsageError(
            f"{_shown(text)} has {len(parts)} parts", "a table is NAME or SCHEMA.NAME of the database in use"
        )
    named = TableName(*map(folded, (schema, *parts)[-2:]))
    _ = str(named)  # Redshift has room for both
    return named


def check_columns(names: Iterable[str]) -> None:
    """Raise UsageError where Redshift could not have all of these in one table."""
    seen: dict[str, str] = {}
    for name in names:
        key = ident(name)
        if key in seen:
            raise UsageError(
                f"columns {_shown(seen[key])} and {_shown(name)} have the same name in Redshift",
                "it does not tell A from a: give one of them another name in the columnspec",
            )
        seen[key] = name


def _parts(text: str) -> list[str]:
    """The names between the points."""
    parts, at = [], 0
    while True:
        found = _PART.match(text, at)
        if not found:
            raise UsageError(f"{_shown(text)} is no name of a table", _HINT)
        quoted = found["quoted"]
        parts.append(quoted[1:-1].replace('""', '"') if quoted else found["bare"])
        at = found.end() + 1
        if at > len(text):
            return parts
        if text[at - 1] != ".":
            raise UsageError(f"{_shown(text)} is no name of a table", _HINT)


def _checked(text: str, what: str) -> str:
    """The same text. Raises UsageError where PostgreSQL's protocol or UTF-8 cannot have it."""
    if "\0" in text:
        raise UsageError(f"{what} has a NUL in it, which Redshift does not take")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{what} is not UTF-8") from None
    return text


def _shown(text: str) -> str:
    return repr(text if len(text) <= 140 else text[:139] + "…")
