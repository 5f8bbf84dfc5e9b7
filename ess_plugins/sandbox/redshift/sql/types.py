"""Column types: what PostgreSQL calls them, and Redshift's defaults and limits.

Source: https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html
"""

from dataclasses import dataclass

from ess_plugins.sandbox.redshift.sql.cursor import Cursor, by_commas
from ess_plugins.sandbox.redshift.sql.tokens import Token, joined, refused

_LONGEST = {"varchar": 65535, "char": 4096}
_VARCHAR = frozenset({"VARCHAR", "CHARACTER VARYING", "NVARCHAR", "CHAR VARYING", "TEXT"})
_CHAR = frozenset({"CHAR", "CHARACTER", "NCHAR", "BPCHAR"})
_OTHER_NAMES = {"VARBYTE": "bytea", "VARBINARY": "bytea", "BINARY VARYING": "bytea", "DATETIME": "timestamp"}
_UNKNOWN = frozenset(
    {
        "BYTEA",
        "SERIAL",
        "BIGSERIAL",
        "JSON",
        "JSONB",
        "UUID",
        "INET",
        "MONEY",
        "XML",
        "HSTORE",
        "BIT",
        "ENUM",
        "INT128",
        "TSVECTOR",
        "ARRAY",
    }
)
_TWO_WORDS = (("DOUBLE", "PRECISION"), ("CHARACTER", "VARYING"), ("CHAR", "VARYING"), ("BINARY", "VARYING"))
_MOST_DIGITS = 38


@dataclass(frozen=True)
class ColumnType:
    """``sql`` is for PostgreSQL; ``most_bytes`` is what a value may take, 0 where nothing says so."""

    sql: str
    most_bytes: int = 0


def read_type(cursor: Cursor) -> ColumnType:
    """The type that comes next. Raises RefusedError for one that Redshift has not."""
    word = _words(cursor)
    given = cursor.parenthesized() if cursor.word == "(" else []
    word += _zone(cursor, word)
    if word in _VARCHAR:
        return _text("varchar", given, 256)
    if word in _CHAR:
        return _text("char", given, 256 if word == "BPCHAR" else 1)
    if word in ("NUMERIC", "DECIMAL"):
        return _decimal(given)
    if word in _UNKNOWN:
        raise refused(f'Column type "{word.lower()}" is not supported.', "0A000")
    if word in _OTHER_NAMES:
        return ColumnType(_OTHER_NAMES[word])
    return ColumnType(word.lower() + (f"({joined(given)})" if given else ""))


def _words(cursor: Cursor) -> str:
    for words in _TWO_WORDS:
        if cursor.take(*words):
            return " ".join(words)
    return cursor.name().upper()


def _zone(cursor: Cursor, word: str) -> str:
    if word in ("TIMESTAMP", "TIME"):
        if cursor.take("WITH", "TIME", "ZONE"):
            return "TZ"
        cursor.take("WITHOUT", "TIME", "ZONE")
    return ""


def _text(kind: str, given: list[Token], default: int) -> ColumnType:
    longest = _LONGEST[kind]
    text = joined(given).upper()
    size = default if not given else longest if text == "MAX" else _whole(text)
    if not 0 < size <= longest:
        raise refused(f"length for type {kind} cannot exceed {longest}", "22023")
    return ColumnType(f"{kind}({size})", size)


def _decimal(given: list[Token]) -> ColumnType:
    numbers = [_whole(joined(part)) for part in by_commas(given)] if given else [18, 0]
    if numbers[0] > _MOST_DIGITS:
        raise refused(f"DECIMAL precision {numbers[0]} must be between 1 and {_MOST_DIGITS}", "22023")
    return ColumnType(f"numeric({', '.join(map(str, numbers))})")


def _whole(text: str) -> int:
    if not text.isdigit():
        raise refused(f'syntax error at or near "{text}"')
    return int(text)
