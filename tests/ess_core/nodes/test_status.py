"""How each node is: one question to all at once, and a reason for each that does not answer."""

import time
from pathlib import Path

import pytest

from ess_core.nodes import figures, status
from ess_core.nodes.figures import Figures, Usage
from ess_core.nodes.local import THIS_MACHINE
from ess_core.nodes.worker import Worker
from tests.fixtures.ssh import Fleet, Node

NORMAL = """Welcome to this machine, uptime is great
load 0.52 0.58 0.59 1/1234 5678
uptime 350735.47 234388.90
disk /dev/nvme0n1p1 8376300 2094075 6282225 25% /
MemTotal:        4000000 kB
MemAvailable:    3000000 kB
"""


def worker(node: Node) -> Worker:
    return Worker(node.login().alias, "running", node.login())


def test_figures_are_read_past_the_chatter_of_a_login_script():
    assert figures.parse(NORMAL) == Figures(
        load=0.52,
        memory=Usage(1_000_000 * 1024, 4_000_000 * 1024),
        disk=Usage(2094075 * 1024, 8376300 * 1024),
        uptime_s=350735,
    )


@pytest.mark.parametrize(
    "output", ["", "load\n", "load x\nuptime y\n", NORMAL.replace("MemAvailable", "X"), "\0" * 10_000]
)
def test_output_without_the_figures_is_a_value_error(output: str):
    with pytest.raises(ValueError):
        figures.parse(output)


def test_this_machine_is_asked_without_ssh():
    (answer,) = status.ask([THIS_MACHINE], 5)
    uptime_s = float(Path("/proc/uptime").read_text().split()[0])
    assert answer.problem == ""
    assert answer.figures
    assert abs(answer.figures.uptime_s - uptime_s) < 5
    assert 0 < answer.figures.memory.share < 1


def test_nodes_are_asked_at_once_and_the_silent_ones_have_a_reason(fleet: Fleet):
    nodes = [
        fleet.node().start(),
        fleet.node(),
        fleet.node().drop(),
        fleet.node().hang(),
        fleet.node().start(),
    ]
    nodes[4].forced_command = "echo hello"
    began = time.monotonic()
    answers = status.ask([worker(node) for node in nodes], 1)
    assert time.monotonic() - began < 3
    assert [answer.worker.id for answer in answers] == [node.login().alias for node in nodes]
    assert answers[0].figures
    assert [bool(answer.problem) for answer in answers] == [False, True, True, True, True]
    for answer, reason in zip(
        answers[1:], ("refuses", "cannot reach", "no SSH banner", "Linux"), strict=True
    ):
        assert reason in answer.problem
        assert answer.figures is None


def test_a_node_that_is_not_running_is_not_asked(fleet: Fleet):
    node = fleet.node().start()
    answers = status.ask([Worker("i-1", "stopped", node.login()), Worker("i-2", "pending", None)], 5)
    assert [(answer.figures, answer.problem) for answer in answers] == [(None, ""), (None, "")]
    assert node.connections == 0


def test_a_running_node_without_address_has_a_reason():
    (answer,) = status.ask([Worker("i-1", "running", None)], 5)
    assert "no address" in answer.problem
