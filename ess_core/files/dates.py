"""Dates in the names of files: ``auto``, ``none``, or a regex with classes such as ``[:%Y:][:%m:][:%d:]``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import cached_property
from typing import Protocol

from ess_core.errors import UsageError
from ess_core.files.autodates import MONTHS, first_date
from ess_core.files.moments import Grain, Moment, Range, parse_moment, parse_range

__all__ = ["DateFormat", "Grain", "Moment", "Range", "date_format", "parse_moment", "parse_range"]

AUTO, NONE = "auto", "none"

_SHORT = "|".join(month[:3] for month in MONTHS)
_LONG = "|".join(MONTHS)
_CLASSES = {
    "Y": "[0-9]{4}",
    "y": "[0-9]{2}",
    "m": "0[1-9]|1[0-2]|(?<![0-9])[1-9](?![0-9])",
    "b": f"(?i:{_SHORT})",
    "B": f"(?i:{_LONG})",
    "d": "0[1-9]|[12][0-9]|3[01]|(?<![0-9])[1-9](?![0-9])",
    "H": "[01][0-9]|2[0-3]|(?<![0-9])[0-9](?![0-9])",
    "M": "[0-5][0-9]",
    "S": "[0-5][0-9]",
    "z": "[Zz]|[+-][0-9]{2}(?::?[0-5][0-9])?",
    "p": "(?i:[ap]m)",
    "f": "[0-9]",
}
_SAME = ("Yy", "mbB")  # classes that say the same thing in other letters
_NEEDS = {"mbB": "Yy", "d": "mbB", "H": "d", "M": "H", "S": "M", "f": "S", "p": "H", "z": "H"}
_GRAINS = (
    ("f", Grain.INSTANT),
    ("S", Grain.SECOND),
    ("M", Grain.MINUTE),
    ("H", Grain.HOUR),
    ("d", Grain.DAY),
    ("mbB", Grain.MONTH),
)
_FRACTION = re.compile(r"\{([1-9])(?:,([1-9]))?\}")
_TOKEN = re.compile(r"\\(?P<escaped>.)|\[:(?P<class>[^\]]*)(?P<end>\]?)", re.DOTALL)


class DateFormat(Protocol):
    """How a date is read from a key."""

    def moment_of(self, key: str) -> Moment | None:
        """The date in ``key``, as coarse as it is written there; None where there is none."""

    def date_of(self, key: str) -> datetime | None:
        """Where that moment begins; it has a time zone only where the key names one."""


def date_format(text: str) -> DateFormat:
    """The format of ``auto``, ``none``, or a regex with classes. Raises UsageError naming what is wrong."""
    if text == AUTO:
        return _Auto()
    return _NoDates() if text == NONE else _Classes(text)


class _Dates:
    def moment_of(self, key: str) -> Moment | None:
        raise NotImplementedError

    def date_of(self, key: str) -> datetime | None:
        moment = self.moment_of(key)
        return moment.at if moment else None


class _Auto(_Dates):
    def moment_of(self, key: str) -> Moment | None:
        return first_date(key)


class _NoDates(_Dates):
    def moment_of(self, key: str) -> Moment | None:  # noqa: ARG002 - the protocol's
        return None


@dataclass(frozen=True)
class _Classes(_Dates):
    text: str

    def __post_init__(self) -> None:
        _ = self.regex
        _check(self.text, "".join(self._letters))

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The format with a named group for each class; the same class again must say the same."""
        seen: set[str] = set()
        expression = _TOKEN.sub(lambda token: _group(token, self.text, seen), self.text)
        try:
            return re.compile(expression)
        except re.error as error:
            raise UsageError(f"the date format {self.text!r} is no regex: {error.msg}") from error

    @cached_property
    def _letters(self) -> dict[str, str]:
        return {name[-1]: name for name in self.regex.groupindex if name.startswith("ess_")}

    @cached_property
    def _grain(self) -> Grain:
        written = (grain for letters, grain in _GRAINS if not self._letters.keys().isdisjoint(letters))
        return next(written, Grain.YEAR)

    def moment_of(self, key: str) -> Moment | None:
        """The first place in ``key`` that fits and is a day of the calendar."""
        for found in self.regex.finditer(key):
            parts = {letter: found[name] for letter, name in self._letters.items()}
            if None in parts.values():  # in a branch of the regex that was not taken
                continue
            try:
                return Moment(_datetime(parts), self._grain)
            except (ValueError, OverflowError):
                continue
        return None


