"""Waiting for logins: every kind of failure is told apart, and EC2 is asked once a second for any number."""

import asyncio
import threading
import time

import pytest
from botocore.exceptions import ClientError

from ess_plugins.ec2 import ready
from ess_plugins.ec2.instances import of_launch
from ess_plugins.ec2.ready import Watch
from ess_plugins.ec2.settings import read
from tests.ess_plugins.ec2.conftest import Quiet, set_conf


@pytest.fixture
def watch(sandbox, ess, start, kept, conf):
    """Launch so many, and return a function that waits for them."""

    def watch(number, timeout_s=20.0, **values):
        set_conf(ess.cwd, **values)
        launcher, acquire = start(number)
        acquire()
        ec2 = sandbox.client("ec2")
        launch = launcher.launch
        ids, ask = launch.instance_ids, lambda: of_launch(ec2, launch.id)
        waiting = Watch(ask, ids, read(conf()), kept.known_hosts, Quiet(), timeout_s)
        return ids, asyncio.run(_wait(waiting))

    return watch


async def _wait(watch):
    return await watch.wait()


def test_all_that_can_be_logged_in_to_are_ready(watch):
    ids, readiness = watch(3)
    assert readiness.ready == set(ids)
    assert [one.id for one in readiness.workers()] == list(ids)
    assert all(one.state == "running" and one.public_ip for one in readiness.workers())


def test_every_way_of_not_being_ready_is_told_apart(sandbox, watch):
    sandbox.plan(ssh={"0": "refuse", "1": "dead", "2": "hang", "3": "badkey"})
    ids, readiness = watch(5, timeout_s=4)
    assert readiness.ready == {ids[4]}
    said = [readiness.problems[name].message for name in ids[:4]]
    assert said[0].startswith(ids[0])
    assert "refuses connections" in said[0]
    assert said[1].startswith(f"cannot reach {ids[1]} (127.2.")
    assert "sends no SSH banner" in said[2]
    assert "does not let ec2-user in with the key" in said[3]
    assert "a security group rule must allow TCP port" in readiness.problems[ids[1]].hint


def test_a_wrong_user_name_is_told_apart(watch):
    ids, readiness = watch(1, timeout_s=3, username="ubuntu")
    assert "does not let ubuntu in with the key" in readiness.problems[ids[0]].message
    assert "check the user name" in readiness.problems[ids[0]].hint


@pytest.mark.parametrize(
    ("plan", "reason"), [({"pending_s": 60}, "still pending"), ({"notfound_s": 60}, "not shown by EC2 yet")]
)
def test_an_instance_without_an_address_is_given_up_in_time(sandbox, watch, plan, reason):
    sandbox.plan(**plan)
    ids, readiness = watch(1, timeout_s=1)
    assert readiness.problems[ids[0]].message == f"{ids[0]} is not ready in time: {reason}"


def _end_all(sandbox):
    ids = [one["id"] for one in sandbox.live()]
    sandbox.client("ec2").terminate_instances(InstanceIds=ids)


def test_one_that_ends_meanwhile_is_not_waited_for(sandbox, watch, monkeypatch):
    monkeypatch.setattr(ready, "CALM_POLL_S", 0.3)
    sandbox.plan(ssh={"*": "hang"}, pending_s=0)
    timer = threading.Timer(1.0, _end_all, [sandbox])
    timer.start()
    began = time.monotonic()
    ids, readiness = watch(1)
    timer.join()
    assert readiness.problems[ids[0]].message.startswith(f"{ids[0]} has ended: ")
    assert time.monotonic() - began < 6


def test_an_answer_of_ec2_that_does_not_pass_is_raised(sandbox, watch):
    sandbox.plan(deny=["DescribeInstances"])
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        watch(1)
