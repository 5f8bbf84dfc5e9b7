"""`ess summary`: arguments and output."""

import argparse
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from ess_core.errors import EssError, PartlyDoneError, UsageError
from ess_core.files.local import SCHEME, Local
from ess_core.files.sizes import size_text
from ess_core.host.command import Screen
from ess_core.host.commands.cells import Size
from ess_core.host.escape import escape
from ess_core.host.rows import TEXT, Table
from ess_core.tables import categories
from ess_core.tables.categories import Category
from ess_plugins.data.calendar import Paper, calendar
from ess_plugins.data.captions import count
from ess_plugins.data.commands import screens
from ess_plugins.data.commands.common import add_label, opened, url_of
from ess_plugins.data.page import page
from ess_plugins.data.properties import PROPERTIES, record
from ess_plugins.data.report import Report, sql_type

STDOUT = "-"
_LIST = ("category", "files", "size", "first", "last", "scanned", "url", "comment")
_HEADS = ("category", "files", "size", "first", "last", "last scan", "datastore")


class Summary(Screen):
    """Show the categories, or one in depth.

    Files and dates are those of the last scan; --scan lists the files anew. A property alone is printed as it
    is, for a script.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("category", nargs="?", metavar="CATEGORY", help="show this one in depth")
        parser.add_argument(
            "property",
            nargs="?",
            choices=tuple(PROPERTIES),
            metavar="PROPERTY",
            help=f"print this alone: {', '.join(PROPERTIES)}",
        )
        parser.add_argument("--scan", action="store_true", help="list the files now")
        shape = parser.add_mutually_exclusive_group()
        shape.add_argument("--short", action="store_true", help="names only, or files and dates of CATEGORY")
        shape.add_argument(
            "--plot", action="store_true", help="a calendar of files and bytes a day, and the gaps"
        )
        shape.add_argument(
            "--html", metavar="FILE", help="write that calendar and all else as one page; - is stdout"
        )
        add_label(parser)

    def is_about_one(self, args: argparse.Namespace) -> bool:
        """True for a category, unless its days are asked for."""
        return bool(args.category) and not args.plot

    def screen(self, args: argparse.Namespace) -> Iterator[str]:
        """The lines that were asked for, then what could not be scanned."""
        failed: dict[str, EssError] = {}
        found = self._found(args, failed)
        if not args.category:
            yield from _names(found) if args.short else self._list(found)
        elif args.property:
            yield escape(PROPERTIES[args.property](found[0]))
        else:
            yield from self._one(Report(found[0], categories.days(found[0])), args)
        _raise(failed)

    def take_action(self, args: argparse.Namespace) -> Table:
        failed: dict[str, EssError] = {}
        found = self._found(args, failed)
        if not args.category:
            return _LIST, _then_failed(map(_row, found), failed)
        if args.property:
            value = PROPERTIES[args.property](found[0])
            return (args.property,), _then_failed([(value,)], failed)
        report = Report(found[0], categories.days(found[0]))
        if args.plot:
            rows = ((day.on, day.through, day.files, day.size_bytes) for day in report.all_days)
            return ("date", "through", "files", "size"), _then_failed(rows, failed)
        known = record(report)
        return tuple(known), _then_failed([tuple(known.values())], failed)

    def _found(self, args: argparse.Namespace, failed: dict[str, EssError]) -> list[Category]:
        """The categories that are meant, scanned where that is asked for; ``failed`` gets what went wrong."""
        _check(args)
        url = url_of(args.label)
        if not args.category:
            found = categories.known(url if args.label else "")
            return [self._scanned(one, failed) for one in found] if args.scan else found
        one = categories.find(args.category, url, only=bool(args.label))
        if not args.scan:
            return [one]
        scanned = self._scanned(one, failed)
        for error in failed.values():
            if not isinstance(error, PartlyDoneError):
                raise error
        return [scanned]

    def _scanned(self, one: Category, failed: dict[str, EssError]) -> Category:
        try:
            categories.scan(one, opened(self, one.url))
        except EssError as error:
            failed[one.name] = error
        return categories.find(one.name, one.url, only=True)

    def _list(self, found: Sequence[Category]) -> Iterator[str]:
        if not found:
            self.say("there is no category: `ess category add NAME PATTERN` makes one")
            return
        rows = [
            (
                one.name,
                f"{one.files:,}",
                size_text(one.size_bytes),
                str(one.first or "-"),
                str(one.last or "-"),
                _time(one.scanned_at),
                one.label,
            )
            for one in found
        ]
        yield from screens.table(_HEADS, rows, right=(1, 2), indent="")

    def _one(self, report: Report, args: argparse.Namespace) -> Iterator[str]:
        if args.html is not None:
            return self._written(report, args.html)
        if args.plot:
            return _plotted(report, screens.paper(self))
        return _short(report) if args.short else _in_depth(report)

    def _written(self, report: Report, path: str) -> Iterator[str]:
        html = page(report)
        if path == STDOUT:
            yield html.removesuffix("\n")
            return
        _write(path, html)
        self.say(f"wrote {path}")


def _check(args: argparse.Namespace) -> None:
    """Raise UsageError where arguments do not go together."""
    has_html = args.html is not None
    if not args.category and (args.plot or has_html):
        raise UsageError("which category is to be shown by day?", "ess summary CATEGORY --plot")
    if args.property and (args.plot or has_html or args.short):
        raise UsageError(f"{args.property} alone is printed as it is", "leave the option out")
    if has_html and (args.output_format != TEXT or args.output_columns):
        raise UsageError("--html writes a page, which has no other format", "leave -f and -c out")


def _write(path: str, text: str) -> None:
    """Write a file whole or not at all. Raises EssError where it cannot be written."""
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    if os.path.lexists(target) and not os.path.isfile(target):
        raise UsageError(f"{path!r} is no file", "- writes to stdout")
    if not os.path.isdir(folder):
        raise UsageError(f"there is no folder {folder!r}")
    Local(SCHEME + folder).put(name, io.BytesIO(text.encode()))


def _names(found: Iterable[Category]) -> Iterator[str]:
    return (one.name for one in found)


def _in_depth(report: Report) -> Iterator[str]:
    yield from _titled(report)
    yield from screens.facts(report.facts())
    columns = report.category.columns
    if columns:
        rows = [
            (
                str(number),
                column.name or "-",
                ",".join((column.type.value, *column.attributes)),
                sql_type(column),
            )
            for number, column in enumerate(columns.columns, 1)
        ]
        yield ""
        yield from screens.table(("#", "column", "type", "in SQL"), rows, right=(0,))


def _short(report: Report) -> Iterator[str]:
    yield from _titled(report)
    yield from screens.facts(report.files())


def _plotted(report: Report, paper: Paper) -> Iterator[str]:
    yield from _titled(report)
    yield from screens.facts(report.files())
    yield ""
    if report.days:
        yield from calendar(report.days, paper)
    else:
        yield report.no_dates_text


def _titled(report: Report) -> Iterator[str]:
    yield report.category.name


def _row(one: Category) -> Sequence[object]:
    first, last = (str(moment) if moment else None for moment in (one.first, one.last))
    return (one.name, one.files, Size(one.size_bytes), first, last, one.scanned_at, one.url, one.comment)


def _time(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}" if at else "never"


def _raise(failed: Mapping[str, EssError]) -> None:
    """Raise what went wrong, where anything did."""
    for name, error in failed.items():
        message = f"{name}: {error.message}"
        if len(failed) > 1:
            message = f"{count(len(failed), 'category', 'categories')} could not be scanned: {message}, …"
        raise PartlyDoneError(message, error.hint)


def _then_failed(
    rows: Iterable[Sequence[object]], failed: Mapping[str, EssError]
) -> Iterator[Sequence[object]]:
    yield from rows
    _raise(failed)
