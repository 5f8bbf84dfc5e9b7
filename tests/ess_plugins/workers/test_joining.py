"""Workers are prepared when they start, where that was asked for, and one cut off is taken up again."""

import json
import os
import signal
import time

import pytest

from ess_core.nodes.sessions import kill_session
from tests.fixtures.engine import NODE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def running(home, role="worker"):
    file = home / NODE / "run" / f"{role}.json"
    return json.loads(file.read_text()) if file.exists() else None


def test_create_prepares_where_it_is_asked_to_and_those_that_are_added_join(sandbox, ess):
    done = ess("instance", "ec2", "create", "--number=1", "--prepare", "-f", "value", "-c", "id", timeout=200)
    assert done.returncode == 0, done.stderr
    (first,) = done.stdout.split()
    hosts = sandbox.folder / ".sandbox" / "hosts"
    at = running(hosts / first / "home", "scheduler")
    assert running(hosts / first / "home")["scheduler"] == at["listens"]
    done = ess("instance", "ec2", "create", "--number=1", "--add", "-f", "value", "-c", "id", timeout=200)
    assert done.returncode == 0, done.stderr
    (second,) = done.stdout.split()
    assert running(hosts / second / "home")["scheduler"] == at["listens"]
    assert running(hosts / second / "home", "scheduler") is None
    assert running(hosts / first / "home", "scheduler") == at


def test_workers_that_start_are_left_bare_where_nothing_was_asked(bare):
    assert not any((home / ".ess").exists() for home in bare.homes)


@pytest.mark.parametrize("after", ["sending", "installing"])
def test_a_preparing_that_is_killed_is_taken_up_again(bare, ess, after):
    process = ess.start("cluster", "prepare")
    assert process.stderr
    while after not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(1.0)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    had = {path.name: path.stat().st_ino for path in (bare.homes[0] / NODE / "wheels").glob("*.whl")}
    assert had
    done = ess("cluster", "prepare", timeout=200)
    assert done.returncode == 0, done.stderr
    assert all(running(home) for home in bare.homes)
    now = {path.name: path.stat().st_ino for path in (bare.homes[0] / NODE / "wheels").glob("*.whl")}
    assert {name: now[name] for name in had} == had, "what had come whole was not sent again"
    assert len(list((bare.homes[0] / NODE).glob("*/ready"))) == 1
    assert list((bare.homes[0] / NODE / "wheels").glob("*.part")) == []


def test_hosts_of_ones_own_work_too(crew, ess):
    """Their address is the one that they are named by; their SSH servers have no sftp."""
    made = crew(2)
    for node in made.nodes:
        node.passes_on = True
    done = ess("cluster", "prepare", "-f", "value", "-c", "state", timeout=200)
    try:
        assert (done.returncode, done.stdout.split()) == (0, ["prepared"] * 2), done.stderr
        assert [running(node.home)["listens"].split("//")[1].split(":")[0] for node in made.nodes] == [
            node.host for node in made.nodes
        ]
        done = ess("doctor", "-f", "value")
        assert "it runs on 2 workers, from what is installed here" in done.stdout
    finally:
        for node in made.nodes:
            for role in ("worker", "scheduler"):
                if state := running(node.home, role):
                    kill_session(state["pid"])
