"""What a user says of a text, so that it is not to be found: its delimiter, its columns, the type of all."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ess_core.errors import UsageError
from ess_core.tables.columnspec import ColumnSpec, ColumnType
from ess_core.tables.reading.starts import folded
from ess_core.tables.sniffing.headers import column_names

_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|[0-7]{3}|.?)", re.DOTALL)
_ESCAPES = {"t": "\t", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


@dataclass(frozen=True, slots=True)
class Given:
    """What is empty or None is to be found.

    ``every`` is the type that all columns have, TEXT or SKIP. Raises UsageError where two contradict.
    """

    delimiter: str = ""
    columns: ColumnSpec | None = None
    every: ColumnType | None = None

    def __post_init__(self) -> None:
        if self.columns and self.every:
            raise UsageError("a columnspec says the type of each column, and so does one for all of them")
        if self.columns and not self.columns.columns:
            raise UsageError("the columnspec is empty")
        if self.starts and self.delimiter:
            raise UsageError("columns that have a width have no delimiter", "leave one of them out")

    @property
    def width(self) -> int:
        """How many columns there are; 0 where that is to be found."""
        return len(self.columns.columns) if self.columns else 0

    @property
    def starts(self) -> tuple[int, ...]:
        """Where the columns begin, where the columnspec has widths; else empty."""
        return self.columns.starts if self.columns else ()

    def is_header(self, cells: Sequence[str]) -> bool:
        """True where the cells are the names of the columns."""
        return folded(cells) == folded([one.name for one in self.columns.columns]) if self.columns else False

    def named(self, keys: Sequence[str]) -> tuple[str, ...]:
        """The keys of the columns that are given, or all; a case that differs does not matter.

        Raises UsageError where no column is one of the ``keys``.
        """
        if not self.columns:
            return tuple(keys)
        by_name = {
            name: key
            for names in (folded(keys), folded(column_names(keys)), keys)
            for name, key in zip(names, keys, strict=True)
        }
        names = [column.name for column in self.columns.columns]
        found = [by_name.get(name) or by_name.get(folded([name])[0]) for name in names]
        if not any(found):
            raise UsageError(f"there is no {' and no '.join(names[:3])} in the text", f"it has {_few(keys)}")
        return tuple(key or name for key, name in zip(found, names, strict=True))


NOTHING = Given()


def delimiter(word: str) -> str:
    r"""A delimiter as one types it: ``\t``, ``\x01``, ``\001`` and ``\\`` for what is hard to type.

    Raises UsageError where it is empty, an unknown escape or no delimiter.
    """
    found = _ESCAPE.sub(lambda escape: _escaped(escape[1], word), word)
    if not found or "\n" in found or "\r" in found:
        raise UsageError(f"{word!r} cannot be a delimiter", r"type \t for a tab, \x01 for control-A")
    return found


def _escaped(code: str, word: str) -> str:
    if code in _ESCAPES:
        return _ESCAPES[code]
    if len(code) != 3:
        raise UsageError(f"{word!r} has an escape that is not known", r"there are \t, \\, \x01 and \001")
    return chr(int(code[1:], 16) if code.startswith("x") else int(code, 8) % 256)


def _few(keys: Sequence[str]) -> str:
    return ", ".join(keys[:10]) + ", …" * (len(keys) > 10)
