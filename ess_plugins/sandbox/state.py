"""What is known of a sandbox in a folder: whether it runs, and how to reach it."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ess_core.errors import EssError, NothingMatchedError
from ess_core.home import locked, write_private
from ess_plugins.sandbox.settings import STATE


@dataclass(frozen=True)
class Ready:
    """What the API process says when it serves; ``secret`` opens the control door."""

    endpoint: str
    ssh_port: int
    secret: str = field(repr=False)

    def encode(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @staticmethod
    def decode(line: str | bytes) -> "Ready":
        """What such a line says."""
        return Ready(**json.loads(line))


@dataclass(frozen=True)
class Running:
    """A running sandbox."""

    folder: Path
    supervisor: int
    region: str
    ready: Ready


def lock_file(folder: Path) -> Path:
    """The file whose lock the supervisor holds as long as it lives."""
    return folder / STATE / "lock"


def is_ours(folder: Path) -> bool:
    """Whether ``folder`` belongs to a sandbox, running or not."""
    return lock_file(folder).is_file()


def runs(folder: Path) -> bool:
    """Whether its supervisor lives; a lock cannot outlast its process, so no stale pid can mislead us."""
    if not is_ours(folder):
        return False
    with locked(lock_file(folder)) as free:
        return not free


def find(folder: Path) -> Running:
    """The sandbox that runs in ``folder``. Raises NothingMatchedError where none does."""
    folder = folder.absolute()
    if not runs(folder):
        raise NothingMatchedError(f"no sandbox runs in {folder}", "ess sandbox start")
    try:
        known = json.loads((folder / STATE / "state.json").read_text("utf-8"))
        return Running(folder, known["supervisor"], known["region"], Ready(**known["ready"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EssError(f"{folder / STATE / 'state.json'} cannot be read", "ess sandbox stop") from error


def remember(running: Running) -> None:
    """Keep it for other commands; private, because it holds the secret of the control door."""
    known = {"supervisor": running.supervisor, "region": running.region, "ready": asdict(running.ready)}
    write_private(running.folder / STATE / "state.json", json.dumps(known))
