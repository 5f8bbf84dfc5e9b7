"""`ess repository`: arguments and output."""

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from ess_core.errors import EssError, PartlyDoneError
from ess_core.files import selected
from ess_core.files.opening import opened
from ess_core.files.selected import Selected
from ess_core.host.command import Lister
from ess_core.host.commands.cells import Size
from ess_core.host.progress import watched
from ess_core.host.rows import Table
from ess_plugins.data import listing
from ess_plugins.data.commands.common import add_label


class Repository(Lister):
    """Show the selected datastores and how much is in them.

    Files and size are those of the last scan; --scan counts anew, which lists every file.
    """

    columns = ("label", "active", "files", "size", "last_scan", "selected", "url")

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        add_label(parser)
        parser.add_argument("--scan", action="store_true", help="count files and bytes now")

    def take_action(self, args: argparse.Namespace) -> Table:
        found = [selected.find(args.label)] if args.label else selected.known()
        if not found:
            self.say(f"no datastore is selected: {selected.HOW}")
        failed = self._scan(found) if args.scan else []
        if failed and len(failed) == len(found) == 1:
            raise failed[0]
        if args.scan:
            labels = {one.label for one in found}
            found = [one for one in selected.known() if one.label in labels]
        return self.columns, _rows(found, len(failed))

    def _scan(self, datastores: Sequence[Selected]) -> list[EssError]:
        """Scan each; the errors of those that cannot be."""
        failed: list[EssError] = []
        for one in datastores:
            try:
                files = watched(self, opened(one.url, self).list(), f"files of {one.label}")
                selected.record_scan(one, listing.counted(files))
            except EssError as error:
                failed.append(error)
                self.warn(f"{one.label} is not scanned: {error.message}")
        return failed


def _rows(datastores: Sequence[Selected], failed: int) -> Iterator[Sequence[Any]]:
    for one in datastores:
        yield _row(one)
    if failed:
        raise PartlyDoneError(f"{failed} of {len(datastores)} datastores could not be scanned")


def _row(one: Selected) -> Sequence[Any]:
    scan = one.scan
    figures = (scan.files, Size(scan.size_bytes), scan.at) if scan else (None, None, None)
    return one.label, one.is_active, *figures, one.selected_at, one.url
