"""The range behind a category's name: ``:START:STOP``."""

import re
from dataclasses import dataclass

from ess_core.errors import UsageError
from ess_core.files.dates import Range, parse_range

HINT = "write CATEGORY:2014-09-01:2014-09-10, with * for an open end and T0530 for a time"
_BEGINS = re.compile(r"\s*:(?=\s*[0-9*])|:(?=:)")  # DuckDB's ``alias: table`` has a name behind the colon
_RUN = re.compile(r"(?:(?!--|/\*)[^\s,;()'\"\[\]{}])*")
_FORM = re.compile(r"\*|[0-9]+-[0-9]+-[0-9]+(?:T[0-9]{1,2}(?::?[0-9]{2}){0,2})?")


@dataclass(frozen=True, slots=True)
class Ranged:
    """A range that was written, and where in the SQL it ends."""

    within: Range
    end: int


def ranged(sql: str, at: int) -> Ranged | None:
    """The range that begins at ``at``, right behind a name; None where there is none.

    Raises UsageError for what is meant as one and is wrong.
    """
    begin = _BEGINS.match(sql, at)
    if not begin:
        return None
    run = _RUN.match(sql, begin.end())
    assert run, "it matches nothing too"
    if begin[0] != ":" or not run[0]:
        raise UsageError("CATEGORY:START:STOP has no blanks", HINT)
    return Ranged(_range(run[0]), run.end())


def whole(text: str) -> tuple[str, Range]:
    """The name and the range of a ``NAME:START:STOP`` that stands in quotes. Raises UsageError."""
    name, _, rest = text.partition(":")
    return name, _range(rest)


def _range(text: str) -> Range:
    """START:STOP, either of which may have colons between hours and minutes."""
    if ":" not in text:
        raise UsageError(f"{text!r} is no START:STOP", HINT)
    splits = [(text[:at], text[at + 1 :]) for at, letter in enumerate(text) if letter == ":"]
    start, stop = next((one for one in splits if all(map(_FORM.fullmatch, one))), splits[0])
    for side, what in ((start, "START"), (stop, "STOP")):
        if not side:
            raise UsageError(f"{what} is missing", HINT)
    return parse_range(start, stop)
