"""Lines of a screen: names with their values, tables, the terminal they are for."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from ess_core.host.base import BaseCommand
from ess_core.host.escape import escape
from ess_core.host.terminal import columns, has_colour, has_utf8
from ess_plugins.data.calendar import Paper

_BETWEEN = "  "
_CUT = "…"


def paper(command: BaseCommand) -> Paper:
    """What the command's stdout can show."""
    return Paper(columns(), colour=has_colour(command.app.stdout), ascii=not has_utf8())


def facts(found: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A line for each name and value, the values below each other; a value may have several lines."""
    known = list(found)
    width = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        first, *more = value.split("\n")
        yield f"  {name.ljust(width)}{_BETWEEN}{escape(first)}".rstrip()
        for line in more:
            yield f"  {' ' * width}{_BETWEEN}{escape(line)}"


def table(
    heads: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[int] = (), indent: str = "  "
) -> Iterator[str]:
    """Cells below their heads; those of the columns in ``right`` are flush right."""
    cells = [[*heads], *([escape(cell) for cell in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    flush = set(right)
    for row in cells:
        padded = (
            _padded(cell, width, at in flush)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield (indent + _BETWEEN.join(padded)).rstrip()


def cut(text: str, width: int) -> str:
    """As much of a text as is that wide."""
    if _width(text) <= width:
        return text
    while text and _width(text) >= width:
        text = text[:-1]
    return text + _CUT


def _padded(cell: str, width: int, is_right: bool) -> str:
    blanks = " " * (width - _width(cell))
    return blanks + cell if is_right else cell + blanks


def _width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
