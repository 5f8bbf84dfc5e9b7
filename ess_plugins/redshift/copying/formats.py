"""DATEFORMAT and TIMEFORMAT, as patterns that DuckDB's ``try_strptime`` takes.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_DATEFORMAT_and_TIMEFORMAT_strings.html
"""

import re
from dataclasses import dataclass
from enum import Enum
from itertools import product

from ess_core.errors import UsageError


class Special(Enum):
    """A format that is no pattern; only a time has the epochs."""

    AUTO = "auto"
    EPOCH_SECONDS = "epochsecs"
    EPOCH_MILLISECONDS = "epochmillisecs"


@dataclass(frozen=True, slots=True)
class Format:
    """How dates or times are written: ``special``, or one of ``patterns``."""

    special: Special | None = None
    patterns: tuple[str, ...] = ()


_PARTS = {
    "YYYY": ("%Y",),
    "YY": ("%y",),
    "MM": ("%m",),
    "MON": ("%b", "%B"),
    "DD": ("%d",),
    "HH24": ("%H",),
    "HH12": ("%I",),
    "HH": ("%H",),
    "MI": ("%M",),
    "SS": ("%S", "%S.%f"),
    "AM": ("%p",),
    "PM": ("%p",),
}
_NEXT = re.compile("|".join(sorted(_PARTS, key=len, reverse=True)) + r"|T(?=HH)|[ -@\[-`{-~]", re.IGNORECASE)


def date_format(text: str) -> Format:
    """How dates are written. Raises UsageError for what is no DATEFORMAT."""
    return (
        Format(Special.AUTO) if text == Special.AUTO.value else Format(patterns=_patterns("DATEFORMAT", text))
    )


def time_format(text: str) -> Format:
    """How times are written. Raises UsageError for what is no TIMEFORMAT."""
    special = next((one for one in Special if one.value == text), None)
    return Format(special) if special else Format(patterns=_patterns("TIMEFORMAT", text))


def _patterns(what: str, text: str) -> tuple[str, ...]:
    """All ways to write that format: names of months in full or not, seconds with fractions or without."""
    parts = _split(what, text)
    known = [part.upper() for part in parts if part.upper() in _PARTS]
    if not {"YYYY", "YY"} & set(known):
        raise UsageError(f"{what} {text!r} has no year", _hint(what))
    twice = next((part for part in known if known.count(part) > 1), "")
    if twice:
        raise UsageError(f"{what} {text!r} has {twice} twice", _hint(what))
    choices = [_PARTS.get(part.upper()) or (part.replace("%", "%%"),) for part in parts]
    return tuple(map("".join, product(*choices)))


def _split(what: str, text: str) -> list[str]:
    parts, at = [], 0
    while at < len(text):
        found = _NEXT.match(text, at)
        if not found:
            raise UsageError(f"{what} {text!r} is wrong at {text[at:]!r}", _hint(what))
        parts.append(found[0])
        at = found.end()
    return parts


def _hint(what: str) -> str:
    special = "'auto'" if what == "DATEFORMAT" else "'auto', 'epochsecs' or 'epochmillisecs'"
    return f"it is made of {' '.join(_PARTS)} and signs between, or it is {special}"
