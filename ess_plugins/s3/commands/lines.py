"""Rows as lines that a person reads, a whole page at once: this is where most time of a long listing goes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ess_core.files.sizes import size_text
from ess_core.host.escape import escape
from ess_plugins.s3.listing.page import KEY, LAST_MODIFIED, RESTORE, SIZE, STORAGE_CLASS, Row
from ess_plugins.s3.listing.tally import Tally
from ess_plugins.s3.listing.versions import VERSION_ID

DELETED = "deleted"
PREFIX = " " * 19 + "PRE".rjust(11)
_MINUTE = len("2014-01-31T23:59")
_SECOND = len("2014-01-31T23:59:59")
_CLASS_WIDTH = 19  # of INTELLIGENT_TIERING
_RESTORE_WIDTH = 20
_VERSION_WIDTH = 32
_MOST_MINUTES = 5_000


@dataclass
class Lines:
    """Local time, size and key, as aws-cli writes them; between size and key what else is asked for."""

    human: bool = False
    storage_class: bool = False
    restore: bool = False
    versions: bool = False
    _minutes: dict[str, str] = field(default_factory=dict, repr=False)

    def __call__(self, rows: Sequence[Row]) -> str:
        """A line for each row."""
        named, minutes = zip(rows, _names(rows), strict=True), self._local_minutes(rows)
        if self._is_usual(rows):  # half the time that the general way takes
            return "".join(
                [
                    f"{minutes[row[1][:_MINUTE]]}{row[1][_MINUTE:_SECOND]} {row[3]:>10} {name}\n"
                    for row, name in named
                ]
            )
        return "".join([f"{self._details(row, minutes)} {name}\n" for row, name in named])

    def _is_usual(self, rows: Sequence[Row]) -> bool:
        """True where only objects are shown, without anything that was asked for."""
        asked = self.human or self.storage_class or self.restore or self.versions
        return not asked and all(row[SIZE] for row in rows)

    def _details(self, row: Row, minutes: Mapping[str, str]) -> str:
        """All that stands before the key."""
        moment = row[LAST_MODIFIED]
        size = PREFIX
        if moment:
            size = f"{minutes[moment[:_MINUTE]]}{moment[_MINUTE:_SECOND]} {self._size(row[SIZE]):>10}"
        return size + self._more(row)

    def _local_minutes(self, rows: Sequence[Row]) -> Mapping[str, str]:
        """On this machine's clock, the minutes in which the rows were modified."""
        known = self._minutes
        if len(known) > _MOST_MINUTES:
            known = self._minutes = {}  # a new one: another thread may be reading the old one
        for minute in {row[LAST_MODIFIED][:_MINUTE] for row in rows} - known.keys() - {""}:
            known[minute] = f"{datetime.fromisoformat(minute + 'Z').astimezone():%Y-%m-%d %H:%M}"
        return known

    def _size(self, text: str) -> str:
        """The size; a delete marker has none."""
        if not text:
            return DELETED
        return size_text(int(text)) if self.human else text

    def _more(self, row: Row) -> str:
        wanted: list[str] = []
        if self.storage_class:
            wanted.append(row[STORAGE_CLASS].ljust(_CLASS_WIDTH))
        if self.restore:
            wanted.append(row[RESTORE].ljust(_RESTORE_WIDTH))
        if self.versions:
            wanted.append(row[VERSION_ID].ljust(_VERSION_WIDTH))
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
