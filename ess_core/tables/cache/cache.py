"""The cache as those use it who need the parts of files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ess_core.home.paths import explained
from ess_core.tables.cache import files, index
from ess_core.tables.cache.index import Status
from ess_core.tables.cache.records import record
from ess_core.tables.cache.workspace import Workspace, sweep
from ess_core.tables.parts import Part


@dataclass(frozen=True)
class Cache:
    """Parts by their key; it takes at most ``limit_bytes`` of the disk, and 0 keeps nothing."""

    limit_bytes: int

    def lend(self, keys: Sequence[str], to: Workspace) -> dict[str, tuple[Part, ...]]:
        """The parts of those keys that are there, in a workspace; what is damaged is not there.

        Raises EssError where ESS_HOME cannot be written.
        """
        lender = files.Lender(to.parts)
        with explained(files.folder()):
            found = {key: one for key, one in index.find(keys) if lender.lend(one.files)}
        index.touch([*found])
        return {key: one.within(to.parts) for key, one in found.items()}

    def keep(self, made: Mapping[str, Sequence[Part]], of: Workspace) -> None:
        """Keep parts that are in a workspace. Raises EssError where the disk is full or read-only."""
        index.add({key: record(parts) for key, parts in made.items()}, of.parts, self.limit_bytes)


def status() -> Status:
    """What is in the cache."""
    return index.status()


def clear() -> Status:
    """Remove all that is in the cache; what it was. Who has been lent something keeps it."""
    sweep()
    return index.clear()
