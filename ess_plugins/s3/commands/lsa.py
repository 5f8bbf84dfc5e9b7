"""`ess s3 lsa`: arguments and output."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from ess_core.errors import NothingMatchedError
from ess_core.files import archives
from ess_core.files.globs import select
from ess_core.host.command import Lister
from ess_plugins.s3 import objects
from ess_plugins.s3.commands.common import add_access, how
from ess_plugins.s3.datastore import Store
from ess_plugins.s3.place import SCHEME

Row = Sequence[Any]
TEXT = "text"
COLUMNS = ("name", "size", "packed_size", "last_modified")
LINE_COLUMNS = ("last_modified", "size", "name")
NO_TIME = " " * 19  # as wide as a time


class Lsa(Lister):
    """List what is in an archive: zip, tar, or a tar that is compressed with gz, bz2, xz or zst.

    Of a zip, and of a tar that is not compressed, only what is needed is fetched; any other is read to its
    end. What it is goes by its data and not by its name.
    """

    default_format: ClassVar[str] = TEXT

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "archive", metavar="BUCKET/ARCHIVE", help="the archive's key; s3:// may stand before it"
        )
        parser.add_argument(
            "--pattern",
            action="append",
            default=[],
            metavar="GLOB",
            help="only members whose whole name matches; repeat for more",
        )
        add_access(parser)

    def take_action(self, args: argparse.Namespace) -> tuple[Row, Iterable[Row]]:
        where = objects.object_at(args.archive)
        store = Store(SCHEME + where.bucket, self.cloud, how(args))
        wanted = select(args.pattern)
        chosen = (one for one in archives.members(store, where.prefix) if wanted.matches(one.name))
        found = _or_nothing(chosen, args.archive, args.pattern) if args.pattern else chosen
        if args.output_format == TEXT:
            return LINE_COLUMNS, ((one.last_modified or NO_TIME, one.size, one.name) for one in found)
        return COLUMNS, (tuple(getattr(one, name) for name in COLUMNS) for one in found)


def _or_nothing(
    found: Iterable[archives.Member], archive: str, patterns: Sequence[str]
) -> Iterator[archives.Member]:
    empty = True
    for member in found:
        empty = False
        yield member
    if empty:
        raise NothingMatchedError(f"nothing in {archive} matches {' or '.join(map(repr, patterns))}")
