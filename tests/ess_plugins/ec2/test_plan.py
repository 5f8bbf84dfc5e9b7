"""The exact RunInstances request: tagged at birth, encrypted, metadata only with a token."""

import pytest

from ess_plugins.ec2 import plan
from tests.ess_plugins.ec2.facts import facts, group, settings, subnet, where

LABELS = {"Name": "Night shift", "ess:cluster": "c-1", "ess:launch": "l-1", "ess:owner": "arn"}


def _plan(number=3, minimum=3, found=None, **wanted):
    return plan.make(found or facts(), settings(**wanted), where, number, minimum)


def _request(**wanted):
    made = _plan(**wanted)
    return made.request(3, 3, made.places[0], LABELS)


def test_the_request_says_all_that_makes_a_worker_safe():
    pairs = [{"Key": key, "Value": value} for key, value in LABELS.items()]
    assert _request() == {
        "ImageId": "ami-1",
        "InstanceType": "m3.medium",
        "MinCount": 3,
        "MaxCount": 3,
        "KeyName": "pem_file",
        "SecurityGroupIds": ["sg-essentia-access"],
        "SubnetId": "subnet-a",
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
        "BlockDeviceMappings": [
            {
                "DeviceName": "/dev/xvda",
                "Ebs": {"Encrypted": True, "VolumeType": "gp3", "DeleteOnTermination": True, "VolumeSize": 8},
            }
        ],
        "TagSpecifications": [
            {"ResourceType": kind, "Tags": pairs} for kind in ("instance", "volume", "network-interface")
        ],
    }


@pytest.mark.parametrize(
    ("profile", "sent"),
    [
        ("worker", {"Name": "worker"}),
        ("arn:aws:iam::1:instance-profile/worker", {"Arn": "arn:aws:iam::1:instance-profile/worker"}),
    ],
)
def test_an_instance_profile_is_named_or_given_by_arn(profile, sent):
    assert _request(iam_instance_profile=profile)["IamInstanceProfile"] == sent


def test_a_volume_size_of_the_conf_wins_over_the_images():
    request = _request(volume_size=40)
    assert request["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 40


def test_groups_and_subnets_arrive_in_their_order():
    found = facts(groups=[group("b"), group("a")], subnets=[subnet("a", 5), subnet("b", 9)])
    made = _plan(found=found, security_groups=("a", "b"))
    assert made.group_ids == ("sg-a", "sg-b")
    assert [place.subnet_id for place in made.places] == ["subnet-b", "subnet-a"]


def test_workers_that_run_already_are_not_counted_twice():
    found = facts(quota_vcpus=2, subnets=[subnet(free=1)])
    assert plan.make(found, settings(), where, 3, 3, there=2).number == 3
