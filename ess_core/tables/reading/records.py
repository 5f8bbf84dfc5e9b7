"""Lines as rows, whatever their shape: each row with the line it is in, or with what is wrong with it."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from ess_core.phrases import count
from ess_core.tables.dialect import Dialect, Shape
from ess_core.tables.reading import logs
from ess_core.tables.reading.objects import json_cells
from ess_core.tables.reading.quoting import BrokenError, OpenError, cells


@dataclass(slots=True)
class Record:
    """A row: its cells, or ``why`` it has none; ``line`` counts its first line from 0, ``lines`` are all.

    It was ``filled`` where it had too few cells.
    """

    line: int
    lines: int = 1
    cells: list[str] = field(default_factory=list)
    why: str = ""
    filled: bool = False


def records(
    lines: Sequence[str], dialect: Dialect, width: int = 0, *, final: bool = True, fills: bool = False
) -> Iterator[Record]:
    """The rows in ``lines``, blank lines left out.

    A ``width`` is how many cells a row must have; with ``fills`` those that it has not are empty. Raises
    OpenError at a row that may go on after the lines, where they are not ``final``.
    """
    if dialect.shape is not Shape.DELIMITED:
        yield from _by_line(lines, _splitter(dialect))
        return
    at, usual, widths = 0, 0 if fills else width, Counter[int]()
    while at < len(lines):
        if lines[at] in ("", "\r"):
            at += 1
            continue
        row = _delimited(lines, at, dialect, width, usual, final=final)
        if fills and 0 < len(row.cells) < width:
            row = Record(at, row.lines, row.cells + [""] * (width - len(row.cells)), filled=True)
        row = _checked(row, width)
        if not width and not row.why:
            widths[len(row.cells)] += 1
            ((usual, _),) = widths.most_common(1)
        yield row
        at += row.lines


def _delimited(
    lines: Sequence[str], at: int, dialect: Dialect, width: int, usual: int, *, final: bool
) -> Record:
    """One row; a broken one is one line, so that a quote left open does not swallow those after it."""
    try:
        found, used = cells(lines, at, dialect, usual)
    except BrokenError as error:
        return Record(at, why=str(error))
    except OpenError:
        if not final:
            raise
        return Record(at, why="a quote is not closed")
    while width and len(found) > width and not found[-1]:
        found.pop()  # delimiters at the end of the line, as spreadsheets leave them
    return Record(at, used, found)


def _checked(row: Record, width: int) -> Record:
    """The row, or that it is broken where it has another number of cells."""
    if row.why or not width or len(row.cells) == width:
        return row
    return Record(row.line, why=f"{count(len(row.cells), 'column')}, not {width}")


def _by_line(lines: Sequence[str], split: Callable[[str], list[str]]) -> Iterator[Record]:
    for at, line in enumerate(lines):
        if line in ("", "\r"):
            continue
        try:
            yield Record(at, cells=split(line.removesuffix("\r")))
        except ValueError as error:
            yield Record(at, why=str(error))


def _splitter(dialect: Dialect) -> Callable[[str], list[str]]:
    if dialect.shape is Shape.FIXED:
        return lambda line: fixed(line, dialect.starts)
    if dialect.shape is Shape.LOG:
        return lambda line: logs.split(line, dialect.log)
    return lambda line: json_cells(line, dialect.names)


def fixed(line: str, starts: Sequence[int]) -> list[str]:
    """The cells of a line of fixed width, without the blanks around them."""
    ends = (*starts[1:], None)
    return [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]
