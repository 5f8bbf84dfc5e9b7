"""`ess category list`, `copy` and `delete`: arguments and output."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ess_core.files import selected
from ess_core.host.command import BaseCommand, Lister
from ess_core.host.commands.cells import Lines, Size
from ess_core.host.rows import Table
from ess_plugins.data.commands import categories as shown
from ess_plugins.data.commands.common import add_label

if TYPE_CHECKING:
    from ess_core.tables.categories import Category


class CategoryList(Lister):
    """Show the categories, with the figures of the last time their files were listed."""

    columns = ("name", "files", "size", "first", "last", "patterns", "comment", "label", "last_scan")

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="only these")
        parser.add_argument("--label", default="", metavar="LABEL", help="only those of this datastore")

    def take_action(self, args: argparse.Namespace) -> Table:
        from ess_core.tables import categories

        if args.names:
            found = [shown.category(args, name) for name in args.names]
        else:
            found = categories.known(selected.find(args.label).url if args.label else "")
        if not found:
            shown.say_none(self)
        return self.columns, map(_row, found)


class CategoryCopy(BaseCommand):
    """Keep a category under another name too, to change it there."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="which one")
        parser.add_argument("new", metavar="NEW", help="the name of the copy")
        add_label(parser)

    def take_action(self, args: argparse.Namespace) -> None:
        from ess_core.tables import categories

        shown.say_files(self, categories.copy(shown.category(args, args.name), args.new))


class CategoryDelete(BaseCommand):
    """Forget categories; their files stay."""

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("names", nargs="+", metavar="NAME", help="which ones")
        add_label(parser)

    def take_action(self, args: argparse.Namespace) -> None:
        from ess_core.tables import categories

        for gone in [shown.category(args, name) for name in args.names]:
            categories.delete(gone)
            self.say(f"forgot {gone.name} of {gone.url}; its files are untouched")


def _row(one: "Category") -> Sequence[Any]:
    dates = (str(one.first) if one.first else None, str(one.last) if one.last else None)
    return (
        one.name,
        one.files if one.scanned_at else None,
        Size(one.size_bytes) if one.scanned_at else None,
        *dates,
        Lines(one.patterns),
        one.comment,
        one.label,
        one.scanned_at,
    )
