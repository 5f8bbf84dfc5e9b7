"""Whatever is killed or hangs on workers: the output is exact, or what is not done can be gone on with."""

import os
import signal
import subprocess
import sys

import pytest

from ess_core.errors import EssError
from ess_plugins.workers import connection, engine
from tests.ess_core.nodes.jobs import noted
from tests.ess_plugins.workers.happenings import ALL, ONE, command, go_on, happening, written
from tests.fixtures.processes import alive
from tests.fixtures.waiting import until


@pytest.fixture
def days(days):
    yield days
    assert days.keys("tmp/") == {}, "something stays in scratch"


def to(what):
    """Do it to the node whose HOME it is."""
    return lambda _pid, home: what(home.name.removeprefix("home-"))


def test_a_worker_that_is_killed_costs_nothing(days, ess, nodes):
    with happening(ess, 1, to(nodes.kill)):
        done = days.here("stream", "days", "*", "*", command(ess, times=1), "--out", "out")
    assert (done.returncode, written(ess)) == (0, ALL), done.stderr


@pytest.mark.slow
def test_a_worker_that_hangs_costs_nothing_but_time(days, ess, nodes):
    with happening(ess, 1, to(nodes.freeze)):
        done = days.here("stream", "days", "*", "*", command(ess, times=1), "--out", "out")
        nodes.kill_frozen()
    assert (done.returncode, written(ess)) == (0, ALL), done.stderr


@pytest.mark.slow
def test_a_file_that_costs_a_worker_each_time_is_left_and_can_be_gone_on_with(days, ess, nodes):
    def replace(node):
        nodes.kill(node)
        nodes.start()

    with happening(ess, 2, to(replace)):
        done = days.here("stream", "days", "*", "*", command(ess, times=2), "--out", "out")
    assert done.returncode == 3
    assert f"'logs/{ONE}.csv': the worker node-" in done.stderr
    assert "that worked on it was lost, 2 times" in done.stderr
    assert written(ess) == {name: text for name, text in ALL.items() if ONE not in name}
    assert go_on(days, done).returncode == 0
    assert written(ess) == ALL


@pytest.mark.slow
def test_a_scheduler_that_is_killed_is_started_anew(days, ess, nodes):
    with happening(ess, 1, lambda *_: nodes.kill("scheduler")):
        done = days.here("stream", "days", "*", "*", command(ess, times=1), "--out", "out")
    assert (done.returncode, written(ess)) == (0, ALL), done.stderr
    assert done.stderr.startswith("the workers cannot be reached any more: connecting anew\n")


@pytest.mark.slow
def test_where_all_is_lost_the_rest_can_be_gone_on_with(days, ess, nodes, monkeypatch):
    def lose(_node):
        monkeypatch.setattr(engine, "running", gone)
        nodes.kill("scheduler")

    def gone(*_):
        raise EssError("there are no workers", "launch some")

    with happening(ess, 1, to(lose)):
        done = days.here("stream", "days", "*", "*", command(ess, times=1), "--out", "out", "--threads", "2")
    assert done.returncode == 3, done.stderr
    assert "ess: warning: the workers are lost: there are no workers\n" in done.stderr
    assert "of 8 files done: " in done.stderr
    monkeypatch.setattr(engine, "running", nodes.running)
    assert go_on(days, done).returncode == 0
    assert written(ess) == ALL


@pytest.mark.slow
def test_where_no_worker_comes_the_engine_is_asked_for_anew(days, ess, nodes, monkeypatch):
    monkeypatch.setattr(connection, "NO_WORKER_S", 1.0)

    def kill_both(_node):
        nodes.kill("node-1")
        nodes.kill("node-2")

    with happening(ess, 1, to(kill_both)):
        done = days.here("stream", "days", "*", "*", command(ess, times=1), "--out", "out")
    assert (done.returncode, written(ess)) == (0, ALL), done.stderr


@pytest.mark.slow
def test_a_query_is_exact_where_a_worker_is_killed(days, ess, nodes):
    days.add(
        "slow",
        "logs/*",
        "--columnspec",
        "S:day I:line",
        "--preprocess",
        command(ess, times=1, then="cat"),
    )
    words = ("query", "select count(*), sum(line) from slow", "-f", "tsv")
    with happening(ess, 1, to(nodes.kill)):
        done = days.here(*words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].split() == ["36", str(sum(n * (n + 1) // 2 for n in range(8)))]


@pytest.mark.slow
@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGTERM])
def test_what_runs_on_workers_ends_with_the_master(nodes, tmp_path, signum):
    found = nodes.engine
    files = [str(path) for path in (found.ca, found.cert, found.key)]
    source = MASTER.format(address=found.address, files=files, folder=str(tmp_path))
    master = subprocess.Popen([sys.executable, "-c", source], cwd=os.getcwd())
    pids = noted(tmp_path)
    assert all(map(alive, pids))
    master.send_signal(signum)
    master.wait()
    until(lambda: not any(map(alive, pids)))


MASTER = """
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from ess_core import interrupts
from ess_core.conf import Conf
from ess_plugins.workers import engine
from ess_plugins.workers.executor import DaskExecutor
from tests.ess_core.nodes import jobs

@contextmanager
def running(*_):
    yield engine.Engine({address!r}, *map(Path, {files!r}), 2)

engine.running = running
interrupts.install()
context = SimpleNamespace(conf=Conf(), cloud=None, say=print)
with DaskExecutor(context, None, None) as executor:
    list(executor.map(jobs.note_and_wait, [Path({folder!r})]))
"""
