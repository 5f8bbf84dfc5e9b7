"""Folders on nodes."""

from dataclasses import dataclass

from ess_core.nodes.worker import Worker
from ess_plugins.workers.files import scripts
from ess_plugins.workers.files.link import linked


@dataclass(frozen=True)
class Folders:
    """Folders that are to be there."""

    paths: tuple[str, ...]

    async def on(self, worker: Worker) -> None:
        """Make those that are missing. Raises EssError where one cannot be made."""
        assert worker.login
        async with linked(worker.login) as link:
            for batch in scripts.batches((scripts.name(path),) for path in self.paths):
                await link.run(scripts.MKDIR, *batch)
