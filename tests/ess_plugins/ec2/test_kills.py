"""An `ess` that is killed, and two at the same moment: nothing is lost, and nothing is launched twice."""

import json
import random
import time

import pytest

from tests.ess_plugins.ec2.conftest import copy_files, set_conf
from tests.fixtures.waiting import until

CREATE = ("instance", "ec2", "create", "--number=2", "-f", "json")


@pytest.fixture
def records(ess):
    """The records of launches that are on disk."""
    return lambda: list((ess.cwd.parent / "ess-home").rglob("l-*.json"))


def _goes_on(sandbox, ess, records, told=""):
    """The same `create` again ends in exactly two workers, and `terminate all` ends all."""
    again = ess(*CREATE)
    assert again.returncode == 0, (told, again.stderr)
    live = sorted(one["id"] for one in sandbox.live())
    assert (len(live), sorted(row["id"] for row in json.loads(again.stdout))) == (2, live), (
        told,
        again.stderr,
    )
    ended = ess("instance", "ec2", "terminate", "all")
    assert (ended.returncode, sandbox.live(), records()) == (0, [], []), (told, ended.stderr)


@pytest.fixture
def killed(ess):
    """Start `create`, kill it once ``reached()``, and return."""

    def killed(reached, delay_s=0.0):
        process = ess.start(*CREATE)
        until(reached)
        time.sleep(delay_s)
        process.kill()
        process.communicate()

    return killed


def test_killed_while_the_launch_call_is_under_way_it_is_neither_lost_nor_doubled(
    sandbox, ess, killed, records
):
    sandbox.plan(latency_s=0.5)
    killed(records, 0.1)
    until(lambda: sandbox.counts()["ec2:RunInstances"])  # EC2 carries it out all the same
    sandbox.plan(latency_s=0)
    assert len(sandbox.live()) == 2
    _goes_on(sandbox, ess, records)


def test_killed_while_it_waits_for_logins_it_goes_on_with_the_same_workers(sandbox, ess, killed, records):
    sandbox.plan(ssh={"*": "hang"}, pending_s=0)
    killed(lambda: sandbox.counts()["ec2:DescribeInstances"] >= 2)
    before = sorted(one["id"] for one in sandbox.live())
    sandbox.plan(ssh={})
    again = ess(*CREATE)
    assert sorted(row["id"] for row in json.loads(again.stdout)) == before
    assert "going on with the launch l-" in again.stderr
    assert sandbox.counts()["ec2:RunInstances"] == 1


def test_killed_before_ec2_shows_anything_it_can_still_be_ended(sandbox, ess, killed, records):
    sandbox.plan(notfound_s=3, latency_s=0.2)
    killed(lambda: sandbox.counts()["ec2:RunInstances"])
    sandbox.plan(latency_s=0)
    ended = ess("instance", "ec2", "terminate", "all")
    assert (ended.returncode, len(ended.stdout.splitlines())) == (0, 2), ended.stderr
    assert (sandbox.live(), records()) == ([], [])


def test_killed_before_the_launch_call_nothing_is_left_to_wait_for(sandbox, ess, killed, records):
    sandbox.plan(latency_s=0.3)
    killed(lambda: sandbox.counts()["ec2:DescribeSubnets"])
    sandbox.plan(latency_s=0)
    assert sandbox.counts()["ec2:RunInstances"] == 0
    _goes_on(sandbox, ess, records)


@pytest.mark.slow
@pytest.mark.parametrize("notfound_s", [0, 1])
def test_killed_at_random_moments_the_next_create_makes_it_exactly_two(sandbox, ess, records, notfound_s):
    chance = random.Random(seed := random.randrange(10**6))
    for _ in range(10):
        sandbox.reset()
        sandbox.plan(notfound_s=notfound_s, latency_s=chance.choice([0, 0.05]))
        process = ess.start(*CREATE)
        time.sleep(delay_s := chance.uniform(0, 3))
        process.kill()
        shown, _ = process.communicate()
        if shown:  # it was done already
            assert ess("instance", "ec2", "terminate", "all").returncode == 0
        _goes_on(sandbox, ess, records, f"seed {seed}, {delay_s:.3f} s")


