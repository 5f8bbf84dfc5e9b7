"""Moments as coarse as they were written, and the ranges START to STOP between them."""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from ess_core.errors import UsageError

OPEN = "*"
_FORM = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2})(?::?([0-9]{2})(?::?([0-9]{2}))?)?)?")
_FIRST = (1, 1, 1, 0, 0, 0)
_TICK = timedelta(microseconds=1)


class Grain(IntEnum):
    """How much time a moment stands for; a finer one is greater."""

    YEAR = 1
    MONTH = 2
    DAY = 3
    HOUR = 4
    MINUTE = 5
    SECOND = 6
    INSTANT = 7


_LENGTHS = {
    Grain.DAY: timedelta(days=1),
    Grain.HOUR: timedelta(hours=1),
    Grain.MINUTE: timedelta(minutes=1),
    Grain.SECOND: timedelta(seconds=1),
    Grain.INSTANT: _TICK,
}
_WIDTHS = {
    Grain.YEAR: 4,
    Grain.MONTH: 7,
    Grain.DAY: 10,
    Grain.HOUR: 13,
    Grain.MINUTE: 16,
    Grain.SECOND: 19,
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of time: ``at`` is where it begins, ``grain`` how long it is; 2014-01-01 is a day.

    ``at`` has a time zone only where its text named one.
    """

    at: datetime
    grain: Grain

    @property
    def last(self) -> datetime:
        """The last microsecond of it."""
        at = self.at
        if self.grain is Grain.YEAR:
            return at.replace(month=12, day=31, hour=23, minute=59, second=59, microsecond=999_999)
        if self.grain is Grain.MONTH:
            last = monthrange(at.year, at.month)[1]
            return at.replace(day=last, hour=23, minute=59, second=59, microsecond=999_999)
        return at + (_LENGTHS[self.grain] - _TICK)

    def __str__(self) -> str:
        """As coarse as it is, in ISO 8601: ``2014-01-31T05:30``."""
        text = self.at.replace(tzinfo=None).isoformat()[: _WIDTHS.get(self.grain)]
        return text + (self.at.isoformat()[-6:] if self.at.tzinfo and self.grain >= Grain.HOUR else "")


@dataclass(frozen=True, slots=True)
class Range:
    """From the first instant of ``start`` to the last of ``stop``, both in it; None is open.

    Times without a zone count as UTC.
    """

    start: Moment | None = None
    stop: Moment | None = None

    @property
    def is_open(self) -> bool:
        """True where all is in it, also what has no date."""
        return self.start is None and self.stop is None

    def covers(self, moment: Moment | None) -> bool:
        """True where any of ``moment`` is in the range; what has no date is in an open one only."""
        if moment is None:
            return self.is_open
        return (self.start is None or _utc(moment.last) >= _utc(self.start.at)) and (
            self.stop is None or _utc(moment.at) <= _utc(self.stop.last)
        )


def moment(numbers: Sequence[int]) -> Moment:
    """The moment of a year and up to five finer parts. Raises ValueError where there is no such time."""
    year, month, day, hour, minute, second = (*numbers, *_FIRST[len(numbers) :])
    at = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - a name has no zone
    return Moment(at, Grain(len(numbers)))


def parse_moment(text: str) -> Moment | None:
    """The moment of ``YYYY-MM-DD``, ``YYYY-MM-DDTHH[[:]MM[[:]SS]]``, or None for ``*``.

    Raises UsageError where it is something else, or no day of the calendar.
    """
    if text == OPEN:
        return None
    found = _FORM.fullmatch(text)
    if not found:
        raise UsageError(f"{text!r} is no date", "write 2014-01-31, 2014-01-31T0530, or * for an open end")
    try:
        return moment([int(part) for part in found.groups() if part])
    except ValueError as error:
        raise UsageError(f"{text!r} is no date: {error}") from error


def parse_range(start: str, stop: str) -> Range:
    """The range of two such texts. Raises UsageError also where ``stop`` is before ``start``."""
    found = Range(parse_moment(start), parse_moment(stop))
    if found.start and found.stop and found.stop.last < found.start.at:
        raise UsageError(f"{stop} is before {start}: START comes first")
    return found


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
