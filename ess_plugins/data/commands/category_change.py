"""`ess category change`: arguments and output."""

import argparse
import contextlib
from typing import TYPE_CHECKING, Any

from ess_core.errors import NothingMatchedError, UsageError
from ess_core.files.opening import opened
from ess_core.host.command import BaseCommand
from ess_plugins.data.commands import categories as shown
from ess_plugins.data.commands.common import add_label

if TYPE_CHECKING:
    from ess_core.tables.categories import Category


class CategoryChange(BaseCommand):
    """Change a property of a category.

    The properties: patterns, exclude, dateregex (or dateformat), archive, compression, preprocess,
    delimiter, columnspec, pkey, comment, usecache (yes or no) and name. Where other files or dates are asked
    for, the files are listed anew; where other text is, one of them is looked into. Columns stay as they are
    where they still fit.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("first", metavar="NAME", help="which category; the property may stand before it")
        parser.add_argument("second", metavar="PROPERTY", help="what of it")
        parser.add_argument(
            "words",
            nargs="*",
            metavar="VALUE",
            help="what it is from now on; without it, as usual or nothing",
        )
        parser.add_argument("--noprobe", action="store_true", help="look into no file")
        add_label(parser)

    def take_action(self, args: argparse.Namespace) -> None:
        from ess_core.tables import categories
        from ess_core.tables.categories import properties

        found, name = _meant(args)
        value = properties.value(name, args.words, found.url)
        effect = properties.EFFECTS[name]
        if effect is properties.Effect.LISTING:
            self._list(found, name, value)
        elif effect is properties.Effect.PROBING:
            self._probe(found, name, value, args)
        else:
            categories.change(found, {name: value})
            self.say(f"{name} of {found.name} is changed")

    def _list(self, found: "Category", name: str, value: Any) -> None:
        from ess_core.tables import categories
        from ess_core.tables.categories import checked, settings

        wanted = checked(settings.applied(found, {name: value}))
        with categories.compare(wanted, opened(found.url, self), shown.counted(self)) as changes:
            if not changes.files:
                raise NothingMatchedError(f"no file in {found.url} matches; nothing is changed")
            shown.say_files(self, categories.change(found, {name: value}, changes))
            if changes.unread:
                raise changes.unread

    def _probe(self, found: "Category", name: str, value: str, args: argparse.Namespace) -> None:
        from ess_core.tables import categories
        from ess_core.tables.categories import settings
        from ess_core.tables.categories.probing import Probed, reprobe, unprobed

        said = {} if name in ("delimiter", "columnspec") else {name: value}
        if args.noprobe:
            probed = Probed(unprobed(found, name, value), None)
        else:
            store = opened(found.url, self)
            if not found.scanned_at:
                categories.scan(found, store, shown.counted(self))
            probed = reprobe(found, store, categories.samples(found), name, value)
        changed = categories.change(found, said | settings.text_of(probed.category))
        self.say(f"{name} of {changed.name} is changed")
        if not args.noprobe:
            shown.say_format(self, probed)


def _meant(args: argparse.Namespace) -> "tuple[Category, str]":
    """The category and the property that two words name, in the order in which they can be."""
    from ess_core.tables.categories import properties

    first, second = properties.known(args.first), properties.known(args.second)
    if not first and not second:
        raise UsageError(
            f"neither {args.first!r} nor {args.second!r} is a property that can be changed",
            f"there are: {', '.join(properties.EFFECTS)}",
        )
    if first and second:
        return _either(args, first, second)
    return (
        (shown.category(args, args.first), second) if second else (shown.category(args, args.second), first)
    )


def _either(args: argparse.Namespace, first: str, second: str) -> "tuple[Category, str]":
    """Both words are properties, and one of them is a category too."""
    found: list[tuple[Category, str]] = []
    for name, what in ((args.first, second), (args.second, first)):
        with contextlib.suppress(UsageError):
            found.append((shown.category(args, name), what))
    if len(found) == 1:
        return found[0]
    which = "both categories" if found else "neither of them a category"
    raise UsageError(f"{args.first!r} and {args.second!r} are properties, and {which}")
