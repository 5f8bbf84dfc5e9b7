"""A signal at any moment leaves nothing of a launch, or comes too late and changes nothing."""

import json
import os
import random
import signal
import time
from functools import partial

import pytest

from tests.ess_core.host.terminal import Terminal
from tests.fixtures.waiting import until

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
CREATE = ("instance", "ec2", "create", "--cluster=c-1", "-f", "json")
CLEANED_UP_S = 15.0


@pytest.fixture
def create(ess):
    """Start `create`."""
    return partial(ess.start, *CREATE)


def _nothing_left(sandbox, ess):
    assert sandbox.live() == []
    assert list((ess.cwd.parent / "ess-home").rglob("l-*.json")) == []


@pytest.mark.parametrize("signum", SIGNALS)
def test_a_signal_while_waiting_for_logins_ends_all_within_seconds(sandbox, ess, create, signum):
    sandbox.plan(ssh={"*": "hang"}, pending_s=0)
    process = create("--number=2")
    until(lambda: sandbox.counts()["ec2:DescribeInstances"] >= 2)
    time.sleep(0.5)
    began = time.monotonic()
    process.send_signal(signum)
    out, err = process.communicate(timeout=CLEANED_UP_S)
    assert (process.returncode, out) == (128 + signum, "")
    assert err.splitlines()[-2:] == ["ending what was launched", "nothing of this launch is left"]
    assert "Traceback" not in err
    assert time.monotonic() - began < 5
    _nothing_left(sandbox, ess)


def test_a_second_ctrl_c_does_not_cut_the_clean_up_short(sandbox, ess, create):
    sandbox.plan(pending_s=60)
    process = create("--number=2")
    until(sandbox.live)
    sandbox.plan(latency_s=1)
    for _ in range(4):
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
    _, err = process.communicate(timeout=CLEANED_UP_S)
    assert process.returncode == 130
    assert "still ending the instances; this takes at most a minute\n" in err
    assert err.endswith("nothing of this launch is left\n")
    _nothing_left(sandbox, ess)


def test_a_signal_during_the_launch_call_waits_for_its_answer(sandbox, ess, create):
    sandbox.plan(latency_s=0.7)
    process = create("--number=2")
    until(lambda: sandbox.counts()["ec2:DescribeImages"])
    until(lambda: list((ess.cwd.parent / "ess-home").rglob("l-*.json")))
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=CLEANED_UP_S)
    assert process.returncode == 143
    _nothing_left(sandbox, ess)


def test_a_signal_before_the_launch_leaves_at_once(sandbox, ess, create):
    sandbox.plan(latency_s=5)
    process = create()
    until(lambda: (ess.cwd.parent / "ess-home" / "ec2" / "clusters" / "c-1" / "lock").exists())
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=CLEANED_UP_S)
    assert (process.returncode, sandbox.counts()["ec2:RunInstances"]) == (130, 0)
    assert time.monotonic() - began < 2


def test_a_terminal_that_is_closed_takes_nothing_with_it(sandbox, ess):
    sandbox.plan(ssh={"*": "hang"}, pending_s=0)
    terminal = Terminal(*CREATE[:4], env=ess.env, cwd=ess.cwd)
    until(lambda: sandbox.counts()["ec2:DescribeInstances"] >= 2)
    os.close(terminal._master)  # as closing the window does: SIGHUP, and every write fails from now on
    terminal.process.wait(CLEANED_UP_S)
    _nothing_left(sandbox, ess)


def test_a_reader_of_messages_that_goes_away_takes_nothing_with_it(sandbox, ess, create):
    sandbox.plan(ssh={"*": "hang"}, pending_s=0)
    process = create("--number=2", "--timeout=3")
    until(lambda: sandbox.counts()["ec2:DescribeInstances"] >= 2)
    process.stderr.close()
    process.wait(CLEANED_UP_S)
    assert process.returncode != 0
    _nothing_left(sandbox, ess)


def test_with_keep_a_signal_leaves_the_workers_and_names_them(sandbox, ess, create):
    sandbox.plan(pending_s=60)
    process = create("--number=2", "--keep")
    until(sandbox.live)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=CLEANED_UP_S)
    ids = " ".join(one["id"] for one in sandbox.live())
    assert (process.returncode, len(sandbox.live())) == (130, 2)
    assert err.splitlines()[-2:] == [
        f"still running in us-east-1: {ids} (kept as asked)",
        f"hint: this ends them: ess instance ec2 terminate {ids} --cluster c-1 --region us-east-1",
    ]


def _shell_code(process):
    """As a shell says it: a process that a signal killed, as Python started, ends with 128 + signal too."""
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


@pytest.mark.slow
@pytest.mark.parametrize("second", [False, True], ids=["once", "twice"])
@pytest.mark.parametrize("signum", SIGNALS)
def test_signals_at_random_moments_leave_nothing_or_come_too_late(sandbox, ess, create, signum, second):
    chance = random.Random(seed := random.randrange(10**6))
    for _ in range(10):
        sandbox.reset()
        sandbox.plan(latency_s=chance.choice([0, 0.05]), notfound_s=chance.choice([0, 0.5]))
        process = create("--number=2")
        time.sleep(delay_s := chance.uniform(0, 3.5))
        process.send_signal(signum)
        if second:
            time.sleep(chance.uniform(0, 0.5))
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=70)
        told = f"seed {seed}, {delay_s:.3f} s, {process.returncode}, {err}"
        live = sorted(one["id"] for one in sandbox.live())
        if err.startswith("Fatal Python error: init"):  # the signal was quicker than Python
            _nothing_left(sandbox, ess)
            continue
        assert "Traceback" not in err, told
        assert _shell_code(process) in ((0, 128 + signum, 130) if out else (128 + signum, 130)), told
        if out:
            assert (len(live), sorted(row["id"] for row in json.loads(out))) == (2, live), told
            assert ess("instance", "ec2", "terminate", "all", "--cluster=c-1").returncode == 0
        _nothing_left(sandbox, ess)