@pytest.mark.slow
def test_killed_again_and_again_it_is_still_exactly_two(sandbox, ess, records):
    chance = random.Random(seed := random.randrange(10**6))
    sandbox.plan(ssh={"*": "hang"})
    for _ in range(8):
        process = ess.start(*CREATE)
        time.sleep(chance.uniform(0.3, 2.5))
        process.kill()
        process.communicate()
        assert len(sandbox.live()) in (0, 2), seed
    sandbox.plan(ssh={})
    _goes_on(sandbox, ess, records, f"seed {seed}")


@pytest.mark.parametrize("named", [True, False], ids=["named cluster", "fresh folder"])
def test_of_two_creates_at_the_same_moment_one_wins_and_the_other_says_so(sandbox, ess, named):
    if named:
        set_conf(ess.cwd, cluster="nightly")
    sandbox.plan(ssh={"*": "slow:1"}, latency_s=0.1)
    racers = [ess.start(*CREATE) for _ in range(2)]
    done = [(*racer.communicate(timeout=30), racer.returncode) for racer in racers]
    (out, _, won), (nothing, err, lost) = sorted(done, key=lambda one: one[2])
    assert (won, len(json.loads(out)), len(sandbox.live())) == (0, 2, 2)
    assert (lost, nothing) == (1, "")
    assert "ess: another ess is changing cluster " in err
    assert " right now\nhint: wait for it to end, then try again\n" in err


def test_two_clusters_can_be_created_at_the_same_moment(sandbox, ess, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    copy_files(sandbox, other)
    racers = [ess.start(*CREATE, cwd=folder) for folder in (ess.cwd, other)]
    ids = [{row["id"] for row in json.loads(racer.communicate(timeout=30)[0])} for racer in racers]
    assert len(ids[0] | ids[1]) == len(sandbox.live()) == 4
    assert ess("instance", "ec2", "terminate", "all", cwd=other).returncode == 0
    assert {one["id"] for one in sandbox.live()} == ids[0]


def test_a_terminate_during_a_create_ends_it_all(sandbox, ess, records):
    sandbox.plan(ssh={"*": "hang"}, pending_s=0)
    process = ess.start(*CREATE)
    until(lambda: sandbox.counts()["ec2:DescribeInstances"] >= 2)
    assert ess("instance", "ec2", "terminate", "all").returncode == 0
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "has ended: " in err
    assert (sandbox.live(), records()) == ([], [])


@pytest.mark.slow
def test_a_hundred_and_twenty_workers_go_in_two_batches_with_the_same_questions(sandbox, ess):
    sandbox.plan(pending_s=1)
    began = time.monotonic()
    done = ess(*CREATE, "--number=120", "--yes", timeout=180)
    took_s = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == len({one["id"] for one in sandbox.live()}) == 120
    counts = sandbox.counts()
    assert counts["ec2:RunInstances"] == 2
    assert counts["ec2:DescribeInstances"] <= 1 + took_s + 2
    sandbox.door.clear_calls()
    ended = ess("instance", "ec2", "terminate", "all")
    assert (len(ended.stdout.splitlines()), sandbox.live()) == (120, [])
    assert sandbox.counts() == {"ec2:DescribeInstances": 1, "ec2:TerminateInstances": 1}


@pytest.mark.slow
def test_without_room_for_the_second_batch_the_first_is_ended(sandbox, ess, records):
    sandbox.plan(capacity={"m3.medium": 110})
    done = ess(*CREATE, "--number=120", "--yes", timeout=180)
    assert (done.returncode, done.stdout, sandbox.live(), records()) == (1, "", [], [])
    assert "ess: EC2 has no room for 20 x m3.medium" in done.stderr
    assert sandbox.instances()
