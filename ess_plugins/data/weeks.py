"""Weeks of a year, from Monday to Sunday."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_DAY = timedelta(days=1)

Week = Sequence[date | None]
"""Seven days from Monday on; None is a day that is not asked for."""


def weeks_of(year: int, months: Sequence[int]) -> list[Week]:
    """The weeks that the months of a year are in, without the days of others."""
    first, last = date(year, months[0], 1), date(year, months[-1], monthrange(year, months[-1])[1])
    days = [None] * first.weekday() + [first + number * _DAY for number in range((last - first).days + 1)]
    days += [None] * (6 - last.weekday())
    return [days[at : at + 7] for at in range(0, len(days), 7)]


def month_of(week: Week) -> int:
    """The month that begins in a week; 0 where none does."""
    return next((day.month for day in week if day and day.day == 1), 0)
