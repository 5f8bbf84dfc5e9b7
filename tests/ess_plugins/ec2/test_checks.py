"""What stops a launch before it begins: image and quota."""

import pytest

from ess_core.errors import ConfigError, EssError
from ess_plugins.ec2.checks import check_quota, image_for
from tests.ess_plugins.ec2.facts import IMAGE, TYPE, facts, instance, settings, where


@pytest.mark.parametrize(
    ("image", "wanted", "message"),
    [
        ({"Architecture": "arm64"}, {}, "image ami-1 is for arm64, but m3.medium runs i386, x86_64"),
        ({"State": "deregistered"}, {}, "instance.conf:1: [EC2] ami: image ami-1 is deregistered"),
        ({"RootDeviceType": "instance-store"}, {}, "instance.conf:1: [EC2] ami: image ami-1 has no EBS root"),
        ({}, {"volume_size": 7}, "instance.conf:1: [EC2] volume_size: 7 is less than the image's 8"),
    ],
)
def test_an_image_that_cannot_be_launched_so_is_refused(image, wanted, message):
    with pytest.raises(ConfigError) as caught:
        image_for(TYPE, facts(images={"m3.medium": IMAGE | image}), settings(**wanted), where)
    assert caught.value.message.startswith(message)


def test_an_image_as_it_should_be_passes():
    assert image_for(TYPE, facts(), settings(volume_size=8), where) == IMAGE


def test_the_quota_is_said_in_numbers():
    type_ = {**TYPE, "VCpuInfo": {"DefaultVCpus": 4}}
    busy = [instance(type="c5.large", vcpus=2), instance(type="m3.medium", vcpus=None)]
    found = facts(types=[type_], alive=busy, quota_vcpus=16)
    check_quota(found, "m3.medium", 2)
    with pytest.raises(EssError) as caught:
        check_quota(found, "m3.medium", 3)
    assert caught.value.message == "3 x m3.medium needs 12 vCPUs, 6 of this region's 16 are in use"
    assert caught.value.hint.startswith("at most 2 more fit")


@pytest.mark.parametrize(
    "other",
    [
        {"state": "stopped"},
        {"state": "stopping"},
        {"spot": True},
        {"type": "p3.large"},
        {"type": "x1.32xlarge"},
    ],
)
def test_what_does_not_count_for_the_quota_is_not_counted(other):
    check_quota(facts(alive=[instance(vcpus=64, **other)], quota_vcpus=2), "m3.medium", 2)


@pytest.mark.parametrize("unknown", [{"quota_vcpus": None}, {"quota_vcpus": 0, "wanted": "g4dn.xlarge"}])
def test_without_a_quota_that_applies_nothing_is_refused(unknown):
    wanted = unknown.pop("wanted", "m3.medium")
    check_quota(facts(**unknown), wanted, 500)
