"""`ess lsa`: arguments and output."""

import argparse
from typing import ClassVar

from ess_core.files import archives
from ess_core.host import rows
from ess_core.host.command import Lister
from ess_plugins.data.commands.common import add_label, chosen


class Lsa(Lister):
    """List what is in an archive of a datastore.

    It is a zip, a tar, or a tar that is compressed with gz, bz2, xz or zst; its data says so, not its name.
    """

    default_format: ClassVar[str] = rows.TEXT

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the archive's key")
        rows.add_pattern(parser)
        add_label(parser)

    def take_action(self, args: argparse.Namespace) -> rows.Table:
        found = rows.matching(archives.members(chosen(self, args), args.file), args.pattern, args.file)
        return rows.members(found, args.output_format == rows.TEXT)
