"""Spot instances: one-time, ended when interrupted, and never on-demand unasked."""

import pytest

from ess_core.errors import EssError, UsageError
from ess_plugins.ec2 import checks, plan, unfinished
from ess_plugins.ec2.records import new_launch
from tests.ess_plugins.ec2.conftest import set_conf
from tests.ess_plugins.ec2.facts import facts, instance, settings, where


def _lifecycles(sandbox):
    pages = sandbox.client("ec2").describe_instances()["Reservations"]
    return [one.get("InstanceLifecycle", "on-demand") for page in pages for one in page["Instances"]]


def _request(**wanted):
    made = plan.make(facts(), settings(**wanted), where, 1, 1)
    return made.request(1, 1, made.places[0], {"ess:cluster": "c-1"})


def test_the_request_is_one_time_and_tagged_itself():
    request = _request(spot=True)
    assert request["InstanceMarketOptions"] == {
        "MarketType": "spot",
        "SpotOptions": {"SpotInstanceType": "one-time", "InstanceInterruptionBehavior": "terminate"},
    }
    kinds = [one["ResourceType"] for one in request["TagSpecifications"]]
    assert kinds == ["instance", "volume", "network-interface", "spot-instances-request"]


def test_an_on_demand_request_says_nothing_of_spot():
    request = _request()
    assert "InstanceMarketOptions" not in request
    assert "spot-instances-request" not in str(request)


def test_spot_and_on_demand_have_quotas_of_their_own():
    busy = [instance(vcpus=3), instance(id="i-2", vcpus=1, spot=True)]
    found = facts(alive=busy, quota_vcpus=4)
    checks.check_quota(found, "m3.medium", 1)
    checks.check_quota(found, "m3.medium", 3, spot=True)
    with pytest.raises(EssError) as caught:
        checks.check_quota(found, "m3.medium", 4, spot=True)
    assert caught.value.message == "4 x m3.medium needs 4 vCPUs, 1 of this region's 4 are in use"
    assert caught.value.hint.endswith("ask for a higher quota L-34B43A08 in Service Quotas")


@pytest.mark.parametrize(
    ("key", "words", "lifecycle"),
    [
        ("True", (), "spot"),
        ("False", ("--spot",), "spot"),
        ("True", ("--no-spot",), "on-demand"),
        ("False", (), "on-demand"),
    ],
)
def test_the_command_line_wins_over_the_conf(sandbox, ess, create, key, words, lifecycle):
    set_conf(ess.cwd, spot=key)
    assert create("--number=1", *words).returncode == 0
    assert _lifecycles(sandbox) == [lifecycle]


def test_the_list_says_spot(here, create):
    create("--number=1", "--spot")
    assert '"spot"' in here("instance", "ec2", "list", "-f", "json").stdout


def test_without_spot_capacity_nothing_becomes_on_demand(sandbox, create):
    sandbox.plan(capacity={"m3.medium": 1})
    done = create("--number=2", "--spot")
    assert (done.returncode, sandbox.instances()) == (1, [])
    assert "EC2 has no room for 2 x spot m3.medium in us-east-1a, " in done.stderr
    assert "hint: try another --type, --no-spot, fewer workers, or another region" in done.stderr


def test_a_price_that_is_too_low_somewhere_is_tried_elsewhere(sandbox, create):
    sandbox.plan(errors=[{"action": "RunInstances", "code": "SpotMaxPriceTooLow", "message": "too low"}])
    done = create("--number=1", "--spot")
    assert (done.returncode, done.rows[0]["zone"]) == (0, "us-east-1b")


def test_the_spot_quota_is_checked_and_the_other_is_not(sandbox, create):
    sandbox.plan(vcpu_quota=0, spot_vcpu_quota=1)
    assert create("--number=1", "--spot").returncode == 0
    done = create("--number=1", "--spot", "--add")
    assert done.returncode == 1
    assert "1 x m3.medium needs 1 vCPUs, 1 of this region's 1 are in use" in done.stderr


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("MaxSpotInstanceCountExceeded", "hint: ask for a higher quota L-34B43A08 in Service Quotas"),
        (
            "AuthFailure.ServiceLinkedRoleCreationNotPermitted",
            "hint: once per account, somebody who may: aws iam create-service-linked-role",
        ),
    ],
)
def test_a_refusal_that_only_spot_knows_comes_with_a_way_out(sandbox, create, code, hint):
    sandbox.plan(errors=[{"action": "RunInstances", "code": code, "message": "said EC2"}])
    done = create("--spot")
    assert (done.returncode, sandbox.live()) == (1, [])
    assert f"said EC2 ({code})" in done.stderr
    assert hint in done.stderr


def test_a_spot_worker_cannot_be_stopped_and_ec2_says_why(sandbox, here, create):
    create("--number=1", "--spot")
    done = here("instance", "ec2", "stop", "all", "--yes")
    assert done.returncode != 0
    assert "one-time Spot Instance request" in done.stderr
    assert [one["state"] for one in sandbox.instances()] == ["running"]


def test_an_open_spot_launch_is_not_gone_on_with_as_on_demand(kept, monkeypatch):
    monkeypatch.setattr(unfinished, "shown", lambda _cloud, _launch: [])
    wanted = {
        "ttl": "none",
        "number": 2,
        "minimum": 2,
        "type": "m3.medium",
        "region": "us-east-1",
        "add": False,
    }
    kept.save(new_launch("c-1", "us-east-1", kept.account, "arn", wanted | {"spot": True}).trying({}))
    with pytest.raises(UsageError) as caught:
        unfinished.find(None, kept, "arn", wanted | {"spot": False})
    assert "create --number 2 --type m3.medium --spot --cluster c-1" in caught.value.hint
