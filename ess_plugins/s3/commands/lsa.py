"""`ess s3 lsa`: arguments and output."""

import argparse
from typing import ClassVar

from ess_core.files import archives
from ess_core.host import rows
from ess_core.host.command import Lister
from ess_plugins.s3 import objects
from ess_plugins.s3.commands.common import add_access, how
from ess_plugins.s3.datastore import Store
from ess_plugins.s3.place import SCHEME


class Lsa(Lister):
    """List what is in an archive: zip, tar, or a tar that is compressed with gz, bz2, xz or zst.

    Of a zip, and of a tar that is not compressed, only what is needed is fetched; any other is read to its
    end. What it is goes by its data and not by its name.
    """

    default_format: ClassVar[str] = rows.TEXT

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "archive", metavar="BUCKET/ARCHIVE", help="the archive's key; s3:// may stand before it"
        )
        rows.add_pattern(parser)
        add_access(parser)

    def take_action(self, args: argparse.Namespace) -> rows.Table:
        where = objects.object_at(args.archive)
        store = Store(SCHEME + where.bucket, self.cloud, how(args))
        found = rows.matching(archives.members(store, where.prefix), args.pattern, args.archive)
        return rows.members(found, args.output_format == rows.TEXT)
