"""The rows that were rejected, kept on disk until all are known."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ess_core.tables.parts import RAW_CHARACTERS, REJECT_COLUMNS
from ess_core.tables.sqltext import copied, identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LINE_BYTES = 1 << 22  # above the longest there can be


def _type(name: str) -> str:
    return "UBIGINT" if name == "line" else "VARCHAR"


_NONE = (
    f"select {', '.join(f'null::{_type(name)} as {identifier(name)}' for name in REJECT_COLUMNS)} where false"
)


class Rejects:
    """Takes rejected rows of one text one by one; a context manager."""

    def __init__(self, path: Path, source: str, member: str) -> None:
        self.count = 0
        self._path = path
        self._of = (source, member)
        self._file = path.open("w", encoding="utf-8", errors="replace", newline="")
        self._writer = csv.writer(self._file, quoting=csv.QUOTE_ALL, lineterminator="\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, line: int, column: str, why: str, raw: str) -> None:
        """Take the row that begins in ``line``; ``column`` is empty where the row as a whole is wrong."""
        self.count += 1
        self._writer.writerow((*self._of, line, column, why, raw[:RAW_CHARACTERS]))

    def export(self, db: "DuckDBPyConnection", target: Path) -> None:
        """Write them as Parquet, in the order of their lines."""
        self._file.close()
        written = copied(db, f"select * from {self._rows()} order by line" if self.count else _NONE, target)
        assert written == self.count, f"{written} rejects are not {self.count}"

    def _rows(self) -> str:
        columns = ", ".join(f"'{name}': '{_type(name)}'" for name in REJECT_COLUMNS)
        return (
            f"read_csv({literal(str(self._path))}, auto_detect=false, header=false, delim=',', "
            f"quote='\"', escape='\"', new_line='\\n', columns={{{columns}}}, allow_quoted_nulls=false, "
            f"parallel=false, max_line_size={_LINE_BYTES})"
        )
