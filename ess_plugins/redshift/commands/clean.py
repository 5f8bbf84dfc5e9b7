"""`ess redshift clean`: arguments and output."""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ess_core.errors import EssError, PartlyDoneError
from ess_core.files import Datastore
from ess_core.files.sizes import size_text
from ess_core.host.command import Lister
from ess_plugins.redshift.commands.common import add_label, add_staging, staging_store, warehouse_of
from ess_plugins.redshift.loading.leases import Folder, folders, remove

_IN_USE, _EXPIRED, _REMOVED = "in use", "expired", "removed"


class Clean(Lister):
    """Remove what loads that were killed left behind in the staging folder.

    A load that ends removes its folder itself. While it runs it renews a lease, and what has a lease that is
    younger than an hour stays. Nothing but folders of loads is touched.
    """

    columns = ("load_id", "state", "objects", "size_bytes", "age_s")

    def arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="show what would be removed")
        add_staging(parser)
        add_label(parser)

    def take_action(self, args: argparse.Namespace) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
        store = staging_store(self, warehouse_of(self, args.label), args.staging)
        return self.columns, self._cleaned(store, args.dry_run)

    def _cleaned(self, store: Datastore, is_dry: bool) -> Iterator[Sequence[Any]]:
        done: dict[str, list[Folder]] = {}
        problems: list[EssError] = []
        for folder in folders(store):
            state = _state(store, folder, is_dry, problems)
            done.setdefault(state, []).append(folder)
            yield folder.load_id, state, folder.objects, folder.size_bytes, round(folder.age.total_seconds())
        gone = done.pop(_EXPIRED if is_dry else _REMOVED, [])
        left = [folder for some in done.values() for folder in some]
        self.say(f"{_counted(gone)} {'would be removed' if is_dry else 'removed'}, {_counted(left)} left")
        if problems:
            first = problems[0]
            raise PartlyDoneError(
                f"{len(problems)} of the folders could not be removed: {first.message}", first.hint
            )


def _state(store: Datastore, folder: Folder, is_dry: bool, problems: list[EssError]) -> str:
    """What is with a folder now; it is removed where it may be, and a failure added to ``problems``."""
    if not folder.is_expired:
        return _IN_USE
    if is_dry:
        return _EXPIRED
    try:
        return _REMOVED if remove(store, folder) else _IN_USE
    except EssError as error:
        problems.append(error)
        return "failed"


def _counted(some: Sequence[Folder]) -> str:
    size = size_text(sum(folder.size_bytes for folder in some))
    return f"{len(some)} folder{'' if len(some) == 1 else 's'} ({size})"
