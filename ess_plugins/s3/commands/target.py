"""What the commands that list are about: a place, patterns, times; the same arguments for all of them."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ess_core.files.globs import Glob, Selection
from ess_core.host.arguments import add_exclude, whole_number
from ess_plugins.s3.listing import Scope
from ess_plugins.s3.listing.engine import MOST_WORKERS
from ess_plugins.s3.listing.filters import Filter
from ess_plugins.s3.place import place

LARGEST_WORKERS = 256
DEEPEST = 500  # a key has 1,024 bytes


@dataclass(frozen=True)
class Target:
    """What is listed, and which of it is wanted; ``text`` is how the user named it."""

    text: str
    scope: Scope
    wanted: Filter

    @property
    def is_narrowed(self) -> bool:
        """True where the bucket may hold something else."""
        return bool(self.scope.prefix) or self.wanted != Filter()

    def nothing(self) -> str:
        """What is said where nothing is wanted of what there is."""
        scope = self.scope
        if self.wanted == Filter():
            return f"nothing in {scope.bucket} begins with {scope.prefix!r}"
        return f"nothing in {scope.bucket} matches {self.text!r} and the options"


def add_target(parser: argparse.ArgumentParser) -> None:
    """Add what narrows a listing, and how it is made."""
    add_exclude(parser)
    parser.add_argument(
        "--literal", action="store_true", help="the place is no glob: * ? [ stand for themselves"
    )
    parser.add_argument("--since", metavar="DATE", help="modified then or later, such as 2014-01-31")
    parser.add_argument("--until", metavar="DATE", help="modified then or earlier; a day counts to its end")
    parser.add_argument(
        "--date",
        nargs=2,
        metavar=("START", "STOP"),
        help="the date in the key is from START to STOP, both included; * is an open end",
    )
    parser.add_argument(
        "--dateregex",
        default="auto",
        metavar="FORMAT",
        help="where --date finds it: auto, or a regex such as '[:%%Y:][:%%m:][:%%d:]'",
    )
    parser.add_argument(
        "--workers",
        type=workers,
        default=MOST_WORKERS,
        metavar="N",
        help=f"ask for at most N pages at once (default: {MOST_WORKERS})",
    )
    parser.add_argument(
        "--no-fast", action="store_true", help="ask for one page after the other, with botocore's paginator"
    )
    parser.add_argument(
        "--stat", action="store_true", help="say at the end how many requests and how much time it took"
    )


def target(args: argparse.Namespace, recursive: bool, restore: bool = False) -> Target:
    """What the arguments of :func:`add_target` and ``args.place`` ask for. Raises UsageError."""
    where = place(args.place)
    glob = Glob(where.prefix, literal=args.literal)
    is_glob = glob.prefix != where.prefix
    selection = Selection((glob,) if is_glob else (), tuple(map(Glob, args.exclude)))
    scope = Scope(where.bucket, glob.prefix, "" if recursive or is_glob else "/", restore)
    wanted = Filter(
        selection.regex if selection != Selection() else None,
        _since(args.since) if args.since else None,
        _until(args.until) if args.until else None,
        _dated(args.date, args.dateregex) if args.date else None,
    )
    return Target(args.place, scope, wanted)


def workers(text: str) -> int:
    """A number of workers."""
    return whole_number(text, LARGEST_WORKERS)


def depth(text: str) -> int:
    """A number of levels; 0 is all in one."""
    return 0 if text == "0" else whole_number(text, DEEPEST)


def _since(text: str) -> datetime | None:
    """The beginning of a moment, on this machine's clock, as times are shown."""
    from ess_core.files.moments import parse_moment

    moment = parse_moment(text)
    return moment.at.astimezone() if moment else None


def _until(text: str) -> datetime | None:
    """The end of a moment, on the same clock."""
    from ess_core.files.moments import parse_moment

    moment = parse_moment(text)
    return moment.last.astimezone() if moment else None


def _dated(ends: Sequence[str], form: str) -> Callable[[str], bool]:
    from ess_core.files.dates import date_format, parse_range  # 10 ms of regexes

    start, stop = ends
    wanted, found = parse_range(start, stop), date_format(form)
    return lambda key: wanted.covers(found.moment_of(key))
