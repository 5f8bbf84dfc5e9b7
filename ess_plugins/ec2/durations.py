"""How long workers may live: ``90m``, ``24h``, ``7d``, or ``none`` for ever."""

import re
from collections.abc import Callable
from datetime import timedelta

NEVER = timedelta.max
SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=3650)
EXPECTED = "a time such as 90m, 24h or 7d, or none"
_FORM = re.compile(r"([0-9]{1,9})([smhd])")
_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}


def parse(text: str) -> timedelta:
    """The time that ``text`` stands for; NEVER for ``none``. Raises ValueError saying what it is not."""
    if text == "none":
        return NEVER
    found = _FORM.fullmatch(text)
    if not found:
        raise ValueError(f"is not {EXPECTED}")
    time = int(found[1]) * _UNITS[found[2]]
    if time < SHORTEST:
        raise ValueError("is less than a minute, in which no worker boots")
    if time > LONGEST:
        raise ValueError("is more than ten years; write none")
    return time


def spell(time: timedelta | None) -> str:
    """The shortest text that stands for a time of whole seconds; ``none`` for NEVER or None."""
    if time in (None, NEVER):
        return "none"
    unit = next(name for name, size in _UNITS.items() if not time % size)
    return f"{time // _UNITS[unit]}{unit}"


def check(field: str, text: str, error: Callable[[str, str], None]) -> None:
    """Report what is wrong with the text of the conf, the way cerberus wants it."""
    try:
        parse(text)
    except ValueError as fault:
        error(field, str(fault))
