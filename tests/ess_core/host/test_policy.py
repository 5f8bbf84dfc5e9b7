"""`ess config policy`: the permissions that commands need, merged, and nothing beside them."""

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.host.contributions import Implementation, gather
from ess_core.host.policy import policy
from tests.ess_core.host.conftest import Env, Plant
from tests.fixtures import iam
from tests.fixtures.sandbox import Ess

ACTIONS = ("s3:GetObject", "s3:GetBucketAcl", "ec2:RunInstances", "s3:PutObject")
RESOURCES = ("arn:aws:s3:::a", "arn:aws:s3:::ab", "arn:aws:s3:::b")
TAG = "aws:RequestTag/t"
CONTEXTS: tuple[iam.Tags, ...] = ({}, {TAG: "1"}, {TAG: "2"})
CONDITIONS = ({"Null": {TAG: "false"}}, {"StringEquals": {TAG: "1"}}, {"StringEquals": {TAG: ["1", "2"]}})


def _lists(*values: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=1, max_size=3)


@st.composite
def _statement(draw: st.DrawFn) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Action": draw(_lists(*ACTIONS, "s3:Get*", "s3:GetObjec?", "*")),
        "Resource": draw(_lists(*RESOURCES, "arn:aws:s3:::a*", "arn:aws:s3:::?", "*")),
    }
    condition = draw(st.none() | st.sampled_from(CONDITIONS))
    return statement | ({"Condition": condition} if condition else {})


STATEMENTS = st.lists(_statement(), min_size=1, max_size=5)


@given(STATEMENTS)
def test_the_merged_policy_allows_what_its_parts_allow_and_no_more(parts: list[dict[str, Any]]) -> None:
    merged = policy(parts)["Statement"]
    for action, resource, context in product(ACTIONS, RESOURCES, CONTEXTS):
        ask = iam.Ask(action, resource, context)
        assert iam.allows(merged, ask) == iam.allows(parts, ask)


@given(STATEMENTS, st.randoms())
def test_the_order_of_plugins_and_commands_does_not_matter(parts: list[dict[str, Any]], chance: Any) -> None:
    expected = policy(parts)
    chance.shuffle(parts)
    assert json.dumps(policy([*parts, parts[0]])) == json.dumps(expected)


def test_what_another_statement_allows_already_is_left_out() -> None:
    narrow = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*", "Condition": {"Null": {TAG: "false"}}}
    wide = {"Action": ("S3:get*",), "Resource": ["arn:aws:s3:::*"]}
    allowed = {"Effect": "Allow", "Action": ["S3:get*"], "Resource": ["arn:aws:s3:::*"]}
    assert policy([narrow, wide]) == {"Version": "2012-10-17", "Statement": [allowed]}


def test_statements_that_differ_in_one_thing_become_one() -> None:
    parts = [
        {"Action": ["s3:GetObject"], "Resource": ["b"]},
        {"Action": ["s3:GetObject"], "Resource": ["a"]},
        {"Action": ["s3:PutObject"], "Resource": ["a", "b"]},
    ]
    allowed = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["a", "b"]}
    assert policy(parts)["Statement"] == [allowed]


LS = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": ["*"]},
        {
            "Effect": "Allow",
            "Action": ["s3:ListBucket", "s3:ListBucketVersions"],
            "Resource": ["arn:aws:s3:::*"],
        },
    ],
}


@pytest.mark.parametrize("words", [("s3", "ls"), ("s3 ls",), ("help", "s3 ls", "s3", "ls")])
def test_commands_can_be_named_with_quotes_or_without(words: tuple[str, ...], ess: Ess) -> None:
    done = ess("config", "policy", *words)
    assert (json.loads(done.stdout), done.stderr) == (LS, "")


def test_a_group_stands_for_its_commands(ess: Ess) -> None:
    each = [name for name in iam.statements() if name.startswith("s3 ")]
    assert len(each) > 1
    done = ess("config", "policy", "s3")
    assert (done.stdout, done.stderr) == (ess("config", "policy", *each).stdout, "")


def test_several_commands_share_one_policy(ess: Ess) -> None:
    done = ess("config", "policy", "redshift", "list", "s3", "ls")
    actions = [action for statement in json.loads(done.stdout)["Statement"] for action in statement["Action"]]
    assert actions == [
        "redshift-serverless:ListNamespaces",
        "redshift-serverless:ListWorkgroups",
        "redshift:DescribeClusters",
        "s3:ListAllMyBuckets",
        "s3:ListBucket",
        "s3:ListBucketVersions",
    ]


def test_a_third_partys_commands_are_in_it_while_the_plugin_is_on(ess: Ess, hello: Env) -> None:
    assert json.loads(ess("config", "policy", "hello", env=hello).stdout)["Statement"] == [LS["Statement"][0]]
    done = ess("config", "policy", "hello", "--no-plugins", env=hello)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, "ess: 'hello' is not an ess command")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("s3", "lss"), "did you mean: ess s3 ls"),
        (("instance", "ec2", "creat"), "did you mean: ess instance ec2 create"),
    ],
)
def test_what_is_no_command_is_refused(words: tuple[str, ...], hint: str, ess: Ess) -> None:
    done = ess("config", "policy", *words)
    assert done.returncode == 2
    first, second = done.stderr.splitlines()
    assert first == f"ess: '{' '.join(words)}' is not an ess command"
    assert second.startswith(f"hint: {hint}")


def test_commands_that_ask_nothing_of_aws_need_no_policy(ess: Ess) -> None:
    done = ess("config", "policy", "help", "plugin")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == "ess: no permission is needed for: help, plugin check, plugin list\n"


@pytest.mark.parametrize(
    "statement",
    [
        {},
        {"Action": "s3:GetObject"},
        {"Action": [], "Resource": "*"},
        {"Action": [1], "Resource": "*"},
        {"Action": "s3:GetObject", "Resource": ""},
        {"Action": "s3:GetObject", "Resource": "*", "Condition": "none"},
        {"Action": "s3:GetObject", "Resource": "*", "Effect": "Deny"},
        {"NotAction": "s3:GetObject", "Resource": "*"},
        "s3:GetObject",
    ],
)
def test_a_statement_that_cannot_be_merged_is_not_taken(statement: object) -> None:
    hook = Implementation("ess_iam", lambda: {"s3 ls": [statement]})
    with pytest.raises(ValueError, match="not a list of IAM statements"):
        gather("bad", [hook])


def test_permissions_of_a_command_that_is_not_there_are_found_by_plugin_check(ess: Ess, plant: Plant) -> None:
    source = """
from ess_core.host import hookimpl

@hookimpl
def ess_iam():
    return {"s3 l": [{"Action": "s3:ListBucket", "Resource": "*"}]}
"""
    done = ess("plugin", "check", "bad", env=plant(source))
    assert done.returncode == 1
    assert "there is no command 's3 l'" in done.stdout
