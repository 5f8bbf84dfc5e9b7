"""The type of a column by its values, and why."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ess_core.tables.columnspec import ColumnType

_WHOLE = re.compile(r"-?[0-9]+")
_DECIMAL = {
    ".": re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"),
    ",": re.compile(r"-?(?:[0-9]+(?:,[0-9]*)?|,[0-9]+)(?:[eE][+-]?[0-9]+)?"),
}
_ZERO_PADDED = re.compile(r"-?0[0-9]+(?:[.,][0-9]*)?")
_MOMENT = re.compile(
    r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(?:[ T][0-9:.]+(?:Z|[+-][0-9:]+)?)?|[0-9]+:[0-9:.]+"
)
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"(?:{_BYTE}\.){{3}}{_BYTE}"
_HEX = "[0-9A-Fa-f]{1,4}"
_IPV6 = "|".join(
    [
        rf"(?:{_HEX}:){{7}}{_HEX}",
        *(rf"(?:{_HEX}:){{{left}}}(?::{_HEX}){{1,{7 - left}}}" for left in range(1, 7)),
        rf":(?::{_HEX}){{1,7}}",
        rf"(?:{_HEX}:){{1,7}}:",
        "::",
        rf"::(?:[Ff]{{4}}:)?{_IPV4}",
    ]
)
ADDRESS = f"{_IPV4}|{_IPV6}"
"""An IPv4 or IPv6 address, as a regular expression for whole cells."""
_ADDRESS = re.compile(ADDRESS)

_ROOM = 1 << 8  # what is still to come may be that many times the largest of the sample
_DIGITS = 17  # that a double has


@dataclass(frozen=True, slots=True)
class Guess:
    """A column's type and why it is that; ``decimal`` is the decimal point it has."""

    type: ColumnType
    why: str
    decimal: str = "."


def guess(values: Sequence[str], points: str = ".") -> Guess:
    """The type that all values have; text where there is a doubt, as text loses nothing.

    ``points`` are the decimal points to try.
    """
    some = [value for value in values if value.strip()]
    if not some:
        return Guess(ColumnType.TEXT, "no values in the sample")
    trimmed = [value.strip() for value in some]
    if padded := next(filter(_ZERO_PADDED.fullmatch, trimmed), None):
        return Guess(ColumnType.TEXT, f"zeros in front, as in {padded!r}")
    if all(map(_WHOLE.fullmatch, trimmed)):
        return _whole([int(value[:40]) for value in trimmed])
    for point in points:
        if all(map(_DECIMAL[point].fullmatch, trimmed)):
            return _decimal(trimmed, point)
    if all(map(_ADDRESS.fullmatch, trimmed)):
        return Guess(ColumnType.IP, "IP addresses")
    return Guess(ColumnType.TEXT, _not_numbers(trimmed))


def looks_typed(value: str) -> bool:
    """True for a number, a date, a time or an address: what a header has not."""
    value = value.strip()
    patterns = (_WHOLE, _DECIMAL["."], _DECIMAL[","], _MOMENT, _ADDRESS)
    return any(pattern.fullmatch(value) for pattern in patterns)


def _whole(numbers: list[int]) -> Guess:
    low, high = min(numbers), max(numbers)
    why = f"whole numbers from {low} to {high}"
    largest = max(-low, high)
    if largest * _ROOM < 1 << 31:
        return Guess(ColumnType.INT32, why)
    if largest < 1 << 63:
        return Guess(ColumnType.INT64, why)
    if low >= 0 and high < 1 << 64:
        return Guess(ColumnType.UINT64, why)
    return Guess(ColumnType.TEXT, "whole numbers of more than 64 bits")


def _decimal(values: list[str], point: str) -> Guess:
    if not any(point in value for value in values):
        return Guess(ColumnType.TEXT, f"maybe names and no numbers, as {values[0]!r}")
    longest = max(values, key=_digits)
    if _digits(longest) > _DIGITS:
        return Guess(ColumnType.TEXT, f"more digits than a float keeps, as in {longest!r}")
    return Guess(ColumnType.FLOAT, "decimal numbers" + (" with a comma" if point == "," else ""), point)


def _digits(value: str) -> int:
    return sum(character.isdigit() for character in re.split("[eE]", value)[0].lstrip("-0.,"))


def _not_numbers(values: list[str]) -> str:
    numbers = [value for value in values if _DECIMAL["."].fullmatch(value)]
    other = next(value for value in values if value not in numbers) if len(numbers) < len(values) else ""
    if len(numbers) > len(values) / 2:
        return f"numbers in {len(numbers)} of {len(values)}, but not {other[:40]!r}"
    return f"text, as {values[0][:40]!r}"
