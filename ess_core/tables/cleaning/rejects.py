"""The rows that were rejected, kept on disk until all are known."""

import csv
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from heapq import merge
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ess_core.tables.parts import RAW_CHARACTERS, REJECT_COLUMNS
from ess_core.tables.sqltext import copied, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LINE_BYTES = 1 << 20  # above the longest there can be; DuckDB takes a multiple of it as memory


class Rejects:
    """Takes rejected rows of one text one by one; a context manager.

    Those that are broken and those with a wrong cell each come in the order of their lines, but not both
    together. So rows are kept in runs that are in order, as few as there can be, and merged at the end:
    DuckDB would sort them all in memory.
    """

    def __init__(self, path: Path, source: str, member: str) -> None:
        self.count = 0
        self._path = path
        self._of = (source, member)
        self._runs: list[_Run] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for run in self._runs:
            run.close()

    def add(self, line: int, column: str, why: str, raw: str) -> None:
        """Take the row that begins in ``line``; ``column`` is empty where the row as a whole is wrong."""
        self.count += 1
        run = next((run for run in self._runs if run.last <= line), None)
        if not run:
            run = _Run(self._path.with_name(f"{self._path.name}-{len(self._runs)}"))
            self._runs.append(run)
        run.add(line, (*self._of, line, column, why, raw[:RAW_CHARACTERS]))

    def export(self, db: "DuckDBPyConnection", target: Path) -> str:
        """Write them as Parquet, in the order of their lines; the path, empty where there are none."""
        if not self.count:
            return ""
        written = copied(db, _rows(self._merged()), target)
        assert written == self.count, f"{written} rejects are not {self.count}"
        return str(target)

    def _merged(self) -> Path:
        first, *others = self._runs
        if not others:
            return first.done()
        merged = _Run(self._path)
        with ExitStack() as stack:
            for row in merge(*(stack.enter_context(run.read()) for run in self._runs), key=_line):
                merged.add(0, row)
        return merged.done()


class _Run:
    """Rows in the order of their lines, in a file; ``last`` is the line of the last one."""

    def __init__(self, path: Path) -> None:
        self.last = 0
        self._path = path
        self._file = path.open("w", encoding="utf-8", errors="replace", newline="")
        self._writer = csv.writer(self._file, quoting=csv.QUOTE_ALL, lineterminator="\n")

    def add(self, line: int, row: Iterable[object]) -> None:
        self.last = line
        self._writer.writerow(row)

    def done(self) -> Path:
        """The file, whole."""
        self.close()
        return self._path

    @contextmanager
    def read(self) -> Iterator[Iterator[list[str]]]:
        """The rows."""
        with self.done().open(encoding="utf-8", newline="") as file:
            yield csv.reader(file)

    def close(self) -> None:
        self._file.close()


def _line(row: list[str]) -> int:
    return int(row[REJECT_COLUMNS.index("line")])


def _rows(path: Path) -> str:
    types = {name: "UBIGINT" if name == "line" else "VARCHAR" for name in REJECT_COLUMNS}
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    return (
        f"select * from read_csv({literal(str(path))}, auto_detect=false, header=false, delim=',', "
        f"quote='\"', escape='\"', new_line='\\n', columns={{{columns}}}, allow_quoted_nulls=false, "
        f"parallel=false, max_line_size={_LINE_BYTES})"
    )
