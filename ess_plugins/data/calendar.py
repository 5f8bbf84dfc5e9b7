"""A calendar of files and bytes a day as lines of text: a column for each week, a line for each weekday."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ess_core.phrases import count
from ess_plugins.data.captions import Measure, gaps_text, longest_gaps, measures, step_text, year_text
from ess_plugins.data.days import Days
from ess_plugins.data.weeks import MONTHS, WEEKDAYS, Week, month_of, weeks_of

_LABEL = 4  # a weekday and a blank
_BETWEEN = 3  # blanks between two calendars that are side by side
_PIECES = (12, 6, 4, 3, 2, 1)  # months in one row of the calendar
_RESET = "\x1b[0m"
_RED = 31


@dataclass(frozen=True, slots=True)
class Paper:
    """What a calendar is drawn on: ``width`` in columns, with colours or without, UTF-8 or ASCII alone."""

    width: int
    colour: bool = False
    ascii: bool = False

    def full(self, level: int, colour: int) -> str:
        """The mark of a day of that level."""
        return self._coloured((" :+*#" if self.ascii else " ░▒▓█")[level], colour)

    @property
    def missing(self) -> str:
        """The mark of a day without files between others that have some."""
        return self._coloured("." if self.ascii else "·", _RED)

    @property
    def longer(self) -> str:
        """The mark of a day without files of its own in a month or year that has some."""
        return "-" if self.ascii else "─"

    def _coloured(self, mark: str, colour: int) -> str:
        return f"\x1b[{colour}m{mark}{_RESET}" if self.colour else mark


def calendar(days: Days, paper: Paper) -> Iterator[str]:
    """The lines: each year that has files, what the marks mean, and the gaps."""
    drawing = _Drawing(days, paper)
    before = days.first.year - 1
    for year in drawing.years:
        if year > before + 1:
            yield from (_years_without(before + 1, year - 1), "")
        yield from drawing.year(year)
        before = year
    yield from _legends(days, paper)
    yield ""
    yield from gaps(days)


def gaps(days: Days) -> Iterator[str]:
    """The gaps as lines, the longest ones where they are many."""
    if not days.gaps:
        yield f"no gaps: {'the day has files' if days.span == 1 else f'all of {days.span:,} days have files'}"
        return
    yield gaps_text(days)
    shown, hidden = longest_gaps(days)
    for gap in shown:
        yield f"  {gap!s:<24}  {count(gap.days, 'day'):>12}"
    if hidden:
        yield f"  and {count(hidden, 'gap')} of at most {count(min(gap.days for gap in shown), 'day')}"


def _years_without(first: int, last: int) -> str:
    return f"{first:04}: no files" if first == last else f"{first:04} to {last:04}: no files"


class _Drawing:
    """Draws the years of some days on a paper."""

    def __init__(self, days: Days, paper: Paper) -> None:
        self._days = days
        self._paper = paper
        self._measures = measures(days)
        self.years = sorted({day.on.year for day in days.days})
        self._size, self._cell = self._fitting(self.years)

    def year(self, year: int) -> Iterator[str]:
        """The lines of a year, a blank one at the end."""
        yield f"{year:04}: {year_text(self._days, year)}"
        for months in self._pieces(year, self._size):
            yield from self._piece(weeks_of(year, months))
            yield ""

    def _pieces(self, year: int, size: int) -> list[Sequence[int]]:
        """The months of a year that days are in, so many in a row."""
        first, last = self._days.first, self._days.last
        start = first.month if first.year == year else 1
        end = last.month if last.year == year else 12
        return [range(at, min(at + size, end + 1)) for at in range(start, end + 1, size)]

    def _fitting(self, years: Sequence[int]) -> tuple[int, int]:
        """How many months are in a row, as many as can be, and how wide a day is."""
        for size in _PIECES:
            rows = [weeks_of(year, months) for year in years for months in self._pieces(year, size)]
            weeks = max(map(len, rows))
            for cell in (2, 1):
                if _LABEL + weeks * cell <= self._paper.width:
                    return size, cell
        return 1, 1

    def _piece(self, weeks: Sequence[Week]) -> Iterator[str]:
        """Both calendars of some weeks, side by side where there is room."""
        panels = [list(self._panel(one, weeks)) for one in self._measures]
        wide = max(line.width for panel in panels for line in panel)
        if 2 * wide + _BETWEEN <= self._paper.width:
            for left, right in zip(*panels, strict=True):
                yield f"{left.text}{' ' * (wide - left.width + _BETWEEN)}{right.text}".rstrip()
        else:
            yield from (line.text.rstrip() for panel in panels for line in panel)

    def _panel(self, measure: Measure, weeks: Sequence[Week]) -> "Iterator[_Line]":
        """One calendar: its name, months and weekdays."""
        cell = self._cell
        yield _Line(f"    {measure.name} a day")
        yield _Line(" " * _LABEL + _heads(weeks, cell))
        for number, name in enumerate(WEEKDAYS):
            marks = [self._mark(measure, week[number]) for week in weeks]
            text = (" " * (cell - 1)).join(marks)
            yield _Line(f"{name} {text}", _LABEL + len(weeks) * cell - (cell - 1))

    def _mark(self, measure: Measure, day: date | None) -> str:
        if day is None or not self._days.first <= day <= self._days.last:
            return " "
        if found := self._days.by_date.get(day):
            return self._paper.full(measure.scale.level(measure.of(found)), measure.colour)
        return self._paper.missing if self._days.is_missing(day) else self._paper.longer


class _Line:
    """A line, and how many columns it takes."""

    def __init__(self, text: str, width: int | None = None) -> None:
        self.text = text
        self.width = len(text) if width is None else width


def _heads(weeks: Sequence[Week], cell: int) -> str:
    """The names of the months, each above the week of its first day."""
    line = ""
    for number, week in enumerate(weeks):
        if month := month_of(week):
            line = line.ljust(number * cell) + MONTHS[month - 1]
    return line


def _legends(days: Days, paper: Paper) -> Iterator[str]:
    """What each mark means; one below the other where a line has no room for all."""
    for measure in measures(days):
        marks = list(_marks(days, measure, paper))
        head = f"{measure.name} a day:"
        if len(head) + sum(len(text) + 5 for _, text in marks) <= paper.width:
            yield f"{head}  {'   '.join(f'{mark} {text}' for mark, text in marks)}"
        else:
            yield from (head, *(f"  {mark} {text}" for mark, text in marks))


def _marks(days: Days, measure: Measure, paper: Paper) -> Iterator[tuple[str, str]]:
    if days.gaps:
        yield paper.missing, "none"
    if days.has_longer:
        yield paper.longer, "in a month or year that has files"
    for step in measure.scale.steps:
        yield paper.full(step.level, measure.colour), step_text(step, measure)
