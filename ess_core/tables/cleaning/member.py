"""One text, block by block, into Parquet files and rejects."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from ess_core.tables.cleaning import casts, loads
from ess_core.tables.cleaning.layout import Layout, layout
from ess_core.tables.cleaning.rejects import Rejects
from ess_core.tables.cleaning.typed import Typed, Wrong
from ess_core.tables.dialect import Shape
from ess_core.tables.parts import Part, Recipe
from ess_core.tables.reading.blocks import Blocks
from ess_core.tables.reading.records import Record
from ess_core.tables.reading.starts import LOOKED_AT, start
from ess_core.tables.reading.values import Values

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Item = TypeVar("Item")

_BEGINNING_BYTES = 1 << 20
_PORTION_BYTES = 1 << 21
_TOO_LONG = "a line of more than 32 MB"


class MemberCleaner:
    """Cleans one text into files in ``work`` whose names begin with ``stem``."""

    def __init__(
        self,
        recipe: Recipe,
        work: Path,
        stem: str,
        db: "DuckDBPyConnection",
        rejects: Rejects,
        lines: bool = False,
        fills: bool = False,
    ) -> None:
        self._recipe = recipe
        self._says_lines, self._fills = lines, fills
        self._filled = 0
        self._work, self._stem = work, stem
        self._db = db
        self._rejects = rejects
        self._text = work / "block.csv"
        self._paths: list[str] = []
        self._lines: Sequence[int] = ()
        self._first_line = 1
        self._read = self._kept = self._recoded = 0
        self._set(layout(recipe, ()))

    def clean(self, stream: BinaryIO, member: str) -> Part:
        """All blocks of the stream."""
        dialect = self._recipe.dialect
        blocks = (Values if dialect.shape is Shape.VALUES else Blocks)(stream, dialect.encoding)
        carried, first = b"", True
        for block, last in _with_last(iter(blocks)):
            line = block.first_line - carried.count(b"\n")
            if block.too_long:
                self._block(carried, line, final=True)
                self._broken(block.first_line, _TOO_LONG, block.data.decode())
                carried = b""
                continue
            self._recoded += block.recoded_lines
            self._lines, self._first_line = block.lines, block.first_line
            joined = carried + block.data
            if first:
                joined, line = self._begin(joined, line)
            first = False
            carried = self._block(joined, line, final=last)
        return self._part(member, blocks.damage)

    def _set(self, found: Layout) -> None:
        self._layout = found
        self._typed = Typed(self._db, self._recipe, found, self._says_lines)

    def _begin(self, data: bytes, line: int) -> tuple[bytes, int]:
        """The first block without what comes before its rows."""
        lines = data[:_BEGINNING_BYTES].decode(errors="replace").split("\n", LOOKED_AT)
        found = start(lines, self._recipe.dialect, self._layout.width)
        self._set(layout(self._recipe, found.header))
        rest = data.split(b"\n", found.lines)[-1] if found.lines else data
        return rest, line + found.lines

    def _block(self, data: bytes, line: int, *, final: bool) -> bytes:
        """Clean whole lines; what comes back belongs to the next block."""
        if self._quickly(data, line):
            return b""
        carried = b""
        for portion, last in _with_last(_portions(data)):
            carried = self._portion(carried + portion, line - carried.count(b"\n"), final=final and last)
            line += portion.count(b"\n")
        return carried

    def _portion(self, data: bytes, line: int, *, final: bool) -> bytes:
        """The same of some lines of a block: a damaged one slows down no others, and rows take memory."""
        if self._quickly(data, line):
            return b""
        lines = data.decode().split("\n")
        lines.pop()
        loaded = loads.carefully(
            self._text, lines, self._recipe.dialect, self._layout.width, final=final, fills=self._fills
        )
        self._filled += loaded.filled
        path = self._path()
        kept, wrong = self._typed.write(loaded, path, self._places(line))
        assert kept + wrong == loaded.rows, f"{loaded.rows} rows: {kept} kept, {wrong} rejected"
        self._take(path, kept, wrong)
        self._reject(loaded.broken, wrong, data, line)
        return b"" if loaded.used is None else "\n".join([*lines[loaded.used :], ""]).encode()

    def _quickly(self, data: bytes, line: int) -> bool:
        """Clean the lines as they are; False where that cannot be, and nothing has come of it."""
        import duckdb

        if data[:1] in (b"", b"\r", b"\n") and not data.strip(b"\r\n"):
            return True
        path, width = self._path(), self._layout.width
        loaded = loads.quickly(self._text, data, self._recipe.dialect, width)
        if not loaded:
            return False
        try:
            kept, wrong = self._typed.write(loaded, path, self._places(line))
        except duckdb.Error:
            return False
        if kept + wrong != loaded.rows and (
            wrong or self._says_lines or not loads.is_folded(self._db, loaded, width, kept)
        ):
            return False
        self._take(path, kept, wrong)
        self._reject((), wrong, data, line)
        return True

    def _path(self) -> Path:
        return self._work / f"{self._stem}-{len(self._paths)}.parquet"

    def _take(self, path: Path, kept: int, wrong: int) -> None:
        """Count a file of rows."""
        self._paths.append(str(path))
        self._read += kept + wrong
        self._kept += kept

    def _reject(self, broken: Sequence[Record], wrong: int, data: bytes, line: int) -> None:
        """Write down which rows are not in the file, and why."""
        if not broken and not wrong:
            return
        lines = data.split(b"\n")
        for row in broken:
            self._broken(self._place(line, row.line), row.why, self._raw(lines, row.line, row.lines))
        for found in self._typed.wrong() if wrong else ():
            raw = self._raw(lines, found.line, found.lines)
            self._wrong(self._place(line, found.line), found, raw)

    def _places(self, first: int) -> str:
        """SQL for what ``_place`` says of ``line``."""
        if not (self._lines and self._says_lines):
            return f"{first} + line"
        path = self._work / "lines.csv"
        path.write_text("".join(f"{line}\n" for line in self._lines[first - self._first_line :]))
        return f"{loads.listed(path)}[line::BIGINT + 1]"

    def _place(self, first: int, at: int) -> int:
        """The line in the text of the line that is so many after ``first``."""
        return self._lines[first - self._first_line + at] if self._lines else first + at

    def _raw(self, lines: list[bytes], at: int, count: int) -> str:
        raw = b"\n".join(lines[at : at + count]).removesuffix(b"\r").decode()
        return raw.replace("\r", "\n").strip() if self._lines else raw

    def _wrong(self, line: int, found: Wrong, raw: str) -> None:
        if found.column == casts.HEADER:
            self._rejects.add(line, "", "the header again", raw)
            return
        column = self._recipe.columns.columns[found.column]
        why = casts.reason(column, found.cell, self._recipe.dialect.decimal)
        self._rejects.add(line, column.name, why, raw)

    def _broken(self, line: int, why: str, raw: str) -> None:
        self._read += 1
        self._rejects.add(line, "", why, raw)

    def _part(self, member: str, damage: str) -> Part:
        if not self._paths:
            self._take(self._path(), 0, 0)
            self._typed.write_none(Path(self._paths[0]))
        return Part(
            member,
            tuple(self._paths),
            self._rejects.export(self._db, self._work / f"{self._stem}-rejects.parquet"),
            self._read,
            self._kept,
            self._rejects.count,
            self._recoded,
            damage,
            self._layout.note,
            self._filled,
        )


def _portions(data: bytes) -> Iterator[bytes]:
    """The lines, some at a time."""
    at = 0
    while at < len(data):
        end = data.find(b"\n", at + _PORTION_BYTES) + 1 or len(data)
        yield data[at:end]
        at = end


def _with_last(items: Iterator[Item]) -> Iterator[tuple[Item, bool]]:
    """Each item and whether it is the last one."""
    held = next(items, None)
    while held is not None:
        following = next(items, None)
        yield held, following is None
        held = following
