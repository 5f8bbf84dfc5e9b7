"""The columnspec: ``S:name I:articleID F:price X IP:addr``, what each column of a file is."""

import re
from dataclasses import dataclass
from enum import Enum
from itertools import accumulate

from ess_core.errors import UsageError


class ColumnType(Enum):
    """A column's type, by the letters that stand for it."""

    TEXT = "S"
    UINT32 = "I"
    INT32 = "IS"
    UINT64 = "L"
    INT64 = "LS"
    FLOAT = "F"
    IP = "IP"
    SKIP = "X"

    @property
    def duckdb(self) -> str:
        """DuckDB's name for it; an address is text, as its own type needs an extension."""
        return _DUCKDB[self]

    @property
    def is_whole(self) -> bool:
        """True for the whole numbers."""
        return self in _WHOLE


_DUCKDB = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.UINT32: "UINTEGER",
    ColumnType.INT32: "INTEGER",
    ColumnType.UINT64: "UBIGINT",
    ColumnType.INT64: "BIGINT",
    ColumnType.FLOAT: "DOUBLE",
    ColumnType.IP: "VARCHAR",
    ColumnType.SKIP: "VARCHAR",
}
_WHOLE = (ColumnType.UINT32, ColumnType.INT32, ColumnType.UINT64, ColumnType.INT64)

HINT = "a column is TYPE:name; the types are S text, I IS L LS whole numbers, F float, IP, X skip"
_TOKEN = re.compile(
    r"""(?P<type>[A-Za-z]+)
        (?P<attributes>(?:,[^\s:",]+)*)
        (?::(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>[^\s"]+)))?
        (?=\s|$)""",
    re.VERBOSE,
)
_WIDTH = re.compile("(?:w=)?([1-9][0-9]{0,6})")
_BARE = re.compile(r'[^\s"]+')
_BLANK = re.compile(r"\s*")
_NOT_BLANK = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, its name (a skipped one may have none), its attributes as written."""

    type: ColumnType
    name: str = ""
    attributes: tuple[str, ...] = ()

    def __str__(self) -> str:
        kind = ",".join((self.type.value, *self.attributes))
        if not self.name:
            return kind
        bare = _BARE.fullmatch(self.name)
        return f"{kind}:{self.name}" if bare else f'{kind}:"{self.name.replace(chr(34), chr(34) * 2)}"'

    @property
    def width(self) -> int:
        """How many characters it has in lines of fixed width, by an attribute ``w=8`` or ``8``; else 0."""
        return next((int(width[1]) for one in self.attributes if (width := _WIDTH.fullmatch(one))), 0)


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """The columns of a file, in its order; ``str`` writes what ``parse`` reads."""

    columns: tuple[Column, ...]

    def __str__(self) -> str:
        return " ".join(map(str, self.columns))

    @property
    def kept(self) -> tuple[Column, ...]:
        """The columns that a table has."""
        return tuple(column for column in self.columns if column.type is not ColumnType.SKIP)

    @property
    def starts(self) -> tuple[int, ...]:
        """Where columns that have a width begin, from 0; empty where none has. The last one needs none."""
        widths = [column.width for column in self.columns]
        return tuple(accumulate(widths[:-1], initial=0)) if any(widths) else ()


def parse(text: str) -> ColumnSpec:
    """The columns of a columnspec. Raises UsageError, which says where it is wrong."""
    columns = []
    at = _skip_blank(text, 0)
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise _wrong(text, at, "is not TYPE:name")
        columns.append(_column(text, found))
        at = _skip_blank(text, found.end())
    _check(columns)
    return ColumnSpec(tuple(columns))


def _column(text: str, found: re.Match[str]) -> Column:
    try:
        kind = ColumnType(found["type"].upper())
    except ValueError:
        raise _wrong(text, found.start(), f"has no known type: {found['type']!r}") from None
    name = found["bare"] or (found["quoted"] or "").replace('""', '"')
    if not name and kind is not ColumnType.SKIP:
        raise _wrong(text, found.start(), "has no name")
    return Column(kind, name, tuple(filter(None, found["attributes"].split(","))))


def _check(columns: list[Column]) -> None:
    if not columns:
        raise UsageError("the columnspec is empty", HINT)
    seen = set()
    for column in columns:
        name = column.name.lower()
        if column.type is ColumnType.SKIP:
            continue
        if name in seen:
            raise UsageError(f"the columnspec has {column.name!r} twice", "names differ in more than case")
        seen.add(name)
    if any(column.width for column in columns) and not all(column.width for column in columns[:-1]):
        raise UsageError("some columns have a width and some have none", "only the last one needs none")


def _wrong(text: str, at: int, why: str) -> UsageError:
    token = _NOT_BLANK.match(text, at)
    assert token, "it begins at something"
    return UsageError(f"the columnspec is wrong: {token[0]!r} (at character {at + 1}) {why}", HINT)


def _skip_blank(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    assert blank, "it matches nothing too"
    return blank.end()
