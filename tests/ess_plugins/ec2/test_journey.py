"""The main job by real processes: launch, look, log in, end; and what it may cost in calls."""

import json
import re
import shutil
import time
from itertools import pairwise

import pytest

from tests.ess_plugins.ec2.conftest import set_conf

READS = {
    "ec2:DescribeImages",
    "ec2:DescribeInstanceTypeOfferings",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeKeyPairs",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "servicequotas:GetServiceQuota",
    "ssm:GetParameters",
    "sts:GetCallerIdentity",
}
POLL = "ec2:DescribeInstances"
COLUMNS = ("id", "type", "state", "zone", "private_ip", "public_ip", "reservation_id")


def _lines(*workers):
    """The table of these instances, as `create` and `list` show it."""
    widths = [max(map(len, cells)) for cells in zip(COLUMNS, *workers, strict=True)]
    rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    texts = ("| " + " | ".join(map(str.ljust, cells, widths)) + " |" for cells in (COLUMNS, *workers))
    first, *others = texts
    return "\n".join((rule, first, rule, *others, rule)) + "\n"


def _described(sandbox):
    reservations = sandbox.client("ec2").describe_instances()["Reservations"]
    return [
        (
            item["InstanceId"],
            item["InstanceType"],
            item["State"]["Name"],
            item["Placement"]["AvailabilityZone"],
            item["PrivateIpAddress"],
            item["PublicIpAddress"],
            reservation["ReservationId"],
        )
        for reservation in reservations
        for item in reservation["Instances"]
    ]


@pytest.mark.skipif(not shutil.which("ssh"), reason="needs OpenSSH's client")
def test_the_journey_from_three_files_to_nothing_left(sandbox, ess):
    created = ess("instance", "ec2", "create")
    assert created.returncode == 0, created.stderr
    workers = _described(sandbox)
    assert [worker[1:4] for worker in workers] == [("m3.medium", "running", "us-east-1a")] * 2
    assert len({address for worker in workers for address in worker[4:6]}) == 4
    assert created.stdout == _lines(*workers)
    cluster = (ess.cwd / ".ess" / "cluster").read_text().strip()
    said = created.stderr.splitlines()
    assert said[:2] == [
        f"cluster {cluster} in us-east-1 (instance.conf:11), endpoint {sandbox.endpoint}, "
        f"{ess.cwd / 'instance.conf'}",
        "account 123456789012 as arn:aws:iam::123456789012:user/ess-sandbox",
    ]
    assert said[-1] == "logged in to: 2 of 2"

    same = [word for name in COLUMNS for word in ("-c", name)]
    listed = ess("instance", "ec2", "list", *same)
    assert (listed.returncode, listed.stdout, listed.stderr) == (0, created.stdout, "")

    status = ess("instance", "status", "-f", "json")
    assert [(node["node"], node["state"], node["problem"]) for node in json.loads(status.stdout)] == [
        (worker[0], "running", "") for worker in workers
    ]

    for place, worker in enumerate(workers, start=1):
        done = ess("instance", "ec2", "ssh", place, "--", "hostname; echo oops >&2; exit 7")
        hostname = "ip-" + worker[4].replace(".", "-")
        assert (done.returncode, done.stdout, done.stderr) == (7, f"{hostname}\n", "oops\n")

    ended = ess("instance", "ec2", "terminate", "all")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "".join(f"{worker[0]} shutting-down\n" for worker in workers)
    assert sandbox.live() == []


def test_a_script_gets_the_same_fields_as_json(here):
    (worker,) = json.loads(here("instance", "ec2", "create", "--number=1", "-f", "json", "-q").stdout)
    assert list(worker) == list(COLUMNS)
    (listed,) = json.loads(here("instance", "ec2", "list", "-f", "json").stdout)
    assert list(listed.items())[: len(COLUMNS)] == list(worker.items())


@pytest.fixture
def costs(sandbox, here):
    """The calls and seconds that a successful command takes."""

    def costs(*words):
        sandbox.door.clear_calls()
        began = time.monotonic()
        done = here(*words)
        assert done.returncode == 0, done.stderr
        return sandbox.counts(), time.monotonic() - began

    return costs


def test_calls_do_not_grow_with_the_number_of_workers(sandbox, costs):
    seen = []
    for number in (2, 20):
        created, took_s = costs("instance", "ec2", "create", "--number", number)
        polls = created.pop(POLL)
        assert created == dict.fromkeys([*READS, "ec2:RunInstances"], 1)
        assert len(READS) + 1 <= 10  # with the look at what runs already
        assert 2 <= polls <= 1 + took_s + 2
        seen.append(created)
        ended, _ = costs("instance", "ec2", "terminate", "all")
        assert ended == {POLL: 1, "ec2:TerminateInstances": 1}
    assert seen[0] == seen[1]


def test_ec2_is_asked_once_a_second_at_most(sandbox, here):
    sandbox.plan(ssh={str(order): f"slow:{order / 4}" for order in range(6)}, pending_s=1.5)
    assert here("instance", "ec2", "create", "--number=6").returncode == 0
    polls = [call["started"] for call in sandbox.calls() if call["action"] == "DescribeInstances"][1:]
    assert all(later - earlier >= 0.9 for earlier, later in pairwise(polls))


def test_the_reads_before_a_launch_go_in_two_parallel_rounds(sandbox, here):
    sandbox.plan(latency_s=0.4)
    here("instance", "ec2", "create", "--dry-run")
    calls = sorted(sandbox.calls(), key=lambda call: call["started"])
    assert calls[-1]["action"] == "DescribeImages"
    assert calls[-2]["started"] - calls[0]["started"] < 0.35
    assert sandbox.counts() == dict.fromkeys([*READS, POLL], 1)


def test_everything_a_launch_makes_is_born_tagged_encrypted_and_guarded(sandbox, ess, here):
    set_conf(ess.cwd, cluster="nightly", instance_tag="Night shift")
    assert here("instance", "ec2", "create", "--number=1").returncode == 0
    ec2 = sandbox.client("ec2")
    (worker,) = ec2.describe_instances()["Reservations"][0]["Instances"]
    its = [{"Name": "attachment.instance-id", "Values": [worker["InstanceId"]]}]
    (volume,) = ec2.describe_volumes(Filters=its)["Volumes"]
    (interface,) = ec2.describe_network_interfaces(Filters=its)["NetworkInterfaces"]
    for pairs in (worker["Tags"], volume["Tags"], interface["TagSet"]):
        found = {pair["Key"]: pair["Value"] for pair in pairs}
        assert re.fullmatch(r"l-[0-9a-f]{16}", found.pop("ess:launch"))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found.pop("ess:expires"))
        assert found == {
            "Name": "Night shift",
            "ess:cluster": "nightly",
            "ess:owner": "arn:aws:iam::123456789012:user/ess-sandbox",
        }
    assert sandbox.counts()["ec2:CreateTags"] == 0
    assert worker["MetadataOptions"]["HttpTokens"] == "required"
    assert (volume["Encrypted"], volume["VolumeType"]) == (True, "gp3")
    assert worker["ClientToken"].startswith("l-")
