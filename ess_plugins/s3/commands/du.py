"""`ess s3 du`: arguments and output."""

import argparse
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from ess_core.host.command import Lister
from ess_core.host.commands.cells import Size
from ess_plugins.s3.commands.common import add_access
from ess_plugins.s3.commands.listed import Listed
from ess_plugins.s3.commands.target import Target, add_target, depth, target
from ess_plugins.s3.listing import usage
from ess_plugins.s3.listing.usage import Usage

BY = {"class": usage.by_class, "extension": usage.by_extension, "day": usage.by_day}


class Du(Lister):
    """Count the objects below a place, and their bytes.

    One line for all of it; with --depth 1 one for each folder directly below the place, with 2 for the
    folders in those, and so on. --by groups by storage class, extension or day of modification (UTC).
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "place", metavar="BUCKET[/PREFIX or glob]", help="what to count; s3:// may stand before it"
        )
        group = parser.add_mutually_exclusive_group()
        group.add_argument(
            "--depth", type=depth, default=0, metavar="N", help="how many levels of folders to tell apart"
        )
        group.add_argument("--by", choices=BY, metavar="WHAT", help="class, extension or day")
        parser.add_argument("--human", action="store_true", help="sizes in KiB, MiB and so on")
        add_target(parser)
        add_access(parser)

    def take_action(self, args: argparse.Namespace) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        wanted = target(args, recursive=True)
        group = BY[args.by] if args.by else usage.by_folder(wanted.scope.prefix, args.depth)
        listed = Listed(self, args, wanted, writes_rows=False)
        found = usage.merged(listed.chunks(lambda rows: usage.packed(rows, group)))
        cell = Size if args.human else int
        return (args.by or "place", "objects", "size"), _rows(found, args, wanted, cell)


def _rows(
    found: Sequence[Usage], args: argparse.Namespace, wanted: Target, cell: Callable[[int], Any]
) -> list[tuple[str, int, Any]]:
    """A row a group; where the whole place is one, it has the place's name, also when it is empty."""
    if not args.by and not args.depth:
        whole = found[0] if found else Usage("", 0, 0)
        return [(args.place, whole.objects, cell(whole.size_bytes))]
    before = "" if args.by else f"{wanted.scope.bucket}/"
    rows = [(before + one.name, one.objects, cell(one.size_bytes)) for one in found]
    return sorted(rows, key=itemgetter(0))
