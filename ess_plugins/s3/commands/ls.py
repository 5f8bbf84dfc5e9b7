"""`ess s3 ls`: arguments and output."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar

from ess_core.errors import NothingMatchedError
from ess_core.host.command import Lister
from ess_plugins.s3 import listing
from ess_plugins.s3.listing import Bucket, Entry
from ess_plugins.s3.place import Place, place

Row = Sequence[Any]
TEXT = "text"
BUCKET_COLUMNS = ("name", "region", "created")
COLUMNS = ("key", "size", "last_modified", "storage_class", "etag")
LINE_COLUMNS = ("last_modified", "size", "key")
PREFIX_LINE = (" " * 19, "PRE".rjust(10))  # as wide as a time and a size


class Ls(Lister):
    """List buckets, or the objects in one."""

    default_format: ClassVar[str] = TEXT

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "place",
            nargs="?",
            metavar="BUCKET[/PREFIX]",
            help="without it, the account's buckets; s3:// may stand before it",
        )

    def take_action(self, args: argparse.Namespace) -> tuple[Row, Iterable[Row]]:
        lines = args.output_format == TEXT
        if args.place is None:
            return _bucket_table(listing.buckets(self.cloud.client("s3")), lines)
        where = place(args.place)
        return _entry_table(_or_nothing(listing.entries(self.cloud.client("s3"), where), where), lines)


def _bucket_table(found: Iterable[Bucket], lines: bool) -> tuple[Row, Iterable[Row]]:
    if lines:
        return ("created", "name"), ((bucket.created, bucket.name) for bucket in found)
    return BUCKET_COLUMNS, ((bucket.name, bucket.region, bucket.created) for bucket in found)


def _entry_table(found: Iterable[Entry], lines: bool) -> tuple[Row, Iterable[Row]]:
    columns = LINE_COLUMNS if lines else COLUMNS
    return columns, (_line(entry) if lines else _fields(entry, columns) for entry in found)


def _line(entry: Entry) -> Row:
    return (*PREFIX_LINE, entry.key) if entry.is_prefix else _fields(entry, LINE_COLUMNS)


def _fields(entry: Entry, columns: Iterable[str]) -> Row:
    return tuple(getattr(entry, name) for name in columns)


def _or_nothing(found: Iterable[Entry], where: Place) -> Iterator[Entry]:
    """The entries; an empty bucket is fine, a prefix that nothing begins with is not."""
    empty = True
    for entry in found:
        empty = False
        yield entry
    if empty and where.prefix:
        raise NothingMatchedError(f"nothing in {where.bucket} begins with {where.prefix!r}")
