"""`ess category add`: arguments and output."""

import argparse
from typing import TYPE_CHECKING

from ess_core.errors import NothingMatchedError, UsageError
from ess_core.files import selected
from ess_core.files.dates import AUTO
from ess_core.host.command import BaseCommand
from ess_plugins.data.commands import categories as shown
from ess_plugins.data.commands.common import add_label, opened

if TYPE_CHECKING:
    from ess_core.tables.categories import Category
    from ess_core.tables.given import Given


class CategoryAdd(BaseCommand):
    """Group files by patterns into a category.

    Its files are listed, and one of them is looked into for format and columns. A pattern is a quoted glob
    over keys, or several with blanks between them; * stays within a folder, ** does not. In a datastore on
    this machine it may also be an absolute path below it.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="letters, digits and _ - .")
        parser.add_argument(
            "patterns", nargs="+", metavar="PATTERN", help="which files, such as 'logs/**/*.gz'"
        )
        parser.add_argument(
            "--exclude",
            action="append",
            default=[],
            metavar="GLOB",
            help="leave out keys that match, such as '**/_SUCCESS'; repeat for more",
        )
        parser.add_argument(
            "--dateregex",
            "--dateformat",
            default=AUTO,
            metavar="FORMAT",
            help="the date in a name: auto, none, or a regex such as '[:%%Y:][:%%m:][:%%d:]'",
        )
        _add_content(parser)
        _add_columns(parser)
        parser.add_argument("--comment", default="", metavar="TEXT", help="what it is, for people")
        parser.add_argument(
            "--usecache", action="store_true", help="trust the stored list of files, and list them no more"
        )
        parser.add_argument("--overwrite", action="store_true", help="replace a category of that name")
        add_label(parser)

    def take_action(self, args: argparse.Namespace) -> None:
        from ess_core.tables import categories
        from ess_core.tables.categories.probing import Probed, as_given, probe

        place = selected.find(args.label)
        given = _given(args)
        category = _category(args, place)
        if not args.overwrite:
            categories.check_new(category)
        store = opened(self, place.url)
        with categories.compare(category, store, shown.counted(self)) as found:
            if not found.files:
                raise NothingMatchedError(f"no file in {place.url} matches; nothing is added", _hint(args))
            probed = Probed(as_given(category, given), None)
            if not args.noprobe:
                probed = probe(category, store, found.samples, given)
            shown.say_files(self, categories.add(probed.category, found, overwrite=args.overwrite))
            if not args.noprobe:
                shown.say_format(self, probed)
            if found.unread:
                raise found.unread


def _add_content(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--archive",
        default="",
        metavar="PATTERN",
        help="which members of archives, such as '*.csv'; else all",
    )
    parser.add_argument(
        "--compression",
        default=AUTO,
        metavar="NAME",
        help="what every file must be: none, gz, bz2, xz, zst, zip or tar; else what its bytes say",
    )
    parser.add_argument(
        "--preprocess",
        default="",
        metavar="COMMAND",
        help="a shell command that each file goes through first",
    )
    parser.add_argument(
        "--delimiter", default="", metavar="TEXT", help=r"what is between cells, such as \t, \x01, ||"
    )


def _add_columns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--columnspec", default="", metavar="SPEC", help="the columns, such as 'S:name I:id X'"
    )
    every = parser.add_mutually_exclusive_group()
    every.add_argument("--alls", action="store_true", help="take every column for text")
    every.add_argument(
        "--allx", action="store_true", help="skip every column, to name those that are wanted later"
    )
    parser.add_argument("--pkey", default="", metavar="COLUMN", help="the column that tells rows apart")
    parser.add_argument("--noprobe", action="store_true", help="look into no file")


def _given(args: argparse.Namespace) -> "Given":
    """What the user says of the text. Raises UsageError where that cannot be."""
    from ess_core.tables import columnspec, given

    every = columnspec.ColumnType.TEXT if args.alls else columnspec.ColumnType.SKIP if args.allx else None
    if every and args.noprobe:
        raise UsageError("--alls and --allx are about columns that are found, and --noprobe finds none")
    return given.Given(
        given.delimiter(args.delimiter) if args.delimiter else "",
        columnspec.parse(args.columnspec) if args.columnspec else None,
        every,
    )


def _category(args: argparse.Namespace, place: selected.Selected) -> "Category":
    from ess_core.tables.categories import Category, checked
    from ess_core.tables.categories.patterns import typed

    return checked(
        Category(
            args.name,
            place.url,
            place.label,
            typed(args.patterns, place.url),
            typed(args.exclude, place.url),
            dateregex=args.dateregex,
            members=args.archive,
            compression=args.compression,
            preprocess=args.preprocess,
            pkey=args.pkey,
            comment=args.comment,
            usecache=args.usecache,
        )
    )


def _hint(args: argparse.Namespace) -> str:
    for pattern in args.patterns:
        if pattern.endswith("/"):
            return f"'{pattern}**' is all that is below {pattern}"
        if " " in pattern and not {'"', "'"} & set(pattern):
            return f"a blank separates patterns: '\"{pattern}\"' is one"
    return "`ess ls PATTERN` shows what matches; ** goes into folders, * does not"
