"""Where a node keeps what is ess's, and what is known of the processes there."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ess_core.home import write_private

ROOT = Path.home() / ".ess" / "node"
LOGS = ROOT / "log"
TLS = ROOT / "tls"
WORK = ROOT / "work"

_STARTED_AT = 19  # its place among the fields after the name. Source: proc_pid_stat(5)


@dataclass(frozen=True)
class State:
    """One process of the engine: what it was started for, and where it listens once it does.

    ``engine`` is the scheduler's own id: another one may listen at the address of one that has died.
    """

    pid: int
    started_at: str
    """In the machine's own words: it tells this process from a later one with its number."""
    digest: str
    ca: str
    scheduler: str = ""
    engine: str = ""
    listens: str = ""
    dashboard: str = ""

    def is_alive(self) -> bool:
        """Whether the process is still there."""
        return started_at(self.pid) == self.started_at != ""


def state_file(role: str) -> Path:
    """Where the state of ``scheduler`` or ``worker`` is kept."""
    return ROOT / "run" / f"{role}.json"


def read(role: str) -> State | None:
    """What is known of the process, if anything that can be read is."""
    try:
        data: dict[str, Any] = json.loads(state_file(role).read_text("utf-8"))
        return State(**{field.name: data[field.name] for field in fields(State)})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write(role: str, state: State) -> None:
    """Keep it."""
    state_file(role).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(state_file(role), json.dumps(asdict(state)))


def started_at(pid: int) -> str:
    """When a process that still runs was started; nothing where it has ended."""
    try:
        fields_after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields_after_name[0] == "Z" else f"{_boot()} {fields_after_name[_STARTED_AT]}"


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def own_state(order: Mapping[str, str], **more: str) -> State:
    """That of this process, which does as ordered."""
    given = {name: order.get(name, "") for name in ("digest", "ca", "scheduler", "engine")}
    return State(os.getpid(), started_at(os.getpid()), **{**given, **more})
