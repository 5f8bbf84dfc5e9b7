"""Rows as lines that a person reads, a whole page at once: this is where most time of a long listing goes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ess_core.host.commands.cells import size_text
from ess_core.host.escape import escape
from ess_plugins.s3.listing.page import KEY, LAST_MODIFIED, RESTORE, SIZE, STORAGE_CLASS, Row
from ess_plugins.s3.listing.tally import Tally

PREFIX = " " * 19 + "PRE".rjust(11)
_MINUTE = len("2014-01-31T23:59")
_SECOND = len("2014-01-31T23:59:59")
_SIZE_WIDTH = 10
_CLASS_WIDTH = 19  # of INTELLIGENT_TIERING
_RESTORE_WIDTH = 20
_MOST_MINUTES = 5_000


@dataclass
class Lines:
    """Local time, size and key, as aws-cli writes them; between size and key what else is asked for."""

    human: bool = False
    storage_class: bool = False
    restore: bool = False
    _minutes: dict[str, str] = field(default_factory=dict, repr=False)

    def __call__(self, rows: Sequence[Row]) -> str:
        """A line for each row."""
        return "".join(
            [f"{self._details(row)} {name}\n" for row, name in zip(rows, _names(rows), strict=True)]
        )

    def _details(self, row: Row) -> str:
        """All that stands before the key."""
        moment = row[LAST_MODIFIED]
        size = f"{self._time(moment)} {self._size(row[SIZE]):>{_SIZE_WIDTH}}" if moment else PREFIX
        return size + self._more(row) if self.storage_class or self.restore else size

    def _time(self, text: str) -> str:
        minute = text[:_MINUTE]
        local = self._minutes.get(minute)
        if local is None:
            if len(self._minutes) > _MOST_MINUTES:
                self._minutes.clear()
            local = f"{datetime.fromisoformat(minute + 'Z').astimezone():%Y-%m-%d %H:%M}"
            self._minutes[minute] = local
        return local + text[_MINUTE:_SECOND]

    def _size(self, text: str) -> str:
        return size_text(int(text)) if self.human else text

    def _more(self, row: Row) -> str:
        wanted: list[str] = []
        if self.storage_class:
            wanted.append(row[STORAGE_CLASS].ljust(_CLASS_WIDTH))
        if self.restore:
            wanted.append(row[RESTORE].ljust(_RESTORE_WIDTH))
        return "".join(f" {cell}" for cell in wanted)


def summary(tally: Tally, human: bool) -> str:
    """Two lines at the end of a listing, as aws-cli writes them."""
    size = size_text(tally.size_bytes) if human else str(tally.size_bytes)
    return f"\nTotal Objects: {tally.objects}\n   Total Size: {size}\n"


def _names(rows: Sequence[Row]) -> Iterator[str] | list[str]:
    """The keys, with what would break a line or a terminal escaped."""
    keys = [row[KEY] for row in rows]
    together = "".join(keys)
    if together.isprintable() and "\\" not in together:
        return keys
    return map(escape, keys)
