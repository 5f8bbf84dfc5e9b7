"""Files and bytes a day: how full each day is, and which days between the first and the last have none."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby
from math import ceil

LEVELS = 4
"""How full a day is: 1 to this; 0 is a day without files."""
_USUAL = 0.95  # of the days have at most what the highest level begins near to

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """What is dated ``on``; files that stand for a month or a year cover all days ``through`` another."""

    on: date
    files: int
    size_bytes: int
    through: date | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Days without files, ``first`` and ``last`` among them."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"


@dataclass(frozen=True)
class Days:
    """Days with files, each once and in order; there is at least one."""

    days: tuple[Day, ...]

    @property
    def first(self) -> date:
        """The first day with files."""
        return self.days[0].on

    @cached_property
    def last(self) -> date:
        """The last day that files stand for."""
        return max(day.through or day.on for day in self.days)

    @property
    def span(self) -> int:
        """How many days there are from the first to the last."""
        return (self.last - self.first).days + 1

    @cached_property
    def covered(self) -> int:
        """How many of them have files, or are in a month or year that has."""
        return self.span - sum(gap.days for gap in self.gaps)

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """The days between the first and the last that have no files."""
        return tuple(_gaps(self.days))

    @cached_property
    def by_date(self) -> dict[date, Day]:
        """Each day with files by its date."""
        return {day.on: day for day in self.days}

    def is_missing(self, day: date) -> bool:
        """True for a day of a gap."""
        at = bisect_right(self.gaps, day, key=lambda gap: gap.first) - 1
        return at >= 0 and day <= self.gaps[at].last

    @cached_property
    def files(self) -> "Scale":
        """How full days are by their files."""
        return Scale.of([day.files for day in self.days])

    @cached_property
    def size_bytes(self) -> "Scale":
        """How full days are by their bytes."""
        return Scale.of([day.size_bytes for day in self.days])

    @cached_property
    def has_longer(self) -> bool:
        """True where some files stand for more than a day."""
        return any(day.through for day in self.days)

    def in_year(self, year: int) -> list[Day]:
        """The days of a year that have files."""
        return [day for day in self.days if day.on.year == year]


@dataclass(frozen=True)
class Step:
    """A level, and the least and the most that a day of it has."""

    level: int
    least: int
    most: int


@dataclass(frozen=True)
class Scale:
    """Numbers in levels, of equal width up to what is usual at most: a day of half the usual is seen."""

    top: int
    steps: tuple[Step, ...]

    @classmethod
    def of(cls, values: Sequence[int]) -> "Scale":
        """The scale of the values of all days."""
        ordered = sorted(values)
        bare = cls(max(ordered[ceil((len(ordered) - 1) * _USUAL)], 1), ())
        groups = [(level, list(group)) for level, group in groupby(ordered, bare.level)]
        return cls(bare.top, tuple(Step(level, group[0], group[-1]) for level, group in groups))

    def level(self, value: int) -> int:
        """1 to LEVELS; never 0, as a day of empty files has files."""
        return min(max(-(-value * LEVELS // self.top), 1), LEVELS)


def days(found: Iterable[Day]) -> Days | None:
    """The days in order, what is of one day put together; None where there is none."""
    by_date: dict[date, Day] = {}
    for day in found:
        other = by_date.get(day.on)
        by_date[day.on] = _both(day, other) if other else day
    return Days(tuple(by_date[on] for on in sorted(by_date))) if by_date else None


def _both(one: Day, other: Day) -> Day:
    through = max(filter(None, (one.through, other.through)), default=None)
    return Day(one.on, one.files + other.files, one.size_bytes + other.size_bytes, through)


def _gaps(ordered: Sequence[Day]) -> Iterator[Gap]:
    end = ordered[0].through or ordered[0].on
    for day in ordered[1:]:
        if day.on > end + _DAY:
            yield Gap(end + _DAY, day.on - _DAY)
        end = max(end, day.through or day.on)
