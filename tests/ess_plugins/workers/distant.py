"""Workers of the sandbox behind real SSH, the files of a bucket for them, and what a test may do to them."""

import json
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ess_core.nodes.sessions import kill_session
from ess_plugins.sandbox.processes import MARK, mark
from tests.ess_plugins.workers.days import Days
from tests.fixtures.engine import NODE, Pair
from tests.fixtures.here import Here
from tests.fixtures.processes import alive
from tests.fixtures.sandbox import Ess
from tests.fixtures.waiting import until

_ENGINE = "ess_plugins.workers.node"
_DASK = ("multiprocessing.spawn", "multiprocessing.resource_tracker")


@dataclass
class Distant(Days):
    """A prepared cluster of two workers, the first of which has the scheduler, and the category ``days``."""

    @classmethod
    def of(cls, pair: Pair, ess: Ess, here: Here) -> "Distant":
        """With the engine running."""
        shutil.copytree(pair.sandbox.folder / ".ess", ess.cwd / ".ess")
        made = cls.made(pair.sandbox, pair, ess, here)
        os.environ["ESS_CONF"] = str(made.conf)
        done = here("cluster", "prepare")
        assert done.returncode == 0, done.stderr
        return made

    @property
    def pair(self) -> Pair:
        """The workers."""
        return self.nodes

    def state(self, name: str, role: str) -> dict:
        """What a node keeps of one process of the engine."""
        return json.loads((self.pair.home(name) / NODE / "run" / f"{role}.json").read_text())

    @property
    def with_scheduler(self) -> str:
        """The node that has the scheduler."""
        return next(one for one in self.live if (self._run(one) / "scheduler.json").exists())

    @property
    def live(self) -> list[str]:
        """The nodes that are still there."""
        found = {one["id"] for one in self.sandbox.live()}
        return [name for name in self.pair.ids if name in found]

    def _run(self, name: str) -> Path:
        return self.pair.home(name) / NODE / "run"

    def terminate(self, name: str) -> None:
        """End an instance, of which ess is told nothing; its processes are killed."""
        self.sandbox.client("ec2").terminate_instances(InstanceIds=[name])
        until(lambda: not self.processes(name))

    def kill(self, name: str, role: str) -> None:
        """Kill a process of the engine with all that it has started."""
        kill_session(self.state(name, role)["pid"])

    def kill_dask(self, pid: int) -> None:
        """Kill the Dask worker that has started this process, somehow."""
        while _ENGINE not in _words(_parent(pid)):
            pid = _parent(pid)
        os.kill(pid, signal.SIGKILL)

    def cut(self) -> int:
        """Cut each SSH connection of this process; how many there were."""
        count = 0
        for name in os.listdir("/proc/self/fd"):
            with suppress(OSError), socket.socket(fileno=os.dup(int(name))) as found:
                if found.family == socket.AF_INET and found.getpeername()[1] == self.sandbox.ssh_port:
                    found.shutdown(socket.SHUT_RDWR)
                    count += 1
        return count

    @contextmanager
    def ssh_stopped(self) -> Iterator[None]:
        """No SSH server of the sandbox says a word; what was sent to it stays on its way."""
        (pid,) = [pid for pid in _pids() if "ess_plugins.sandbox.ssh" in _words(pid) and self._is_ours(pid)]
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def _is_ours(self, pid: int) -> bool:
        return any(str(self.sandbox.folder) in word for word in _words(pid))

    def processes(self, name: str) -> list[int]:
        """Those that run on a node."""
        needle = f"{MARK}={mark(self.sandbox.folder, name)}".encode()
        found = []
        for pid in _pids():
            with suppress(OSError):
                if needle in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0") and alive(pid):
                    found.append(pid)
        return found

    def at_work(self) -> list[str]:
        """The processes on nodes that are not the engine's own."""
        words = {pid: " ".join(_words(pid)) for name in self.pair.ids for pid in self.processes(name)}
        return [line for line in words.values() if line and not any(one in line for one in (_ENGINE, *_DASK))]

    def left(self) -> list[Path]:
        """What tasks have left on nodes that are still there."""
        homes = map(self.pair.home, self.live)
        return [path for home in homes for path in (home / ".ess/cache/in-use").glob("*")]


def _pids() -> list[int]:
    return [int(one) for one in os.listdir("/proc") if one.isdigit()]


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    except OSError:
        return []


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
