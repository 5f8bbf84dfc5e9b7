"""Hosts of the user's own as workers: real SSH servers, and the user's key where ssh looks for it."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ess_core.host import progress
from ess_core.tables import preparing
from ess_plugins.data.commands import query, streamed
from tests.ess_plugins.workers.days import Days
from tests.ess_plugins.workers.distant import Distant
from tests.fixtures.engine import Pair
from tests.fixtures.here import Here
from tests.fixtures.nodes import Nodes
from tests.fixtures.sandbox import Ess, Sandbox
from tests.fixtures.ssh import Fleet, Node, fleet, pem
from tests.fixtures.waiting import until

__all__ = ["fleet", "pem"]


@dataclass(frozen=True)
class Crew:
    """The workers that `ess` works on."""

    nodes: list[Node]

    @property
    def names(self) -> list[str]:
        """What ess calls them."""
        return [f"ec2-user@{node.host}:{node.port}" for node in self.nodes]


@pytest.fixture
def crew(fleet: Fleet, ess: Ess, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Crew]:
    """Make so many hosts, which answer, the active cluster."""
    home, ess_home = Path(ess.env["HOME"]), Path(ess.env["ESS_HOME"])

    def begin(number: int) -> Crew:
        (home / ".ssh").mkdir(mode=0o700)
        (home / ".ssh" / "id_rsa").write_bytes(fleet.pem.read_bytes())
        (home / ".ssh" / "id_rsa").chmod(0o600)
        made = Crew([fleet.node().start() for _ in range(number)])
        ess_home.mkdir(mode=0o700)
        chosen = {"provider": "local", "hosts": made.names, "cluster": ""}
        (ess_home / "active.json").write_text(json.dumps(chosen), encoding="utf-8")
        return made

    return begin


@pytest.fixture
def cluster(sandbox: Sandbox, ess: Ess) -> list[str]:
    """Two workers of the sandbox as the active cluster; their ids."""
    done = ess("instance", "ec2", "create", "--number=2", "-f", "json")
    assert done.returncode == 0, done.stderr
    return [row["id"] for row in json.loads(done.stdout)]


@pytest.fixture
def homes(sandbox: Sandbox, cluster: list[str]) -> list[Path]:
    """The folders where the commands of the sandbox's workers start."""
    return [sandbox.running.folder / ".sandbox" / "hosts" / name / "home" for name in cluster]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing takes so long that it says how far it is."""
    for module in (progress, query, streamed):
        monkeypatch.setattr(module, "PATIENCE_S", float("inf"))
    monkeypatch.setattr(preparing, "_PATIENCE_S", float("inf"))


@pytest.fixture
def days(
    sandbox: Sandbox, nodes: Nodes, ess: Ess, here: Here, patient: None, monkeypatch: pytest.MonkeyPatch
) -> Days:
    """Files in a bucket, for `ess` here with workers."""
    made = Days.made(sandbox, nodes, ess, here)
    monkeypatch.setenv("ESS_CONF", str(made.conf))
    return made


@pytest.fixture
def distant(
    pair: Pair, ess: Ess, here: Here, patient: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Distant]:
    """Files in a bucket for workers behind SSH, on which nothing stays of what was done."""
    monkeypatch.setenv("ESS_CONF", os.environ["ESS_CONF"])  # put back in the end
    made = Distant.of(pair, ess, here)
    yield made
    until(lambda: not made.at_work())
    assert made.left() == []
    assert made.keys("tmp/") == {}, "something stays in scratch"