def _group(token: re.Match[str], text: str, seen: set[str]) -> str:
    if token["escaped"]:
        if token["escaped"] in "123456789":
            raise UsageError(
                f"the date format {text!r} has \\{token['escaped']}", "name the group: (?P<n>…) and (?P=n)"
            )
        return token[0]
    letter, digits = _class(token, text)
    if letter in seen:
        return f"(?P=ess_{letter})"
    seen.add(letter)
    return f"(?P<ess_{letter}>{_CLASSES[letter]}{digits})"


def _class(token: re.Match[str], text: str) -> tuple[str, str]:
    """The letter of a class and, for a fraction, how many digits it has."""
    inside = token["class"]
    letter, rest = inside[1:2], inside[2:]
    known = inside[:1] == "%" and letter in _CLASSES and token["end"] and rest[:1] == ":"
    digits = _fraction(rest[1:]) if letter == "f" else rest[1:]
    if not known or digits is None or (letter != "f" and digits):
        raise UsageError(
            f"the date format {text!r} has the unknown class {token[0]}",
            "the classes are "
            + " ".join(f"[:%{name}:]" for name in _CLASSES if name != "f")
            + " [:%f:{1,6}]",
        )
    return letter, digits


def _fraction(text: str) -> str | None:
    """The repetition of a fraction's digits; None where it is malformed."""
    if not text:
        return "{1,9}"
    found = _FRACTION.fullmatch(text)
    return None if not found or int(found[2] or found[1]) < int(found[1]) else text


def _check(text: str, letters: str) -> None:
    """Refuse classes that say a thing twice, or a part of a time without the whole it is part of."""
    if not set("Yy") & set(letters):
        raise UsageError(f"the date format {text!r} has no year", "write [:%Y:] where the year stands")
    for same in _SAME:
        if len(twice := [letter for letter in letters if letter in same]) > 1:
            named = " and ".join(f"[:%{letter}:]" for letter in twice)
            raise UsageError(f"the date format {text!r} has {named}, which say the same")
    for part, whole in _NEEDS.items():
        if set(part) & set(letters) and not set(whole) & set(letters):
            missing = " or ".join(f"[:%{letter}:]" for letter in whole)
            alone = next(letter for letter in letters if letter in part)
            raise UsageError(f"the date format {text!r} has [:%{alone}:] without {missing}")


def _datetime(parts: Mapping[str, str]) -> datetime:
    """The time that the parts say. Raises ValueError where there is no such time."""
    return datetime(
        _year(parts),
        _month(parts),
        int(parts.get("d", 1)),
        _hour(parts),
        int(parts.get("M", 0)),
        int(parts.get("S", 0)),
        int(parts.get("f", "0")[:6].ljust(6, "0")),
        _zone(parts["z"]) if "z" in parts else None,
    )


def _year(parts: Mapping[str, str]) -> int:
    """Two digits are 1969 to 2068, as POSIX has it."""
    if "Y" in parts:
        return int(parts["Y"])
    year = int(parts["y"])
    return year + (1900 if year >= 69 else 2000)


def _month(parts: Mapping[str, str]) -> int:
    name = parts.get("b") or parts.get("B")
    if not name:
        return int(parts.get("m", 1))
    return next(number for number, month in enumerate(MONTHS, 1) if month.startswith(name[:3].lower()))


def _hour(parts: Mapping[str, str]) -> int:
    hour, half = int(parts.get("H", 0)), parts.get("p", "").lower()
    if not half:
        return hour
    if half == "am" and hour > 12:
        raise ValueError(f"{hour} is no hour of a morning")
    return hour % 12 + (12 if half == "pm" else 0)


def _zone(text: str) -> timezone:
    if text in "Zz":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:] if len(text) > 3 else 0)
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
