"""Parquet files as input: what columns one has, and its cells as text."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ess_core.files.damage import CorruptError
from ess_core.files.streams import CHUNK_BYTES
from ess_core.tables.columnspec import ColumnType
from ess_core.tables.engine import connect
from ess_core.tables.sqltext import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MAGIC = b"PAR1"
"""At both ends of a file. Source: https://parquet.apache.org/docs/file-format/"""

_TYPES = {
    ColumnType.INT32: ("TINYINT", "SMALLINT", "INTEGER"),
    ColumnType.UINT32: ("UTINYINT", "USMALLINT", "UINTEGER"),
    ColumnType.INT64: ("BIGINT",),
    ColumnType.UINT64: ("UBIGINT",),
    ColumnType.FLOAT: ("FLOAT", "DOUBLE"),
}
_FLOAT_DIGITS = 15  # that a double keeps, whatever they are
_NESTED = ("STRUCT(", "MAP(", "UNION(")
_SAMPLE_MEMORY_MB = 512
_PATH = re.compile(r""" ["'][^"']*\.parquet["']""")
_NO_ROOM = "No space left"


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a Parquet file, with DuckDB's name for its type."""

    name: str
    kind: str

    @property
    def type(self) -> ColumnType:
        """The type that takes all its values as they are; text where there is none."""
        if self.kind.startswith("DECIMAL("):
            digits = int(self.kind.removeprefix("DECIMAL(").split(",")[0])
            return ColumnType.FLOAT if digits <= _FLOAT_DIGITS else ColumnType.TEXT
        return next((mine for mine, theirs in _TYPES.items() if self.kind in theirs), ColumnType.TEXT)

    @property
    def text(self) -> str:
        """SQL for a cell as text: what has parts in JSON, bytes that are no UTF-8 as ``\\xNN``."""
        name = identifier(self.name)
        if self.kind.startswith(_NESTED) or self.kind.endswith("]"):
            return f"to_json({name})::VARCHAR"
        if self.kind == "BLOB":
            return f"coalesce(try(decode({name})), {name}::VARCHAR)"
        return f"{name}::VARCHAR"


def begins(head: bytes) -> bool:
    """True for the beginning of a Parquet file; it goes on with a number in binary, a text does not."""
    following = head[len(MAGIC) : len(MAGIC) + 1]
    return (
        head.startswith(MAGIC)
        and bool(following)
        and not chr(following[0]).isprintable()
        and not following.isspace()
    )


def spooled(stream: BinaryIO, path: Path, first: bytes = b"") -> None:
    """The stream after its ``first`` bytes as a file, as Parquet is read from its end. Raises as it."""
    with path.open("wb") as file:
        file.write(first)
        while piece := stream.read(CHUNK_BYTES):
            file.write(piece)


def confine(db: "DuckDBPyConnection", folder: Path) -> None:
    """Let the database read and write nothing but what is in ``folder``, whatever a file's footer names."""
    db.execute(f"set allowed_directories = [{literal(str(folder))}]")
    db.execute("set enable_external_access = false")
    db.execute("set TimeZone = 'UTC'")


def fields(db: "DuckDBPyConnection", path: Path) -> list[Field]:
    """The columns of a file, in its order."""
    found = db.execute(f"select column_name, column_type from (describe select * from {reader(path)})")
    return [Field(name, kind) for name, kind in found.fetchall()]


def reader(*paths: str | Path) -> str:
    """SQL for the table that files are, one after the other; no folder's name is a column of it."""
    listed = ", ".join(literal(str(path)) for path in paths)
    return f"read_parquet([{listed}], hive_partitioning=false)"


def inspected(sample: bytes) -> tuple[list[Field], list[tuple[str, ...]]]:
    """The columns of a small file and all its cells; null is empty text. Raises CorruptError."""
    with tempfile.TemporaryDirectory(prefix="ess-") as name, readable("the sample"):
        path = Path(name) / "sample.parquet"
        path.write_bytes(sample)
        with connect(Path(name), _SAMPLE_MEMORY_MB) as db:
            confine(db, Path(name))
            found = fields(db, path)
            cells = ", ".join(f"coalesce({field.text}, '')" for field in found)
            return found, db.execute(f"select {cells} from {reader(path)}").fetchall()


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Raise CorruptError where a file is not the Parquet that it should be."""
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        if _NO_ROOM in str(error):
            raise
        why = _PATH.sub("", str(error).strip().splitlines()[0].removeprefix("Invalid Input Error: "))
        raise CorruptError(f"{what} is corrupt: Parquet: {why}") from error
