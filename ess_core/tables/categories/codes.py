"""Moments as numbers that SQL can order, and group by day."""

from datetime import UTC, datetime, timedelta, timezone

from ess_core.files.dates import Grain, Moment

GRAIN_BITS = 3
"""The lowest bits are the grain; the rest is microseconds since the year 1 in UTC."""

DAY_US = 24 * 3600 * 1_000_000

_ZERO = datetime(1, 1, 1)  # noqa: DTZ001 - names have no zone
_MOST = datetime(9999, 12, 31, 23, 59, 59, 999_999) - _ZERO  # noqa: DTZ001
_TICK = timedelta(microseconds=1)
_MINUTE = timedelta(minutes=1)


def encoded(moment: Moment | None) -> tuple[int | None, int | None]:
    """The number of a moment, and its time zone in minutes; None where it has none."""
    if moment is None:
        return None, None
    offset = moment.at.utcoffset()
    return at_us(moment.at) << GRAIN_BITS | moment.grain, None if offset is None else offset // _MINUTE


def decoded(number: int | None, zone: int | None = None) -> Moment | None:
    """The moment of a number; without its zone, it is in UTC and does not say so."""
    if number is None:
        return None
    grain = Grain(number & (1 << GRAIN_BITS) - 1)
    since = timedelta(microseconds=number >> GRAIN_BITS)
    if zone is None:
        return Moment(_ZERO + min(max(since, timedelta()), _MOST), grain)
    offset = timedelta(minutes=zone)
    return Moment((_ZERO + (since + offset)).replace(tzinfo=timezone(offset) if zone else UTC), grain)


def at_us(at: datetime) -> int:
    """Microseconds since the year 1 in UTC; a time without a zone counts as UTC."""
    if at.tzinfo is None:
        return (at - _ZERO) // _TICK
    return (at.replace(tzinfo=None) - _ZERO - (at.utcoffset() or timedelta())) // _TICK
