"""``associate_public_ip``: whether workers have public addresses, whatever their subnet would say."""

import pytest

from ess_core.errors import ConfigError
from ess_plugins.ec2 import plan
from tests.ess_plugins.ec2.conftest import set_conf
from tests.ess_plugins.ec2.facts import facts, settings, subnet, where


def _request(found=None, **wanted):
    made = plan.make(found or facts(), settings(**wanted), where, 1, 1)
    return made.request(1, 1, made.places[0], {"ess:cluster": "c-1"})


@pytest.mark.parametrize("public", [True, False])
def test_the_request_says_it_in_an_interface_that_holds_subnet_and_groups(public):
    request = _request(associate_public_ip=public, use_private_ip=True)
    assert request["NetworkInterfaces"] == [
        {
            "DeviceIndex": 0,
            "SubnetId": "subnet-a",
            "Groups": ["sg-essentia-access"],
            "AssociatePublicIpAddress": public,
            "DeleteOnTermination": True,
        }
    ]
    assert not {"SubnetId", "SecurityGroupIds"} & request.keys()


def test_public_addresses_make_a_private_subnet_usable():
    found = facts(subnets=[subnet(public=False)])
    assert _request(found, associate_public_ip=True)["NetworkInterfaces"]


def test_workers_without_a_way_to_them_are_refused():
    with pytest.raises(ConfigError) as caught:
        _request(associate_public_ip=False)
    assert caught.value.message == (
        "instance.conf:1: [EC2] associate_public_ip: without public addresses no worker could be logged in to"
    )
    assert caught.value.hint.startswith("set use_private_ip: True")


def test_without_public_addresses_workers_are_logged_in_to_by_their_private_ones(sandbox, ess, create):
    set_conf(ess.cwd, associate_public_ip="False", use_private_ip="True")
    done = create("--number=2")
    assert done.returncode == 0
    assert [row["public_ip"] for row in done.rows] == ["", ""]
    assert all(row["private_ip"].startswith("127.1.") for row in done.rows)
    (reservation,) = sandbox.client("ec2").describe_instances()["Reservations"]
    assert [group["GroupName"] for group in reservation["Instances"][0]["SecurityGroups"]] == [
        "essentia-access"
    ]


def test_with_public_addresses_workers_are_logged_in_to_by_them(ess, create):
    set_conf(ess.cwd, associate_public_ip="True")
    done = create("--number=1")
    assert done.returncode == 0
    assert done.rows[0]["public_ip"].startswith("127.2.")
