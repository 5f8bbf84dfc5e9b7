"""Subnets and groups: one VPC, a zone that has the type, addresses that are free and can be reached."""

import pytest

from ess_core.errors import ConfigError, EssError
from ess_plugins.ec2 import network
from ess_plugins.ec2.network import groups
from tests.ess_plugins.ec2.facts import SSH_RULE, facts, group, settings, subnet, where


def subnets(found, wanted, where, minimum):
    """The ids of the subnets to try for m3.medium."""
    return tuple(one["SubnetId"] for one in network.subnets("m3.medium", found, wanted, where, minimum))


def _rule(**changes):
    return SSH_RULE | changes


@pytest.mark.parametrize(
    "rule",
    [
        SSH_RULE,
        _rule(FromPort=0, ToPort=65535),
        _rule(FromPort=20, ToPort=22),
        {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "192.0.2.0/24"}]},
    ],
)
def test_a_rule_that_covers_the_port_suffices(rule):
    found = facts(groups=[group("closed", rules=()), group("open", rules=(rule,))])
    chosen = groups(found, settings(security_groups=("closed", "open")), where)
    assert [one["GroupId"] for one in chosen] == ["sg-closed", "sg-open"]


@pytest.mark.parametrize(
    "rules",
    [(), (_rule(FromPort=23, ToPort=80),), (_rule(IpProtocol="udp"),), (_rule(FromPort=2, ToPort=21),)],
)
def test_a_group_that_lets_nobody_reach_the_port_is_refused(rules):
    with pytest.raises(ConfigError) as caught:
        groups(facts(groups=[group(rules=rules)]), settings(), where)
    assert caught.value.message == (
        "instance.conf:1: [EC2] security_groups: essentia-access lets nobody reach port 22, "
        "so no worker could be logged in to"
    )
    assert caught.value.hint == "add an inbound rule for TCP 22 from your address"


def test_groups_are_found_by_name_and_by_id_in_the_vpc_of_the_subnets():
    found = facts(groups=[group(vpc="vpc-2"), group(), group("two")])
    chosen = groups(found, settings(security_groups=("sg-two", "essentia-access")), where)
    assert [one["GroupId"] for one in chosen] == ["sg-two", "sg-essentia-access"]
    assert {one["VpcId"] for one in chosen} == {"vpc-1"}


def test_a_group_of_another_vpc_or_of_none_is_named():
    with pytest.raises(ConfigError, match="there is no security group essentia-access in VPC vpc-1"):
        groups(facts(groups=[group(vpc="vpc-2")]), settings(), where)
    with pytest.raises(ConfigError, match="there is no security group nosuch in this account and region"):
        groups(facts(), settings(security_groups=("nosuch",)), where)


def test_without_a_default_vpc_a_subnet_must_be_named():
    with pytest.raises(ConfigError, match="no default VPC") as caught:
        groups(facts(subnets=[]), settings(), where)
    assert "subnet_id" in caught.value.hint


def test_subnets_of_two_vpcs_are_refused():
    with pytest.raises(ConfigError, match="different VPCs: vpc-1, vpc-2"):
        groups(facts(subnets=[subnet("a"), subnet("b", vpc="vpc-2")]), settings(), where)


def test_the_subnet_with_most_free_addresses_comes_first_unless_the_conf_lists_them():
    found = facts(subnets=[subnet("a", free=5), subnet("b", free=9)])
    assert subnets(found, settings(), where, 2) == ("subnet-b", "subnet-a")
    listed = settings(subnet_ids=("subnet-a", "subnet-b"))
    assert subnets(found, listed, where, 2) == ("subnet-a", "subnet-b")


def test_equal_subnets_come_by_zone():
    found = facts(subnets=[subnet("b"), subnet("a")])
    assert subnets(found, settings(), where, 2) == ("subnet-a", "subnet-b")


def test_only_zones_that_have_the_type_are_tried():
    found = facts(subnets=[subnet("a"), subnet("f", free=999)])
    assert subnets(found, settings(), where, 2) == ("subnet-a",)
    assert subnets(facts(subnets=found.subnets, zones=None), settings(), where, 2)[0] == "subnet-f"


def test_a_type_that_no_zone_of_ours_has_is_said_with_the_zones_that_have_it():
    with pytest.raises(ConfigError) as caught:
        subnets(facts(subnets=[subnet("f")]), settings(), where, 2)
    assert (
        caught.value.message
        == "instance.conf:1: [EC2] instance_type: m3.medium is not to be had in us-east-1f"
    )
    assert caught.value.hint == "us-east-1a, us-east-1b have it; name a subnet there as subnet_id"
    with pytest.raises(ConfigError) as caught:
        subnets(facts(zones={"m3.medium": frozenset()}), settings(), where, 2)
    assert caught.value.hint == "choose another type or region"


def test_subnets_without_public_addresses_serve_only_private_access():
    found = facts(subnets=[subnet("a", public=False), subnet("b", free=9)])
    assert subnets(found, settings(), where, 2) == ("subnet-b",)
    assert subnets(found, settings(use_private_ip=True), where, 2) == ("subnet-a", "subnet-b")
    with pytest.raises(ConfigError, match="subnet-a gives no public addresses") as caught:
        subnets(facts(subnets=found.subnets[:1]), settings(), where, 2)
    assert "use_private_ip: True" in caught.value.hint


@pytest.mark.parametrize(
    ("free", "minimum", "fits"),
    [
        ((5,), 5, True),
        ((5,), 6, False),
        ((4, 4), 6, False),  # one call launches into one subnet
        ((100, 20), 120, True),  # two batches
        ((99, 99), 120, False),
        ((100, 19), 120, False),
        ((0,), 0, True),  # all of them run already
    ],
)
def test_free_addresses_must_hold_the_minimum(free, minimum, fits):
    found = facts(subnets=[subnet("ab"[place], number) for place, number in enumerate(free)])
    if fits:
        assert len(subnets(found, settings(), where, minimum)) == len(free)
    else:
        with pytest.raises(
            EssError, match=f"{minimum} workers need {minimum} addresses; free are {free[0]} in"
        ):
            subnets(found, settings(), where, minimum)
