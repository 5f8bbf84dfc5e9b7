"""Text and names as SQL has them, and the two queries that are asked everywhere."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_GROUP_BYTES = 1 << 24  # DuckDB keeps a few of them in memory, and of rows 122,880 as long as they are less
INDEXES = "dictionary_size_limit 8192, write_bloom_filter false"
"""Options of Parquet: a dictionary of a column's values where there are not more, and nothing to look one up.

To look for more, and to write what tells that a value is not there, takes longer than it gains.
"""
_FORMAT = (
    f"(format parquet, parquet_version 'V2', compression zstd, compression_level 1, {INDEXES}, "
    f"row_group_size_bytes {_GROUP_BYTES})"
)

BLANKS = "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)"
"""The characters that may stand around a number or a date."""


def literal(text: str) -> str:
    """Text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def trimmed(text: str) -> str:
    """A text, given by the name of its column, without blanks around it; to look for them first is cheap."""
    may_have = f"{text} < '!' or {text}[-1] <= ' '"
    return f"case when {may_have} then trim({text}, {BLANKS}) else {text} end"


def number(db: "DuckDBPyConnection", query: str) -> int:
    """The one number that a query answers."""
    found = db.execute(query).fetchone()
    assert found, "an aggregate has one row"
    return int(found[0])


def copied(db: "DuckDBPyConnection", query: str, target: Path) -> int:
    """Write what a query answers as Parquet; how many rows it is."""
    return number(db, f"copy ({query}) to {literal(str(target))} {_FORMAT}")
