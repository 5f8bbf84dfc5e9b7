"""The days of a category on a page: a calendar of each year, the gaps, and all days as a table."""

from collections.abc import Iterator
from datetime import date

from ess_core.files.sizes import size_text
from ess_core.phrases import count
from ess_plugins.data.captions import gaps_text, longest_gaps, measures, step_text, year_text
from ess_plugins.data.days import Day, Days
from ess_plugins.data.markup import element, table
from ess_plugins.data.report import Report
from ess_plugins.data.weeks import MONTHS, WEEKDAYS, Week, month_of, weeks_of

_CHOICE = """<fieldset>
<legend>Show by</legend>
<input type="radio" name="by" id="by-files" checked><label for="by-files">Files</label>
<input type="radio" name="by" id="by-bytes"><label for="by-bytes">Bytes</label>
</fieldset>"""


def heatmap(report: Report) -> Iterator[str]:
    """The sections."""
    days = report.days
    yield '<section class="calendar" aria-labelledby="days">'
    yield '<h2 id="days">Files and bytes a day</h2>'
    if days:
        yield from _Calendar(days).html()
    else:
        yield element("p", report.no_dates_text, "quiet")
    if days and report.undated:
        yield element("p", f"{count(report.undated, 'file')} more without a date in the name.", "quiet")
    yield "</section>"
    if days:
        yield from _gaps(days)


class _Calendar:
    """The calendar of some days."""

    def __init__(self, days: Days) -> None:
        self._days = days
        self._files, self._bytes = measures(days)

    def html(self) -> Iterator[str]:
        """Which of both is shown, the years, what the colours mean, and the table of days."""
        yield _CHOICE
        before = self._days.first.year - 1
        for year in sorted({day.on.year for day in self._days.days}):
            if year > before + 1:
                yield element("p", f"no files in the {count(year - before - 1, 'year')} between", "quiet")
            yield from self._year(year)
            before = year
        yield from self._key()
        yield from self._table()

    def _year(self, year: int) -> Iterator[str]:
        weeks = weeks_of(year, range(1, 13))
        yield f'<div class="year" role="group" tabindex="0" aria-label="{year:04}">'
        yield f"<h3>{year:04} {element('span', year_text(self._days, year))}</h3>"
        yield "<table>"
        yield f"<thead><tr><td></td>{''.join(map(_month, weeks))}</tr></thead>"
        yield "<tbody>"
        for number, name in enumerate(WEEKDAYS):
            cells = "".join(self._cell(week[number]) for week in weeks)
            yield f'<tr><th scope="row">{name}</th>{cells}</tr>'
        yield "</tbody>"
        yield "</table>"
        yield "</div>"

    def _cell(self, day: date | None) -> str:
        if day is None:
            return "<td></td>"
        if not self._days.first <= day <= self._days.last:
            return '<td class="out"></td>'
        kind, said = self._said(day)
        said = f"{day}: {said}"
        return f'<td class="{kind}" title="{said}" aria-label="{said}"></td>'

    def _said(self, day: date) -> tuple[str, str]:
        """The classes of a day, and what there is of it."""
        if found := self._days.by_date.get(day):
            files, size = self._files.scale.level(found.files), self._bytes.scale.level(found.size_bytes)
            return f"files-{files} bytes-{size}", _day_text(found)
        if self._days.is_missing(day):
            return "gap", "no files"
        return "longer", "in a month or year that has files"

    def _key(self) -> Iterator[str]:
        for measure in (self._files, self._bytes):
            yield f'<ul class="key by-{measure.name}" aria-label="{measure.name} a day">'
            if self._days.gaps:
                yield '<li><i class="gap"></i>none</li>'
            if self._days.has_longer:
                yield '<li><i class="longer"></i>in a month or year that has files</li>'
            for step in measure.scale.steps:
                shown = f'<i class="{measure.name}-{step.level}"></i>{step_text(step, measure)}'
                yield f"<li>{shown}</li>"
            yield "</ul>"

    def _table(self) -> Iterator[str]:
        yield "<details>"
        yield f"<summary>All {count(len(self._days.days), 'day')} as a table</summary>"
        yield from table(("day", "files", "bytes", "size"), map(_row, self._days.days))
        yield "</details>"


def _gaps(days: Days) -> Iterator[str]:
    yield '<section aria-labelledby="gaps">'
    yield '<h2 id="gaps">Gaps</h2>'
    if not days.gaps:
        yield element("p", "None: each day from the first to the last has files.", "quiet")
    else:
        yield element("p", gaps_text(days) + ".", "quiet")
        shown, hidden = longest_gaps(days)
        yield from table(
            ("from", "to", "days"), ((str(gap.first), str(gap.last), f"{gap.days:,}") for gap in shown)
        )
        if hidden:
            shortest = min(gap.days for gap in shown)
            yield element("p", f"And {count(hidden, 'gap')} of at most {count(shortest, 'day')}.", "quiet")
    yield "</section>"


def _month(week: Week) -> str:
    month = month_of(week)
    return f'<th scope="col">{MONTHS[month - 1] if month else ""}</th>'


def _day_text(day: Day) -> str:
    return f"{count(day.files, 'file')}, {size_text(day.size_bytes)}"


def _row(day: Day) -> tuple[str, str, str, str]:
    dates = f"{day.on} to {day.through}" if day.through else str(day.on)
    return dates, f"{day.files:,}", f"{day.size_bytes:,}", size_text(day.size_bytes)
