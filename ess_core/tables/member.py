"""One text, block by block, into Parquet files and rejects."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ess_core.tables import casts, loads
from ess_core.tables.blocks import Block, Blocks
from ess_core.tables.layout import Layout, layout
from ess_core.tables.loads import Loaded
from ess_core.tables.parts import Part, Recipe
from ess_core.tables.rejects import Rejects
from ess_core.tables.sqltext import copied, number
from ess_core.tables.starts import start

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FETCHED = 1000
_BEGINNING_BYTES = 1 << 20
_TOO_LONG = "a line of more than 32 MB"


class MemberCleaner:
    """Cleans one text into files in ``work`` whose names begin with ``stem``."""

    def __init__(
        self, recipe: Recipe, work: Path, stem: str, db: "DuckDBPyConnection", rejects: Rejects
    ) -> None:
        self._recipe = recipe
        self._work, self._stem = work, stem
        self._db = db
        self._rejects = rejects
        self._text = work / "block.csv"
        self._paths: list[str] = []
        self._read = self._kept = self._recoded = 0
        self._set(layout(recipe, ()))

    def clean(self, stream: BinaryIO, member: str) -> Part:
        """All blocks of the stream."""
        blocks = Blocks(stream, self._recipe.dialect.encoding)
        carried, first = b"", True
        for block, last in _with_last(iter(blocks)):
            line = block.first_line - carried.count(b"\n")
            if block.too_long:
                self._block(carried, line, final=True)
                self._broken(block.first_line, _TOO_LONG, block.data.decode())
                carried = b""
                continue
            self._recoded += block.recoded_lines
            joined = carried + block.data
            if first:
                joined, line = self._begin(joined, line)
            first = False
            carried = self._block(joined, line, final=last)
        return self._part(member, blocks.damage)

    def _set(self, found: Layout) -> None:
        columns, point = self._recipe.columns, self._recipe.dialect.decimal
        self._layout = found
        self._values = casts.values(columns, found, point)
        self._wrong = casts.first_wrong(columns, found, point)

    def _begin(self, data: bytes, line: int) -> tuple[bytes, int]:
        """The first block without what comes before its rows."""
        lines = data[:_BEGINNING_BYTES].decode(errors="replace").split("\n")
        found = start(lines, self._recipe.dialect, self._layout.width)
        self._set(layout(self._recipe, found.header))
        return data.split(b"\n", found.lines)[-1], line + found.lines

    def _block(self, data: bytes, line: int, *, final: bool) -> bytes:
        """Clean whole lines; what comes back belongs to the next block."""
        if not data.strip(b"\r\n"):
            return b""
        dialect, width = self._recipe.dialect, self._layout.width
        loaded = loads.quickly(self._db, self._text, data, dialect, width)
        if loaded and (loaded.place or not self._count_wrong()):
            self._keep(loaded, data, line)
            return b""
        lines = data.decode().split("\n")
        lines.pop()
        loaded = loads.carefully(self._db, self._text, lines, dialect, width, final=final)
        self._keep(loaded, data, line)
        return b"" if loaded.used is None else "\n".join([*lines[loaded.used :], ""]).encode()

    def _count_wrong(self) -> int:
        return number(self._db, f"select count(*) from t where {self._wrong} is not null")

    def _keep(self, loaded: Loaded, data: bytes, line: int) -> None:
        """Write what is right in ``t``, and why the rest is not."""
        lines = data.split(b"\n") if loaded.broken else []
        for row in loaded.broken:
            self._broken(line + row.line, row.why, _raw(lines, row.line, row.lines))
        wrong = self._count_wrong() if loaded.place else 0
        if wrong:
            self._reject(loaded.place, data, line)
        kept = self._copy(f"from t where {self._wrong} is null" if wrong else "from t")
        assert loaded.rows == kept + wrong, f"{loaded.rows} rows: {kept} kept, {wrong} rejected"
        self._read += loaded.rows
        self._kept += kept

    def _reject(self, place: str, data: bytes, line: int) -> None:
        """Write down the rows with a wrong cell."""
        found = self._db.execute(
            f"select {place}, wrong, {casts.raw_cells(self._layout)}[wrong + 1] "
            f"from (select *, rowid, {self._wrong} as wrong from t) where wrong is not null order by 1"
        )
        lines = data.split(b"\n")
        while rows := found.fetchmany(_FETCHED):
            for at, size, wrong, cell in rows:
                self._wrong_cell(line + at, wrong, cell, _raw(lines, at, size))

    def _wrong_cell(self, line: int, wrong: int, cell: str, raw: str) -> None:
        if wrong == casts.HEADER:
            self._rejects.add(line, "", "the header again", raw)
            return
        column = self._recipe.columns.columns[wrong]
        self._rejects.add(line, column.name, casts.reason(column, cell, self._recipe.dialect.decimal), raw)

    def _broken(self, line: int, why: str, raw: str) -> None:
        self._read += 1
        self._rejects.add(line, "", why, raw)

    def _copy(self, rows: str) -> int:
        """A Parquet file of these rows; how many there are."""
        path = self._work / f"{self._stem}-{len(self._paths)}.parquet"
        self._paths.append(str(path))
        return copied(self._db, f"select {self._values} {rows}", path)

    def _part(self, member: str, damage: str) -> Part:
        if not self._paths:
            cells = ", ".join(f"'' as {casts.raw_name(at)}" for at in range(self._layout.width))
            self._copy(f"from (select {cells}) where false")
        path = self._work / f"{self._stem}-rejects.parquet"
        self._rejects.export(self._db, path)
        read, kept, rejected = self._read, self._kept, self._rejects.count
        assert read == kept + rejected, f"{read} rows read: {kept} kept, {rejected} rejected"
        return Part(
            member,
            tuple(self._paths),
            str(path),
            read,
            kept,
            rejected,
            self._recoded,
            damage,
            self._layout.note,
        )


def _raw(lines: list[bytes], at: int, count: int) -> str:
    return b"\n".join(lines[at : at + count]).removesuffix(b"\r").decode()


def _with_last(blocks: Iterator[Block]) -> Iterator[tuple[Block, bool]]:
    """Each block and whether it is the last one."""
    held = next(blocks, None)
    while held:
        following = next(blocks, None)
        yield held, following is None
        held = following
