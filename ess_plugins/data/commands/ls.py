"""`ess ls`: arguments and output."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, ClassVar

from ess_core.files import File
from ess_core.files.dates import NONE, DateFormat, date_format
from ess_core.files.globs import or_nothing, select
from ess_core.files.levels import Folder
from ess_core.host.arguments import add_exclude, row_count
from ess_core.host.command import Lister
from ess_core.host.progress import watched
from ess_core.host.rows import NO_TIME, TEXT, Table
from ess_plugins.data import listing
from ess_plugins.data.commands.common import add_dateregex, add_label, chosen

Cell = Callable[[File | Folder], Any]
Group = tuple[str, Callable[[str], bool]]
LINE = ("last_modified", "size", "date", "categories", "key")
COLUMNS = ("key", "size", "date", "categories", "last_modified", "storage_class", "etag")
FOLDER = "PRE".rjust(10)
NO_DATE = NO_CATEGORY = "-"
DAY_WIDTH = len("2014-01-31")


class Ls(Lister):
    """List the files of a datastore.

    Without a pattern, what is directly below its top; with one that has no * ? or [, what is directly below
    that. Any other is a glob over whole keys: * stays within a folder, ** does not. A line has local time of
    modification, size in bytes, the date in the name and the key.
    """

    default_format: ClassVar[str] = TEXT

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "patterns", nargs="*", metavar="PATTERN", help="a quoted glob, or the beginning of keys"
        )
        parser.add_argument("-r", "--recursive", action="store_true", help="list all keys, not one level")
        add_exclude(parser)
        parser.add_argument("--limit", type=row_count, metavar="N", help="show the first N only")
        _add_shown(parser)
        add_label(parser)

    def take_action(self, args: argparse.Namespace) -> Table:
        names = _names(args)
        dates = date_format(args.dateregex)
        store = chosen(self, args)
        found: Iterable[File | Folder] = listing.listed(
            store, args.patterns, args.exclude, recursive=args.recursive
        )
        if args.patterns or args.exclude:
            what = " or ".join(map(repr, args.patterns)) or "the options"
            found = or_nothing(found, f"nothing in {store.url} matches {what}")
        if self.app.stderr.isatty() and not self.app.stdout.isatty():
            found = watched(self, found, "files")
        groups = _categories(store.url) if args.cat else ()
        cells = _Cells(dates, groups, args.output_format == TEXT).of(names)
        return names, ([cell(one) for cell in cells] for one in islice(found, args.limit))


def _add_shown(parser: argparse.ArgumentParser) -> None:
    add_dateregex(parser, "--dateregex")
    parser.add_argument("--cat", action="store_true", help="show which categories a file belongs to")
    parser.add_argument("--nameonly", action="store_true", help="show keys only")
    parser.add_argument("--nosize", action="store_true", help="leave out the size")
    parser.add_argument("--nodate", action="store_true", help="leave out the date in the name")


def _names(args: argparse.Namespace) -> Sequence[str]:
    if args.nameonly:
        return ("key",)
    hidden = {"size"} if args.nosize else set()
    if args.nodate or args.dateregex == NONE:
        hidden.add("date")
    if not args.cat:
        hidden.add("categories")
    return [name for name in (LINE if args.output_format == TEXT else COLUMNS) if name not in hidden]


def _categories(url: str) -> Sequence[Group]:
    """The names of a datastore's categories, each with what belongs to it."""
    from ess_core.tables import categories

    return [(one.name, select(one.patterns, one.excluded).matches) for one in categories.known(url)]


class _Cells:
    """The cells of a row by the names of columns; a folder has a key and in ``lines`` the mark of one."""

    def __init__(self, dates: DateFormat, groups: Sequence[Group], lines: bool) -> None:
        self._dates = dates
        self._groups = groups
        self._lines = lines

    def of(self, names: Iterable[str]) -> list[Cell]:
        return [getattr(self, name) for name in names]

    def key(self, one: File | Folder) -> str:
        return one.key

    def size(self, one: File | Folder) -> int | str | None:
        if isinstance(one, File):
            return one.size
        return FOLDER if self._lines else None

    def date(self, one: File | Folder) -> str | None:
        moment = self._dates.moment_of(one.key)
        if self._lines:
            return str(moment or NO_DATE).ljust(DAY_WIDTH)
        return str(moment) if moment else None

    def categories(self, one: File | Folder) -> Sequence[str] | str:
        found = [name for name, has in self._groups if isinstance(one, File) and has(one.key)]
        return (",".join(found) or NO_CATEGORY) if self._lines else found

    def last_modified(self, one: File | Folder) -> datetime | str | None:
        if isinstance(one, File):
            return one.last_modified
        return NO_TIME if self._lines else None

    def storage_class(self, one: File | Folder) -> str:
        return one.storage_class if isinstance(one, File) else ""

    def etag(self, one: File | Folder) -> str:
        return one.etag if isinstance(one, File) else ""
