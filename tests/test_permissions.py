"""The permissions that `ess config policy` prints are those that commands use: all of them, and no more."""

import json

import pytest

from tests.fixtures import iam
from tests.fixtures.iam import Ask
from tests.fixtures.sandbox import Ess, Sandbox

FAILS_TO_WATCH = {
    "action": "DescribeInstances",
    "code": "InvalidParameterValue",
    "when": {"Filter.1.Name": "tag:ess:launch"},
}
JOURNEY = (
    "instance ec2 create",
    "doctor",
    "instance ec2 list --all-regions",
    "instance status",
    "instance ec2 ssh 1 -- true",
    "instance ec2 stop all --wait",
    "instance ec2 start all",
    "instance ec2 remove {0}",
    "instance ec2 existing {0} --cluster other --force",
    "instance ec2 remove {0} --cluster other",
    "instance ec2 add {0} --force",
    "instance ec2 remove {0} --terminate",
    "instance ec2 terminate all",
    "s3 ls",
    "s3 ls essentia-samples",
    "redshift list",
)
SELDOM = {
    ("instance ec2 remove", "ec2:DeleteTags"): "for instances that ess did not launch; the journey has none",
}
"""Actions that the journey does not use, by command, each with the reason."""


def test_a_journey_uses_every_permission_and_needs_no_other(sandbox: Sandbox, ess: Ess) -> None:
    for line in JOURNEY:
        ids = [one["id"] for one in sandbox.live()]
        done = ess(*line.format(*ids).split())
        assert done.returncode == 0, (line, done.stderr)
    sandbox.plan(errors=[FAILS_TO_WATCH])
    assert ess("instance", "ec2", "create", "--number=1").returncode == 1  # and it ends its instance
    calls = sandbox.calls()
    tags = _tags(sandbox)
    assert iam.refused(calls, lambda name: tags[name]) == []
    used = {(iam.command_of(call), ask.action) for call in calls for ask in iam.asks(call, iam.ours)}
    granted = {
        (command, action)
        for command, statements in iam.statements().items()
        for statement in statements
        for action in statement["Action"]
    }
    assert granted - used == SELDOM.keys()


def _tags(sandbox: Sandbox) -> dict[str, iam.Tags]:
    pages = sandbox.client("ec2").describe_instances()["Reservations"]
    found = [instance for page in pages for instance in page["Instances"]]
    return {one["InstanceId"]: {tag["Key"]: tag["Value"] for tag in one.get("Tags", ())} for one in found}


@pytest.mark.parametrize(
    "ask",
    [
        Ask("ec2:TerminateInstances", "arn:aws:ec2:us-east-1:123456789012:instance/i-1"),
        Ask("ec2:RunInstances", "arn:aws:ec2:us-east-1:123456789012:instance/*"),
        Ask(
            "ec2:CreateTags",
            "arn:aws:ec2:us-east-1:123456789012:instance/i-1",
            {"aws:RequestTag/ess:cluster": "c"},
        ),
        Ask("ssm:GetParameters", "arn:aws:ssm:us-east-1:123456789012:parameter/password"),
        Ask("s3:GetObject", "arn:aws:s3:::bucket/key"),
    ],
)
def test_nobody_gets_hold_of_what_is_not_ess_own(ask: Ask, ess: Ess) -> None:
    printed = json.loads(ess("config", "policy").stdout)
    assert not iam.allows(printed["Statement"], ask)


def test_what_is_printed_allows_a_workers_end(ess: Ess) -> None:
    printed = json.loads(ess("config", "policy", "instance", "ec2", "terminate").stdout)
    worker = "arn:aws:ec2:us-east-1:123456789012:instance/i-1"
    end = Ask("ec2:TerminateInstances", worker, {"ec2:ResourceTag/ess:cluster": "c"})
    assert iam.allows(printed["Statement"], end)
