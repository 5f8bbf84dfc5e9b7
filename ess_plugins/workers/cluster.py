"""What this machine keeps of a cluster's engine: the keys, and where it runs."""

import json
import shutil
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core import home
from ess_core.nodes import active
from ess_plugins.workers.turns import turn

if TYPE_CHECKING:
    from ess_plugins.workers.tls import Authority

BUSY_S = 900.0


@dataclass(frozen=True)
class Record:
    """Where the engine was started last: node, address, that of its pages, bundle, the scheduler's id."""

    node: str
    address: str
    pages: str
    digest: str
    engine: str


@dataclass(frozen=True)
class Cluster:
    """The cluster that ``provider`` knows as ``name``."""

    provider: str
    name: str

    @property
    def folder(self) -> Path:
        """Where it is kept, whether it exists or not."""
        return home.home().joinpath(*self._parts)

    @property
    def _parts(self) -> tuple[str, ...]:
        return "workers", self.provider, self.name or "-"

    def authority(self) -> "Authority":
        """Its certificate authority, made where there is none."""
        from ess_plugins.workers import tls

        return tls.authority(home.private_folder(*self._parts))

    def record(self) -> Record | None:
        """Where the engine was started last, if it was and that can be read."""
        try:
            return Record(**json.loads(self._file.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def keep(self, record: Record) -> None:
        """Remember it."""
        home.write_private(self._file, json.dumps(asdict(record)) + "\n")

    def forget(self) -> None:
        """Remove its keys and all else that is kept of it: it has ended."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def forget_engine(self) -> None:
        """Forget where it runs: it has been ended."""
        with suppress(OSError):
            self._file.unlink()

    @property
    def _file(self) -> Path:
        return self.folder / "engine.json"

    def changing(self) -> AbstractContextManager[None]:
        """Let one process of this machine at a time start its engine; others wait for it."""
        lock = home.private_folder(*self._parts) / "lock"
        return turn(lock, BUSY_S, "another ess has been preparing the workers for long")


def current() -> Cluster:
    """The active one."""
    now = active.read()
    return Cluster(now.provider, now.cluster)
