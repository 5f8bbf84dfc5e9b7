"""What is said of days, in a terminal and on a page."""

from collections.abc import Callable
from dataclasses import dataclass

from ess_core.files.sizes import size_text
from ess_core.phrases import count
from ess_plugins.data.days import Day, Days, Gap, Scale, Step

GAPS_SHOWN = 20
"""The longest ones, where there are more."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What of a day is shown: its name, its scale, the number, how that is written, the colour as in SGR."""

    name: str
    scale: Scale
    of: Callable[[Day], int]
    text: Callable[[int], str]
    colour: int


def measures(days: Days) -> tuple[Measure, Measure]:
    """Files and bytes."""
    return (
        Measure("files", days.files, lambda day: day.files, "{:,}".format, 32),
        Measure("bytes", days.size_bytes, lambda day: day.size_bytes, size_text, 36),
    )


def year_text(days: Days, year: int) -> str:
    """A year's files, bytes and days in one line."""
    found = days.in_year(year)
    files, size_bytes = sum(day.files for day in found), sum(day.size_bytes for day in found)
    return f"{count(files, 'file')} on {count(len(found), 'day')}, {size_text(size_bytes)}"


def step_text(step: Step, measure: Measure) -> str:
    """What days of a level have: a number, or the least and the most."""
    least, most = measure.text(step.least), measure.text(step.most)
    return least if least == most else f"{least} to {most}"


def gaps_text(days: Days) -> str:
    """How many gaps and days without files there are."""
    missing = days.span - days.covered
    return (
        f"{count(len(days.gaps), 'gap')}: {missing:,} of {count(days.span, 'day')} "
        f"from {days.first} to {days.last} {'has' if missing == 1 else 'have'} no files"
    )


def longest_gaps(days: Days) -> tuple[list[Gap], int]:
    """The longest gaps in the order of time, and how many others there are."""
    longest = sorted(days.gaps, key=lambda gap: -gap.days)[:GAPS_SHOWN]
    return sorted(longest, key=lambda gap: gap.first), len(days.gaps) - len(longest)
