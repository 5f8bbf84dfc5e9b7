"""`redshift stream` that is killed at any moment: the next run loads what is missing, and nothing twice."""

import os
import random
import signal
import subprocess
import time
from datetime import timedelta

import pytest

from ess_plugins.redshift.loading import leases

POINTS = 10
ROWS = 2000


@pytest.fixture
def later(monkeypatch):
    """It is two hours later, so that the leases of killed loads are over."""
    real = leases._now
    monkeypatch.setattr(leases, "_now", lambda store: real(store) + timedelta(hours=2))


def lines(first):
    """Rows with the numbers from ``first`` on, and a bad one."""
    good = [f"{number},row {number}" for number in range(first, first + ROWS)]
    return "\n".join(["id,name", *good, "x,y", ""])


@pytest.mark.slow
def test_a_load_that_is_killed_at_any_point_is_done_exactly_once_by_the_next(world, ess, later):
    world.category("--columnspec", "IS:id S:name", a0=lines(0))
    world.table("killed", "id int, name varchar(64), _file_id bigint")
    words = ("redshift", "stream", "raw", "*", "*", "killed")
    began = time.monotonic()
    assert ess(*words).returncode == 0
    whole_s = time.monotonic() - began
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    ended = []
    for point in range(1, POINTS + 1):
        world.write(**{f"a{point}": lines(point * ROWS)})
        run = ess.start(*words)
        try:
            run.wait(chance.uniform(0.1, 1.0) * whole_s)
        except subprocess.TimeoutExpired:
            os.kill(run.pid, signal.SIGKILL)
        run.communicate()
        ended.append(run.returncode)
        done = world.load("killed")
        assert done.code == 0, (seed, point, done.stderr)
        found = world.rows("select count(*), count(distinct id), count(distinct _file_id) from killed")
        assert found == [((point + 1) * ROWS, (point + 1) * ROWS, point + 1)], (seed, point, ended)
    assert -signal.SIGKILL in ended
    sums = "select count(*), sum(rows_loaded), sum(rows_rejected) from ess_load_ledger"
    assert world.rows(f"{sums} where target like '%killed%'") == [
        (POINTS + 1, (POINTS + 1) * ROWS, POINTS + 1)
    ]
    world.ok("redshift", "clean")
    assert world.staged == []


@pytest.mark.slow
def test_a_load_that_is_interrupted_at_any_point_leaves_nothing_staged(world, ess):
    world.category("--columnspec", "IS:id S:name", a0=lines(0))
    world.table("interrupted", "id int, name varchar(64), _file_id bigint")
    words = ("redshift", "stream", "raw", "*", "*", "interrupted")
    began = time.monotonic()
    assert ess(*words).returncode == 0
    whole_s = time.monotonic() - began
    for point in range(1, 6):
        world.write(**{f"a{point}": lines(point * ROWS)})
        run = ess.start(*words)
        try:
            run.wait((0.3 + point / 8) * whole_s)
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGINT)
        said = run.communicate()
        assert run.returncode in (0, 130), said
        assert world.staged == []
    assert world.load("interrupted").code == 0
    assert world.rows("select count(*), count(distinct id) from interrupted") == [(6 * ROWS, 6 * ROWS)]


@pytest.mark.slow
def test_a_load_that_is_killed_while_some_files_are_copied_early_is_done_once_too(world, ess, later):
    world.category("--columnspec", "IS:id S:name", "--preprocess", "sleep 0.1; cat", a=lines(0))
    world.table("early_killed", "id int, name varchar(64), _file_id bigint")
    words = ("redshift", "stream", "raw", "*", "*", "early_killed", "--threads", "2", "--fresh")
    assert ess(*words).returncode == 0
    ended = []
    for point in range(1, 7):
        first = 1 + (point - 1) * 20
        world.write(**{f"a{number}": lines(number * ROWS) for number in range(first, first + 20)})
        run = ess.start(*words)
        try:
            run.wait(0.8 + 0.3 * point)
        except subprocess.TimeoutExpired:
            os.kill(run.pid, signal.SIGKILL if point % 2 else signal.SIGINT)
        run.communicate()
        ended.append(run.returncode)
        done = world.load("early_killed", "--threads", "2")
        assert done.code == 0, (point, done.stderr)
        files = first + 20
        found = world.rows("select count(*), count(distinct id), count(distinct _file_id) from early_killed")
        assert found == [(files * ROWS, files * ROWS, files)], (point, ended)
    assert {-signal.SIGKILL, 130} <= {*ended}
    world.ok("redshift", "clean")
    assert world.staged == []
