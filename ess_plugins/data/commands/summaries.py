"""What `ess summary` shows: screens for a person, rows for a script, and a file for the page."""

import io
import os
from collections.abc import Iterable, Iterator, Sequence

from ess_core.errors import UsageError
from ess_core.files.local import SCHEME, Local
from ess_core.files.sizes import size_text
from ess_core.host.commands.cells import Size
from ess_core.host.escape import escape
from ess_core.host.rows import Table
from ess_core.phrases import local_time
from ess_core.tables.categories import Category
from ess_plugins.data.calendar import Paper, calendar
from ess_plugins.data.commands import screens
from ess_plugins.data.formats import sql_type
from ess_plugins.data.report import Report

_ROW = ("category", "files", "size", "first", "last", "scanned", "url", "comment")
_HEADS = ("category", "files", "size", "first", "last", "last scan", "datastore")
_DAY = ("date", "through", "files", "size")


def names(found: Iterable[Category]) -> Iterator[str]:
    """The names of categories."""
    return (one.name for one in found)


def all_of(found: Sequence[Category]) -> Iterator[str]:
    """Categories with their figures, one below the other."""
    if found:
        yield from screens.table(_HEADS, map(_cells, found), right=(1, 2), indent="")


def rows(found: Iterable[Category]) -> Table:
    """The same for a script."""
    return _ROW, map(_row, found)


def in_depth(report: Report) -> Iterator[str]:
    """All that is known of a category."""
    yield report.category.name
    yield from screens.facts(report.facts())
    if report.category.columns:
        columns = enumerate(report.category.columns.columns, 1)
        cells = [
            (str(at), one.name or "-", ",".join((one.type.value, *one.attributes)), sql_type(one))
            for at, one in columns
        ]
        yield ""
        yield from screens.table(("#", "column", "type", "in SQL"), cells, right=(0,))


def short(report: Report) -> Iterator[str]:
    """Its files and dates."""
    yield report.category.name
    yield from screens.facts(report.files())


def plotted(report: Report, paper: Paper) -> Iterator[str]:
    """The same, and a calendar."""
    yield from short(report)
    yield ""
    if report.days:
        yield from calendar(report.days, paper)
    else:
        yield escape(report.no_dates_text)


def days(report: Report) -> Table:
    """Its days for a script."""
    return _DAY, ((day.on, day.through, day.files, day.size_bytes) for day in report.all_days)


def write(path: str, text: str) -> None:
    """Write a file whole or not at all. Raises EssError where it cannot be written."""
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    if os.path.lexists(target) and not os.path.isfile(target):
        raise UsageError(f"{path!r} is no file", "- writes to stdout")
    if not os.path.isdir(folder):
        raise UsageError(f"there is no folder {folder!r}")
    Local(SCHEME + folder).put(name, io.BytesIO(text.encode()))


def _cells(one: Category) -> Sequence[str]:
    dates = (str(one.first or "-"), str(one.last or "-"))
    scanned = local_time(one.scanned_at) if one.scanned_at else "never"
    return (one.name, f"{one.files:,}", size_text(one.size_bytes), *dates, scanned, one.label)


def _row(one: Category) -> Sequence[object]:
    first, last = (str(moment) if moment else None for moment in (one.first, one.last))
    return (one.name, one.files, Size(one.size_bytes), first, last, one.scanned_at, one.url, one.comment)
