"""`ess cat`: arguments and output."""

import argparse
import shutil

from ess_core.files.compression import decompressed
from ess_core.host.command import BaseCommand
from ess_plugins.data import listing
from ess_plugins.data.commands.common import add_label, chosen

CHUNK_BYTES = 1 << 20


class Cat(BaseCommand):
    """Print files of a datastore, one after the other.

    A file that cannot be read ends it.
    """

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="keys, or quoted globs")
        parser.add_argument(
            "--decompress",
            action="store_true",
            help="print what is in gz, bz2, xz and zst data, whatever its name",
        )
        parser.add_argument(
            "--literal", action="store_true", help="take * ? [ in a key as they are, and not as a glob"
        )
        add_label(parser)

    def take_action(self, args: argparse.Namespace) -> None:
        store = chosen(self, args)
        for key in listing.named(store, args.files, literal=args.literal):
            with store.open(key) as stream:
                plain = decompressed(stream, repr(key)) if args.decompress else stream
                shutil.copyfileobj(plain, self.binary_stdout, CHUNK_BYTES)
