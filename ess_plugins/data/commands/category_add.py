"""`ess category add`: arguments and output."""

import argparse
from typing import TYPE_CHECKING

from ess_core.errors import NothingMatchedError, UsageError
from ess_core.files import selected
from ess_core.files.dates import AUTO
from ess_core.files.opening import opened
from ess_core.host.arguments import add_exclude
from ess_core.host.command import BaseCommand
from ess_plugins.data.commands import categories as shown
from ess_plugins.data.commands import texts
from ess_plugins.data.commands.common import add_dateregex, add_label

if TYPE_CHECKING:
    from ess_core.tables.categories import Category


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
        add_exclude(parser)
        add_dateregex(parser, "--dateregex", "--dateformat")
        texts.add_extraction(parser)
        texts.add_given(parser, skip=True)
        parser.add_argument("--pkey", default="", metavar="COLUMN", help="the column that tells rows apart")
        parser.add_argument("--noprobe", action="store_true", help="look into no file")
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
        given = texts.given(args)
        if given.every and args.noprobe:
            raise UsageError("--alls and --allx are about columns that are found, and --noprobe finds none")
        category = _category(args, place)
        if not args.overwrite:
            categories.check_new(category)
        store = opened(place.url, self)
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
            members=args.archive or "",
            compression=args.compression or AUTO,
            preprocess=args.preprocess or "",
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
