"""Several instance types: the next one is tried where EC2 has no room for the one before, zone by zone."""

import json

import pytest

from ess_core.errors import ConfigError
from ess_plugins.ec2 import images, plan
from tests.ess_plugins.ec2.conftest import set_conf
from tests.ess_plugins.ec2.facts import IMAGE, TYPE, facts, settings, subnet, where

ARM = {
    "InstanceType": "t4g.micro",
    "ProcessorInfo": {"SupportedArchitectures": ["arm64"]},
    "VCpuInfo": {"DefaultVCpus": 2},
}
ARM_IMAGE = IMAGE | {"ImageId": "ami-2", "Architecture": "arm64"}
ZONES = {"m3.medium": frozenset({"us-east-1a", "us-east-1b"}), "t4g.micro": frozenset({"us-east-1b"})}


def _found(**changes):
    usual = {
        "types": [TYPE, ARM],
        "zones": ZONES,
        "images": {"m3.medium": IMAGE, "t4g.micro": ARM_IMAGE},
        "subnets": [subnet("a"), subnet("b")],
    }
    return facts(**(usual | changes))


def _make(found, **wanted):
    return plan.make(found, settings(**wanted), where, 2, 2)


def _tried(made):
    return [(one.instance_type, one.zone[-1], one.image_id) for one in made.places]


def test_every_zone_of_a_type_comes_before_the_next_type():
    assert _tried(_make(_found())) == [
        ("m3.medium", "a", "ami-1"),
        ("m3.medium", "b", "ami-1"),
        ("t4g.micro", "b", "ami-2"),
    ]


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        (
            {"images": {"m3.medium": IMAGE, "t4g.micro": IMAGE}},
            "t4g.micro is left out: image ami-1 is for x86_64, but t4g.micro runs arm64",
        ),
        (
            {"images": {"m3.medium": IMAGE}},
            "t4g.micro is left out: no Amazon Linux 2023 image for t4g.micro (arm64) in this region",
        ),
        (
            {"zones": ZONES | {"t4g.micro": frozenset({"us-east-1f"})}},
            "t4g.micro is left out: instance.conf:1: [EC2] instance_type: "
            "t4g.micro is not to be had in us-east-1a, us-east-1b",
        ),
    ],
)
def test_a_type_that_cannot_be_launched_is_left_out_with_a_note(changes, note):
    made = _make(_found(**changes))
    assert {one.instance_type for one in made.places} == {"m3.medium"}
    assert made.notes == (note,)


def test_where_no_type_can_be_launched_the_first_ones_reason_is_said():
    with pytest.raises(ConfigError, match=r"image ami-2 is for arm64, but m3\.medium runs"):
        _make(_found(images={"m3.medium": ARM_IMAGE}))


def test_the_quota_is_asked_for_the_first_type_that_can_be_launched():
    found = _found(images={"t4g.micro": ARM_IMAGE}, quota_vcpus=3)
    with pytest.raises(Exception, match=r"2 x t4g\.micro needs 4 vCPUs"):
        _make(found)


def test_each_architecture_gets_its_own_newest_image_unless_the_conf_names_one():
    parameters = [
        {"Name": images.PARAMETER + "arm64", "Value": "ami-2"},
        {"Name": images.PARAMETER + "x86_64", "Value": "ami-1"},
    ]
    assert images.choose(None, [TYPE, ARM], parameters) == {"m3.medium": "ami-1", "t4g.micro": "ami-2"}
    assert images.choose(None, [TYPE, ARM], parameters[1:]) == {"m3.medium": "ami-1"}
    assert images.choose("ami-3", [TYPE, ARM], []) == {"m3.medium": "ami-3", "t4g.micro": "ami-3"}


def test_without_room_for_the_first_type_the_next_one_is_launched(sandbox, ess, create):
    set_conf(ess.cwd, instance_type="m3.medium, t4g.micro, t3.micro")
    sandbox.plan(capacity={"m3.medium": 1, "t4g.micro@us-east-1a": 1})
    done = create("--number=2")
    assert done.returncode == 0
    assert [(row["type"], row["zone"]) for row in done.rows] == [("t4g.micro", "us-east-1b")] * 2
    tried = [line for line in done.stderr.splitlines() if line.startswith("no m3.medium in us-east-1")]
    assert len(tried) == 4  # a, b, c, e offer it
    assert "no t4g.micro in us-east-1a (subnet-" in done.stderr
    (launch,) = [json.loads(file.read_text()) for file in ess.cwd.parent.rglob("l-*.json")]
    tokens = [attempt["request"]["ClientToken"] for attempt in launch["attempts"]]
    assert tokens == [f"{launch['id']}-{number}" for number in range(6)]


def test_the_types_of_the_command_line_win_and_share_the_reads_of_one(sandbox, create):
    done = create("--number=1", "--type=t4g.micro,t3.micro", "--dry-run")
    assert (done.returncode, done.rows[0]["type"]) == (0, "t4g.micro or t3.micro")
    reads = sandbox.counts()
    assert reads["ec2:DescribeInstanceTypes"] == reads["ec2:DescribeImages"] == 1
    assert sum(reads.values()) <= 10


def test_all_types_without_room_are_named_and_nothing_is_left(sandbox, create):
    sandbox.plan(capacity={"m3.medium": 0, "t3.micro": 1})
    done = create("--type=m3.medium,t3.micro")
    assert (done.returncode, sandbox.live()) == (1, [])
    assert "EC2 has no room for 2 x m3.medium in us-east-1a, " in done.stderr
    assert " or t3.micro in us-east-1a, " in done.stderr


def test_a_zone_that_does_not_support_the_type_is_passed_over(sandbox, create):
    unsupported = {"action": "RunInstances", "code": "Unsupported", "message": "not supported here"}
    sandbox.plan(errors=[unsupported])
    done = create("--number=1")
    assert (done.returncode, done.rows[0]["zone"]) == (0, "us-east-1b")
    assert "no m3.medium in us-east-1a (subnet-" in done.stderr


def test_a_type_that_does_not_exist_is_named(create):
    done = create("--type=m3.medium,m3.mediun")
    assert done.returncode == 2
    assert "m3.mediun" in done.stderr
