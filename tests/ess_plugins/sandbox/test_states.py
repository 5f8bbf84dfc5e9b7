"""Instances take time between their states, and addresses come and go with them."""

import pytest
from botocore.exceptions import ClientError

from tests.fixtures.waiting import until


def state(describe, instance_id):
    return describe(InstanceIds=[instance_id])[0]["State"]["Name"]


def test_a_launch_is_pending_first_and_has_no_public_address(launch, describe, sandbox):
    sandbox.plan(pending_s=30)
    launch()
    (instance,) = describe()
    assert instance["State"]["Name"] == "pending"
    assert "PublicIpAddress" not in instance
    assert instance["PrivateIpAddress"]


def test_ending_takes_the_shutdown_time_and_then_no_address_is_left(running, describe, sandbox):
    sandbox.plan(shutdown_s=0.4)
    (instance,) = running()
    done = sandbox.client("ec2").terminate_instances(InstanceIds=[instance["InstanceId"]])
    assert done["TerminatingInstances"][0]["CurrentState"]["Name"] == "shutting-down"
    assert state(describe, instance["InstanceId"]) == "shutting-down"
    until(lambda: state(describe, instance["InstanceId"]) == "terminated")
    (ended,) = describe()
    assert not {"PrivateIpAddress", "PublicIpAddress"} & ended.keys()


def test_stopping_and_starting_changes_the_public_address_only(running, describe, sandbox):
    ec2 = sandbox.client("ec2")
    (before,) = running()
    ec2.stop_instances(InstanceIds=[before["InstanceId"]])
    assert state(describe, before["InstanceId"]) == "stopping"
    until(lambda: state(describe, before["InstanceId"]) == "stopped")
    assert "PublicIpAddress" not in describe()[0]
    ec2.start_instances(InstanceIds=[before["InstanceId"]])
    until(lambda: state(describe, before["InstanceId"]) == "running")
    (after,) = describe()
    assert after["PublicIpAddress"] != before["PublicIpAddress"]
    assert after["PrivateIpAddress"] == before["PrivateIpAddress"]


def test_stopped_instances_start_together_or_not_at_all_where_there_is_no_room(running, describe, sandbox):
    sandbox.plan(shutdown_s=0)
    ids = [running()[0]["InstanceId"], running()[0]["InstanceId"]]
    ec2 = sandbox.client("ec2", attempts=1)
    ec2.stop_instances(InstanceIds=ids)
    sandbox.plan(capacity={"m3.medium": 1})
    with pytest.raises(ClientError, match="InsufficientInstanceCapacity") as refused:
        ec2.start_instances(InstanceIds=ids)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert {one["State"]["Name"] for one in describe()} == {"stopped"}


def test_ending_twice_is_no_error(running, sandbox):
    ids = [running()[0]["InstanceId"]]
    sandbox.client("ec2").terminate_instances(InstanceIds=ids)
    sandbox.client("ec2").terminate_instances(InstanceIds=ids)
    assert sandbox.live() == []


@pytest.mark.parametrize("action", ["start_instances", "stop_instances"])
def test_what_has_ended_can_neither_start_nor_stop(running, sandbox, action):
    ids = [running()[0]["InstanceId"]]
    sandbox.client("ec2").terminate_instances(InstanceIds=ids)
    with pytest.raises(ClientError, match="IncorrectInstanceState"):
        getattr(sandbox.client("ec2"), action)(InstanceIds=ids)


def test_a_new_instance_is_not_to_be_seen_for_a_while(launch, describe, sandbox):
    sandbox.plan(notfound_s=0.5)
    (instance,) = launch()
    assert describe(Filters=[{"Name": "instance-id", "Values": [instance["InstanceId"]]}]) == []
    with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
        describe(InstanceIds=[instance["InstanceId"]])
    with pytest.raises(ClientError, match=r"InvalidInstanceID\.NotFound"):
        sandbox.client("ec2").terminate_instances(InstanceIds=[instance["InstanceId"]])
    until(lambda: len(describe()) == 1)


def test_pages_of_instances(launch, sandbox):
    for _ in range(6):
        launch()
    pages = list(sandbox.client("ec2").get_paginator("describe_instances").paginate(MaxResults=5))
    assert [len(page["Reservations"]) for page in pages] == [5, 1]


def test_a_reset_ends_everything_and_restores_the_plan(launch, sandbox):
    launch(3)
    sandbox.plan(latency_s=0.1, capacity={"m3.medium": 0}, deny=["*"])
    sandbox.reset()
    assert sandbox.instances() == []
    assert sandbox.calls() == []
    assert sandbox.plan()["capacity"] == {}
    assert len(launch()) == 1
