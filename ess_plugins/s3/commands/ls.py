"""`ess s3 ls`: arguments and output."""

import argparse
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, ClassVar

from ess_core.errors import UsageError
from ess_core.host.arguments import row_count
from ess_core.host.command import Lister
from ess_plugins.s3.commands import fields
from ess_plugins.s3.commands.common import add_access, client
from ess_plugins.s3.commands.lines import Lines, summary
from ess_plugins.s3.commands.listed import Listed
from ess_plugins.s3.commands.target import add_target, target
from ess_plugins.s3.listing.buckets import Bucket, buckets

Rows = Iterable[Sequence[Any]]
Table = tuple[Sequence[str], Rows]
TEXT = "text"
BUCKET_COLUMNS = ("name", "region", "created")
BUCKET_LINE = ("created", "region", "name")
ABOUT_OBJECTS = (
    "recursive",
    "summarize",
    "storage_class",
    "restore_status",
    "versions",
    "exclude",
    "since",
    "until",
    "date",
    "stat",
)


class Ls(Lister):
    """List buckets, or the objects in one.

    BUCKET/PREFIX shows what is directly below a prefix, with -r everything that begins with it. A place
    with * ? or [ in it is a glob over whole keys: * stays within a folder, ** does not. A line has local
    time, size in bytes and key.
    """

    default_format: ClassVar[str] = TEXT

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "place",
            nargs="?",
            metavar="BUCKET[/PREFIX or glob]",
            help="without it, the account's buckets; s3:// may stand before it",
        )
        parser.add_argument("-r", "--recursive", action="store_true", help="list all keys, not one level")
        _add_shown(parser)
        add_target(parser)
        add_access(parser)

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run the command; lines about objects are written a page at a time."""
        args = parsed_args
        if args.place is None:
            _check_about_buckets(args)
            return super().run(args)
        self._listed = Listed(self, args, target(args, args.recursive, args.restore_status))
        if args.output_format == TEXT and not args.output_columns:
            self._write_lines(args)
        else:
            super().run(args)
        if args.summarize:
            self._summarize(args)
        return 0

    def take_action(self, args: argparse.Namespace) -> Table:
        if args.place is None:
            found = islice(buckets(client(self, args)), args.limit)
            return _bucket_table(found, args.output_format == TEXT)
        pages = self._listed.pages(args.limit)
        if args.versions:
            return fields.VERSION, (fields.versions(row) for page in pages for row in page)
        columns = fields.WITH_RESTORE if args.restore_status else fields.OBJECT
        return columns, (fields.objects(row) for page in pages for row in page)

    def _write_lines(self, args: argparse.Namespace) -> None:
        lines, write = (
            Lines(args.human, args.storage_class, args.restore_status, args.versions),
            self.app.stdout.write,
        )
        if args.limit is None:
            for chunk in self._listed.chunks(lambda rows: lines(rows).encode()):
                write(chunk.decode())
        else:
            for page in self._listed.pages(args.limit):
                write(lines(page))

    def _summarize(self, args: argparse.Namespace) -> None:
        total = summary(self._listed.tally, args.human)
        if args.output_format == TEXT:
            self.app.stdout.write(total)
        else:
            self.say(total.strip())


def _add_shown(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=row_count, metavar="N", help="show the first N only")
    parser.add_argument("--human", action="store_true", help="sizes in KiB, MiB and so on, in lines")
    parser.add_argument("--summarize", action="store_true", help="say at the end how many and how large")
    parser.add_argument("--storage-class", action="store_true", help="show the storage class in lines too")
    parser.add_argument(
        "--restore-status", action="store_true", help="show until when archived objects are restored"
    )
    parser.add_argument(
        "--versions", action="store_true", help="show all versions and delete markers, not the latest only"
    )


def _check_about_buckets(args: argparse.Namespace) -> None:
    given = next((name for name in ABOUT_OBJECTS if getattr(args, name)), None)
    if given:
        option = given.replace("_", "-")
        raise UsageError(f"--{option} is about objects, and no bucket is named", "ess s3 ls BUCKET")


def _bucket_table(found: Iterable[Bucket], lines: bool) -> Table:
    if lines:
        return BUCKET_LINE, ((bucket.created, bucket.region, bucket.name) for bucket in found)
    return BUCKET_COLUMNS, ((bucket.name, bucket.region, bucket.created) for bucket in found)
