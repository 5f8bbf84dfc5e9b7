"""`ess cache status` and `clear`: arguments and output."""

import argparse
from collections.abc import Sequence
from typing import Any

from ess_core.files.sizes import size_text
from ess_core.host.command import BaseCommand, ShowOne
from ess_core.host.commands.cells import Size
from ess_core.phrases import count


class Status(ShowOne):
    """Show what the cache of cleaned parts takes.

    Files are those whose parts it has; their size is what these take of the disk.
    """

    columns = ("files", "size", "limit", "oldest_use", "folder")

    def take_action(self, _args: argparse.Namespace) -> tuple[Sequence[str], Sequence[Any]]:
        from ess_core.tables.cache import cache, limit
        from ess_core.tables.cache.files import folder

        found = cache.status()
        size, most = Size(found.disk_bytes), Size(limit.limit_bytes(self.conf))
        return self.columns, (found.files, size, most, found.oldest_use, str(folder()))


class Clear(BaseCommand):
    """Remove all cleaned parts from the cache.

    The files that they were made of are untouched.
    """

    def take_action(self, _args: argparse.Namespace) -> None:
        from ess_core.tables.cache import cache

        gone = cache.clear()
        self.say(f"removed the parts of {count(gone.files, 'file')}, {size_text(gone.disk_bytes)}")
