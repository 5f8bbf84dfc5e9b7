"""`ess summary`: arguments and output."""

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ess_core.errors import EssError, PartlyDoneError, UsageError
from ess_core.files.opening import opened
from ess_core.host.command import Screen
from ess_core.host.escape import escape
from ess_core.host.rows import TEXT, Table
from ess_core.phrases import count
from ess_plugins.data.commands import categories as shown
from ess_plugins.data.commands.common import add_label, url_of

if TYPE_CHECKING:
    from ess_core.tables.categories import Category
    from ess_plugins.data.report import Report

STDOUT = "-"
PROPERTIES = ("columnspec", "compression", "delimiter", "pkey", "preprocess", "schema")


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
            choices=PROPERTIES,
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
        from ess_plugins.data import properties
        from ess_plugins.data.commands import summaries

        failed: dict[str, EssError] = {}
        found = self._found(args, failed)
        if not args.category:
            if not found:
                shown.say_none(self)
            yield from summaries.names(found) if args.short else summaries.all_of(found)
        elif args.property:
            yield escape(properties.text(found[0], args.property))
        else:
            yield from self._one(_report(found[0]), args)
        _raise(failed)

    def take_action(self, args: argparse.Namespace) -> Table:
        from ess_plugins.data import properties
        from ess_plugins.data.commands import summaries

        failed: dict[str, EssError] = {}
        found = self._found(args, failed)
        if not args.category:
            names, rows = summaries.rows(found)
        elif args.property:
            names, rows = (args.property,), [(properties.text(found[0], args.property),)]
        elif args.plot:
            names, rows = summaries.days(_report(found[0]))
        else:
            known = properties.record(_report(found[0]))
            names, rows = tuple(known), [tuple(known.values())]
        return names, _then_failed(rows, failed)

    def _found(self, args: argparse.Namespace, failed: dict[str, EssError]) -> "list[Category]":
        """The categories that are meant, scanned where that is asked for; ``failed`` gets what went wrong."""
        from ess_core.tables import categories

        _check(args)
        if not args.category:
            found = categories.known(url_of(args.label) if args.label else "")
            return [self._scanned(one, failed) for one in found] if args.scan else found
        one = shown.category(args, args.category)
        if not args.scan:
            return [one]
        scanned = self._scanned(one, failed)
        for error in failed.values():
            if not isinstance(error, PartlyDoneError):
                raise error
        return [scanned]

    def _scanned(self, one: "Category", failed: dict[str, EssError]) -> "Category":
        from ess_core.tables import categories

        try:
            categories.scan(one, opened(one.url, self), shown.counted(self))
        except EssError as error:
            failed[one.name] = error
        return categories.find(one.name, one.url, only=True)

    def _one(self, report: "Report", args: argparse.Namespace) -> Iterator[str]:
        from ess_plugins.data.commands import screens, summaries

        if args.html is not None:
            return self._page(report, args.html)
        if args.plot:
            return summaries.plotted(report, screens.paper(self))
        return summaries.short(report) if args.short else summaries.in_depth(report)

    def _page(self, report: "Report", path: str) -> Iterator[str]:
        from ess_plugins.data.commands import summaries
        from ess_plugins.data.page import page

        html = page(report)
        if path == STDOUT:
            yield html.removesuffix("\n")
            return
        summaries.write(path, html)
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


def _report(category: "Category") -> "Report":
    from ess_core.tables import categories
    from ess_plugins.data.report import Report

    return Report(category, categories.days(category))


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
