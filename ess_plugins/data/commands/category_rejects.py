"""`ess category rejects`: arguments and output."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import astuple, fields
from typing import TYPE_CHECKING, Any

from ess_core.errors import NothingMatchedError
from ess_core.files.dates import parse_range
from ess_core.files.moments import OPEN
from ess_core.host.arguments import row_count
from ess_core.host.cleaning import add_cleaning, raise_problems, say_ready
from ess_core.host.command import Screen
from ess_core.host.escape import escape, one_line
from ess_core.host.progress import Progress
from ess_core.host.rows import Table
from ess_core.host.terminal import columns
from ess_plugins.data.commands import categories, screens
from ess_plugins.data.commands.common import add_label

if TYPE_CHECKING:
    from ess_core.tables.prepared import Prepared
    from ess_core.tables.rejected import Reason

_HEADS = ("rows", "column", "reason", "first")


class CategoryRejects(Screen):
    """Show the rows of a category that do not fit its columns, and why.

    How many there are for each reason comes first, then each row. Files that are not cleaned yet are
    cleaned. With another format than text, the rows alone are shown, or with --summary the reasons.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="the category")
        parser.add_argument(
            "start",
            nargs="?",
            default=OPEN,
            metavar="START",
            help="files from this date on, YYYY-MM-DD, or *",
        )
        parser.add_argument(
            "stop", nargs="?", default=OPEN, metavar="STOP", help="and up to this one, with all of that day"
        )
        parser.add_argument("--summary", action="store_true", help="show the reasons only")
        parser.add_argument("--limit", type=row_count, metavar="N", help="show the first N rows only")
        add_cleaning(parser)
        add_label(parser)

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run the command; the cleaned files are there as long as it writes."""
        with ExitStack() as self._open:
            return super().run(parsed_args)

    def screen(self, args: argparse.Namespace) -> Iterator[str]:
        """The lines."""
        from ess_core.tables.rejected import Rejected

        ready = self._ready(args)
        found = Rejected(ready)
        if ready.rows_rejected:
            yield from screens.table(_HEADS, map(_cells, found.reasons()), right=(0,), indent="")
        if ready.rows_rejected and not args.summary:
            yield ""
            width = columns() if self.app.stdout.isatty() else 0
            for row in found.rows(args.limit):
                yield screens.cut(_line(*row), width) if width else _line(*row)
        raise_problems([ready])

    def take_action(self, args: argparse.Namespace) -> Table:
        from ess_core.tables.parts import REJECT_COLUMNS
        from ess_core.tables.rejected import Reason, Rejected

        ready = self._ready(args)
        found = Rejected(ready)
        if args.summary:
            return [field.name for field in fields(Reason)], _all(ready, map(astuple, found.reasons()))
        return REJECT_COLUMNS, _all(ready, found.rows(args.limit))

    def _ready(self, args: argparse.Namespace) -> "Prepared":
        from ess_core.tables.preparing import cleaners, prepared

        within = parse_range(args.start, args.stop)
        category = categories.category(args, args.name)
        with Progress(self) as progress, cleaners(self, args.threads, master=args.master) as executor:
            ready = self._open.enter_context(
                prepared(
                    category,
                    within,
                    executor,
                    self,
                    fresh=args.fresh,
                    usecache=args.usecache,
                    skip_bad_files=args.skip_bad_files,
                    progress=progress,
                )
            )
        if not (ready.files or ready.archived):
            raise NothingMatchedError(
                f"there are no files of {category.name} from {args.start} to {args.stop}"
            )
        say_ready(self, [ready])
        return ready


def _all(ready: "Prepared", rows: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    yield from rows
    raise_problems([ready])


def _cells(one: "Reason") -> tuple[str, ...]:
    return f"{one.rows:,}", one.column or "-", one.reason, _place(one.source, one.member, one.line)


def _line(source: str, member: str, line: int, column: str, reason: str, raw: str) -> str:
    """A row as compilers and grep write where something is."""
    place = _place(source, member, line)
    return ": ".join([escape(place), *filter(None, [escape(column)]), one_line(reason), escape(raw)])


def _place(source: str, member: str, line: int) -> str:
    return ":".join([source, *filter(None, [member]), str(line)])
