"""`ess s3 cat`: arguments and output."""

import argparse
import re

from ess_core.errors import EssError, PartlyDoneError, UsageError
from ess_core.host.arguments import byte_count
from ess_core.host.command import BaseCommand
from ess_plugins.s3 import cat
from ess_plugins.s3.commands.common import add_access, how
from ess_plugins.s3.failures import ArchivedError

RANGE = re.compile(r"([^-]+)-([^-]*)")
NAMED = 10  # of the objects that were skipped


class Cat(BaseCommand):
    """Print objects, one after the other, as they are.

    An object that is archived and not restored is skipped, with a warning: exit code 3, or 1 where no other
    was printed.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "keys", nargs="+", metavar="BUCKET/KEY", help="objects or quoted globs; s3:// may stand before it"
        )
        part = parser.add_mutually_exclusive_group()
        part.add_argument(
            "--head", type=byte_count, metavar="N", help="only the first N bytes of each; 64k, 10M, 2G too"
        )
        part.add_argument("--tail", type=byte_count, metavar="N", help="only the last N bytes of each")
        part.add_argument(
            "--range",
            type=_range,
            metavar="START-[END]",
            help="only these bytes of each, counted from 0, both included",
        )
        parser.add_argument(
            "--decompress",
            action="store_true",
            help="print what is in gz, bz2, xz and zst data, whatever its name; --head counts those bytes",
        )
        parser.add_argument(
            "--literal", action="store_true", help="take * ? [ in a key as they are, and not as a glob"
        )
        add_access(parser)

    def take_action(self, args: argparse.Namespace) -> None:
        if args.decompress and (args.tail is not None or args.range):
            raise UsageError(
                "--decompress goes with --head, and with neither --tail nor --range",
                "compressed data can only be read from its start: ess s3 cat --decompress … | tail -c N",
            )
        chosen = cat.wanted(args.keys, self.cloud, how(args), literal=args.literal)
        skipped = printed = 0
        for later in cat.opened(chosen, _cut(args)):
            try:
                stream = later.result()
            except ArchivedError as error:
                skipped += 1
                if skipped <= NAMED:
                    self.warn(f"skipped: {error.message}")
                continue
            with stream:
                for chunk in cat.unpacked(stream, args.head) if args.decompress else stream.chunks():
                    self.binary_stdout.write(chunk)
            printed += 1
        _check(skipped, printed)


def _check(skipped: int, printed: int) -> None:
    if skipped:
        failure = PartlyDoneError if printed else EssError
        raise failure(
            f"{skipped} of {skipped + printed} objects are archived and not restored, and were skipped",
            "restore them first: aws s3api restore-object",
        )


def _cut(args: argparse.Namespace) -> cat.Cut:
    return args.range or cat.Cut(end=None if args.decompress else args.head, tail=args.tail)


def _range(text: str) -> cat.Cut:
    found = RANGE.fullmatch(text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a range such as 0-99, 1M-2M or 500-")
    start, end = byte_count(found[1]), byte_count(found[2]) if found[2] else None
    if end is not None and end < start:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins")
    return cat.Cut(start, None if end is None else end + 1)
