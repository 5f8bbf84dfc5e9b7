"""One text, block by block, into Parquet files and rejects."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from ess_core.tables import casts, loads
from ess_core.tables.blocks import Block, Blocks
from ess_core.tables.engine import connect
from ess_core.tables.loads import Loaded
from ess_core.tables.parts import RAW_CHARACTERS, REJECT_COLUMNS, CleanTask, Part
from ess_core.tables.sqltext import literal
from ess_core.tables.starts import lines_before

_FORMAT = "(format parquet, compression zstd)"
_FETCHED = 1000


@dataclass(slots=True)
class _Counts:
    read: int = 0
    kept: int = 0
    rejected: int = 0
    recoded: int = 0


class MemberCleaner:
    """Cleans one text into files in ``work`` whose names begin with ``stem``; a context manager."""

    def __init__(self, task: CleanTask, work: Path, stem: str, source: str, member: str) -> None:
        self._dialect = task.recipe.dialect
        self._columns = task.recipe.columns
        self._width = len(self._columns.columns)
        names = self._dialect.names if len(self._dialect.names) == self._width else ()
        point = self._dialect.decimal
        self._values = casts.values(self._columns, point)
        self._wrong = casts.first_wrong(self._columns, point, names)
        self._work, self._stem = work, stem
        self._source, self._member = source, member
        self._paths: list[str] = []
        self._counts = _Counts()
        self._db = connect(work, task.memory_mb)
        self._text = work / "block.csv"
        self._rejects_text = work / "rejects.csv"
        self._rejects_file = self._rejects_text.open("w", encoding="utf-8", errors="replace", newline="")
        self._rejects = csv.writer(self._rejects_file, quoting=csv.QUOTE_ALL, lineterminator="\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._rejects_file.close()
        self._db.close()

    def clean(self, stream: BinaryIO) -> Part:
        """All blocks of the stream."""
        blocks = Blocks(stream, self._dialect.encoding)
        carried, first = b"", True
        for block, last in _with_last(iter(blocks)):
            line = block.first_line - carried.count(b"\n")
            if block.too_long:
                self._block(carried, line, final=True)
                self._broken(block.first_line, "a line of more than 32 MB", block.data.decode())
                carried = b""
                continue
            self._counts.recoded += block.recoded_lines
            joined = carried + block.data
            if first:
                joined, line = self._begin(joined, line)
            first = False
            carried = self._block(joined, line, final=last)
        return self._part(blocks.damage)

    def _begin(self, data: bytes, line: int) -> tuple[bytes, int]:
        """The first block without what comes before its rows."""
        count = lines_before(data[: 1 << 20].decode(errors="replace").split("\n"), self._dialect)
        rest = data.split(b"\n", count)[-1]
        return rest, line + count

    def _block(self, data: bytes, line: int, *, final: bool) -> bytes:
        """Clean whole lines; what comes back belongs to the next block."""
        if not data.strip(b"\r\n"):
            return b""
        loaded = loads.quickly(self._db, self._text, data, self._dialect, self._width)
        if loaded and (loaded.place or not self._count_wrong()):
            self._keep(loaded, data, line)
            return b""
        lines = data.decode().split("\n")
        lines.pop()
        loaded = loads.carefully(self._db, self._text, lines, self._dialect, self._width, final=final)
        self._keep(loaded, data, line)
        return b"" if loaded.used is None else "\n".join([*lines[loaded.used :], ""]).encode()

    def _count_wrong(self) -> int:
        return loads.number(self._db, f"select count(*) from t where {self._wrong} is not null")

    def _keep(self, loaded: Loaded, data: bytes, line: int) -> None:
        """Write what is right in ``t``, and why the rest is not."""
        lines: list[bytes] = data.split(b"\n") if loaded.broken else []
        for row in loaded.broken:
            self._broken(line + row.line, row.why, _raw(lines, row.line, row.lines))
        wrong = self._count_wrong() if loaded.place else 0
        if wrong:
            self._reject(loaded.place, data, line)
        kept = self._write(f" where {self._wrong} is null" if wrong else "")
        assert loaded.rows == kept + wrong, f"{loaded.rows} rows: {kept} kept, {wrong} rejected"
        self._counts.read += loaded.rows
        self._counts.kept += kept
        self._counts.rejected += wrong

    def _reject(self, place: str, data: bytes, line: int) -> None:
        """Write down the rows with a wrong cell."""
        cells = ", ".join(casts.raw_name(at) for at in range(self._width))
        found = self._db.execute(
            f"select {place}, wrong, [{cells}][wrong + 1] "
            f"from (select *, rowid, {self._wrong} as wrong from t) where wrong is not null order by 1"
        )
        lines = data.split(b"\n")
        while rows := found.fetchmany(_FETCHED):
            for at, size, wrong, cell in rows:
                self._wrong_cell(line + at, wrong, cell, _raw(lines, at, size))

    def _wrong_cell(self, line: int, wrong: int, cell: str, raw: str) -> None:
        if wrong == casts.HEADER:
            self._write_reject(line, "", "the header again", raw)
            return
        column = self._columns.columns[wrong]
        self._write_reject(line, column.name, casts.reason(column, cell, self._dialect.decimal), raw)

    def _broken(self, line: int, why: str, raw: str) -> None:
        self._counts.read += 1
        self._counts.rejected += 1
        self._write_reject(line, "", why, raw)

    def _write_reject(self, line: int, column: str, why: str, raw: str) -> None:
        self._rejects.writerow((self._source, self._member, line, column, why, raw[:RAW_CHARACTERS]))

    def _write(self, where: str) -> int:
        """A Parquet file of the rows of ``t``; how many there are."""
        return self._copy(f"select {self._values} from t{where}")

    def _copy(self, query: str) -> int:
        path = self._work / f"{self._stem}-{len(self._paths)}.parquet"
        self._paths.append(str(path))
        return self._export(query, path)

    def _export(self, query: str, path: Path) -> int:
        found = self._db.execute(f"copy ({query}) to {literal(str(path))} {_FORMAT}").fetchone()
        assert found, "copy says how many"
        return int(found[0])

    def _part(self, damage: str) -> Part:
        if not self._paths:
            cells = ", ".join(f"'' as {casts.raw_name(at)}" for at in range(self._width))
            self._copy(f"select {self._values} from (select {cells}) where false")
        rejects = self._work / f"{self._stem}-rejects.parquet"
        self._rejects_file.close()
        columns = ", ".join(f"'{name}': '{_KINDS.get(name, 'VARCHAR')}'" for name in REJECT_COLUMNS)
        written = self._export(
            f"select * from read_csv({literal(str(self._rejects_text))}, auto_detect=false, "
            f"header=false, delim=',', quote='\"', escape='\"', new_line='\\n', columns={{{columns}}}, "
            "allow_quoted_nulls=false, parallel=false, max_line_size=4194304)",
            rejects,
        )
        counts = self._counts
        assert written == counts.rejected, f"{written} rejects are not {counts.rejected}"
        assert counts.read == counts.kept + counts.rejected, f"{counts} do not add up"
        return Part(
            self._member,
            tuple(self._paths),
            str(rejects),
            counts.read,
            counts.kept,
            counts.rejected,
            counts.recoded,
            damage,
        )


_KINDS = {"line": "UBIGINT"}


def _raw(lines: list[bytes], at: int, count: int) -> str:
    return b"\n".join(lines[at : at + count]).removesuffix(b"\r").decode()


def _with_last(blocks: Iterator[Block]) -> Iterator[tuple[Block, bool]]:
    """Each block and whether it is the last one."""
    held = next(blocks, None)
    while held:
        following = next(blocks, None)
        yield held, following is None
        held = following
