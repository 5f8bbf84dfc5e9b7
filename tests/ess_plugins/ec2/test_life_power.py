"""Stopping workers and starting them again: only one's own, and back until they can be logged in to."""

import json
import signal

import pytest

from ess_core.nodes import active
from tests.fixtures.waiting import until

ME = "arn:aws:iam::123456789012:user/ess-sandbox"


@pytest.fixture
def run(here, quick):
    """Run `ess instance ec2` with these words, in this process."""
    return lambda *words: here("instance", "ec2", *words)


@pytest.fixture
def states(sandbox):
    """The state of each instance that is not ended."""
    return lambda: {one["id"]: one["state"] for one in sandbox.live()}


def test_workers_stop_and_start_and_can_be_logged_in_to_at_new_addresses(sandbox, workers, ess, states):
    ids = workers(2)
    before = {one["id"]: one for one in sandbox.live()}
    stopped = ess("instance", "ec2", "stop", "all", "--wait")
    assert stopped.returncode == 0, stopped.stderr
    assert sorted(stopped.stdout.splitlines()) == sorted(f"{name} stopping" for name in ids)
    assert set(states().values()) == {"stopped"}

    started = ess("instance", "ec2", "start", "-f", "json")
    assert started.returncode == 0, started.stderr
    rows = {row["id"]: row for row in json.loads(started.stdout)}
    assert rows.keys() == set(ids)
    for name, row in rows.items():
        assert (row["state"], row["private_ip"]) == ("running", before[name]["private_ip"])
        assert row["public_ip"] not in ("", before[name]["public_ip"])
    for name in ids:
        assert ess("instance", "ec2", "ssh", name, "--", "true").returncode == 0


def test_it_costs_one_call_each_and_polls(sandbox, workers, run):
    workers(3)
    sandbox.door.clear_calls()
    run("stop", "--wait")
    stopping = sandbox.counts()
    assert (stopping["ec2:StopInstances"], stopping["ec2:StartInstances"]) == (1, 0)
    sandbox.door.clear_calls()
    run("start")
    starting = sandbox.counts()
    assert starting.pop("ec2:StartInstances") == 1
    assert starting.pop("ec2:DescribeInstances") >= 2
    assert not starting


def test_only_those_named_are_touched(workers, run, states):
    first, second = workers(2)
    run("stop", first, "--wait")
    assert states() == {first: "stopped", second: "running"}
    assert run("start", second, "--no-wait").returncode == 0
    assert states()[first] == "stopped"


def test_others_are_left_alone_unless_forced(workers, foreign, run, states):
    (mine,) = workers(1, "--cluster=shared")
    (bobs,) = foreign(cluster="shared", owner="arn:aws:iam::123456789012:user/bob")
    (other,) = foreign(cluster="other", owner=ME)
    assert run("stop", "all", "--cluster=shared", "--wait").returncode == 0
    assert states() == {mine: "stopped", bobs: "running", other: "running"}
    for name in (bobs, other):
        refused = run("stop", name, "--cluster=shared")
        assert refused.returncode == 1
        assert f"not of cluster shared and owner {ME}: {name}\n" in refused.stderr
        assert "--force stops them all the same" in refused.stderr
    assert run("stop", other, "--cluster=shared", "--force", "--wait").returncode == 0
    assert "--force starts them" in run("start", other, "--cluster=shared").stderr
    assert states()[other] == "stopped"


def test_where_there_is_nothing_to_do_that_is_said(sandbox, workers, run):
    none = run("start")
    assert (none.returncode, none.stderr.splitlines()[0]) == (4, "ess: this cluster has no workers")
    assert (run("stop").returncode, run("stop").stderr) == (0, "nothing to stop\n")
    workers(1)
    assert run("start", "all").returncode == 0
    assert sandbox.counts()["ec2:StartInstances"] == 0


def test_a_worker_that_is_still_stopping_is_started_when_it_has_stopped(sandbox, workers, run, states):
    (name,) = workers(1)
    sandbox.plan(shutdown_s=1)
    run("stop")
    done = run("start")
    assert done.returncode == 0, done.stderr
    assert f"still stopping, and to be started when they have: {name}" in done.stderr
    assert states() == {name: "running"}


def test_no_room_is_told_in_words_and_nothing_starts(sandbox, workers, run, states):
    (name,) = workers(1)
    run("stop", "--wait")
    sandbox.plan(capacity={"m3.medium": 0})
    done = run("start")
    assert done.returncode == 1
    assert f"EC2 has no room for 1 x m3.medium in us-east-1a now: {name} did not start" in done.stderr
    assert "a stopped worker starts only in its own zone" in done.stderr
    assert states() == {name: "stopped"}


def test_where_some_have_room_they_start_and_the_others_are_named(sandbox, workers, foreign, run, states):
    (here,) = workers(1, "--cluster=wide")
    sandbox.plan(capacity={"m3.medium@us-east-1a": 1})
    (there,) = workers(1, "--cluster=wide", "--add")
    run("stop", "--cluster=wide", "--wait")
    sandbox.plan(capacity={"m3.medium@us-east-1a": 0})
    done = run("start", "--cluster=wide", "-f", "json")
    assert done.returncode == 3
    assert [row["id"] for row in json.loads(done.stdout)] == [there]
    assert f"1 of 2 workers: EC2 has no room for 1 x m3.medium in us-east-1a now: {here}" in done.stderr
    assert states() == {here: "stopped", there: "running"}


def test_one_that_cannot_be_logged_in_to_is_named_and_runs_on(sandbox, workers, run, states):
    good, bad = workers(2)
    run("stop", "--wait")
    order = {one["id"]: str(one["launch_order"]) for one in sandbox.instances()}
    sandbox.plan(ssh={order[bad]: "refuse"})
    done = run("start", "--timeout=3", "-f", "json")
    assert done.returncode == 3
    assert [row["id"] for row in json.loads(done.stdout)] == [good]
    assert f"{bad} (" in done.stderr
    assert "refuses connections" in done.stderr
    assert set(states().values()) == {"running"}


def test_without_a_pem_nothing_is_started(sandbox, ess, workers, run, states):
    workers(1)
    run("stop", "--wait")
    (ess.cwd / "pem_file.pem").unlink()
    assert run("start").returncode == 2
    assert set(states().values()) == {"stopped"}


def test_a_start_that_is_interrupted_says_what_runs_and_how_to_stop_it(sandbox, workers, run, ess, states):
    (name,) = workers(1, "--cluster=c")
    run("stop", "--cluster=c", "--wait")
    sandbox.plan(ssh={"*": "hang"})
    process = ess.start("instance", "ec2", "start", "--cluster=c")
    until(lambda: states()[name] == "running")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert f"started, and running in us-east-1: {name}\n" in said
    assert f"ess instance ec2 stop {name} --cluster c --region us-east-1\n" in said
    assert "Traceback" not in said


def test_a_started_cluster_is_the_one_that_work_runs_on(workers, run, here):
    workers(1, "--cluster=c")
    run("stop", "--cluster=c", "--wait")
    here("instance", "local")
    run("start", "--cluster=c")
    assert active.read() == active.Active("ec2", cluster="c")
