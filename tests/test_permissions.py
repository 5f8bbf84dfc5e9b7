"""The permissions that `ess config policy` prints are those that commands use: all of them, and no more."""

import io
import json
import zipfile
from collections.abc import Iterator

import pytest

from tests.fixtures import iam
from tests.fixtures.here import Here
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
    "exec true",
    "file mkdir folder",
    "file push lacking.conf",
    "file get lacking.conf",
    "instance ec2 ssh 1 -- true",
    "instance ec2 stop all --wait",
    "instance ec2 start all",
    "instance ec2 remove {0}",
    "instance ec2 existing {0} --cluster other --force",
    "instance ec2 remove {0} --cluster other",
    "instance ec2 add {0} --force",
    "instance ec2 remove {0} --terminate",
    "instance ec2 terminate all",
    "instance ec2 setup --ssh-from 127.0.0.0/8 --conf lacking.conf",
    "instance ec2 setup --remove --conf lacking.conf",
    "s3 ls",
    "s3 ls essentia-samples",
    "s3 ls essentia-samples --versions",
    "s3 du essentia-samples",
    "s3 cat essentia-samples/orders_*",
    "s3 lsa essentia-samples/archive/orders.zip",
    "s3 head essentia-samples/orders_2026-01-01.csv.gz",
    "select s3://essentia-samples",
    "repository --scan",
    "ls -r",
    "cat orders_*",
    "lsa archive/orders.zip",
    "category add orders orders_*",
    "category rejects orders",
    "stream orders * *",
    "category change orders dateregex none",
    "category change orders columnspec",
    "probe orders_*",
    "summary orders --scan",
    "query from/**/orders --fresh",
    "redshift list",
    "redshift register essentia-warehouse dev admin",
    "redshift status",
    "redshift sql select/**/1",
    "redshift gentable permitted orders --fresh",
    "redshift stream orders * * permitted --fresh --copy-keys",
    "redshift history",
    "redshift sql grant/**/all/**/on/**/ess_load_ledger/**/to/**/public",
    "redshift sql drop/**/table/**/permitted",
    "redshift register essentia-warehouse dev",
    "redshift status",
    "redshift sql select/**/1",
    "redshift gentable permitted orders --fresh",
    "redshift stream orders * * permitted --fresh --copy-keys",
    "redshift history",
    "redshift sql drop/**/table/**/permitted",
    "redshift clean --staging s3://essentia-samples/staging",
    "redshift status --via data-api",
    "redshift sql select/**/1 --via data-api",
    "redshift sql select/**/1;select/**/2 --via data-api --single-transaction",
    "redshift register essentia-workgroup dev --workgroup",
    "redshift status",
    "redshift sql select/**/1",
    "redshift gentable permitted orders --fresh",
    "redshift stream orders * * permitted --fresh --copy-keys",
    "redshift history",
    "redshift sql drop/**/table/**/permitted",
)
CHANGED = {"aws_credential": "credential_file.csv", "key_name": "lacking", "security_groups": "lacking"}
WRITES = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject")
STAGES = {("redshift stream", action) for action in WRITES}
SELDOM = {
    **{
        (f"cluster {word}", "ec2:DescribeInstances"): "the journey does not install anything on its workers"
        for word in ("dashboard", "prepare")
    },
    ("instance ec2 remove", "ec2:DeleteTags"): "for instances that ess did not launch; the journey has none",
    **{
        (f"redshift {word}", "secretsmanager:GetSecretValue"): "for --auth secret; the journey knows no ARN"
        for word in ("gentable", "history", "register", "sql", "status", "stream")
    },
    **{
        (f"redshift {word}", "redshift-data:CancelStatement"): "for Ctrl-C and statement_timeout"
        for word in ("sql", "status")
    },
    ("redshift stream", "s3:AbortMultipartUpload"): "for large objects, where the upload fails",
    **{
        (command, action): "for work on workers, which are ended by then; theirs are tests of their own"
        for command in ("category rejects", "query", "redshift gentable", "redshift stream", "stream")
        for action in ("ec2:DescribeInstances", "sts:GetFederationToken", *WRITES)
        if (command, action) not in STAGES
    },
}
"""Actions that the journey does not use, by command, each with the reason."""


@pytest.fixture
def archive(sandbox: Sandbox) -> Iterator[None]:
    """A zip in the bucket of samples, for `s3 lsa`."""
    where, made, s3 = (
        {"Bucket": "essentia-samples", "Key": "archive/orders.zip"},
        io.BytesIO(),
        sandbox.client("s3"),
    )
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("orders.csv", "1,2")
    s3.put_object(**where, Body=made.getvalue())
    yield
    s3.delete_object(**where)


@pytest.mark.usefixtures("archive")
def test_a_journey_uses_every_permission_and_needs_no_other(sandbox: Sandbox, ess: Ess, here: Here) -> None:
    _name_what_is_not_there(sandbox, ess)
    for line in JOURNEY:
        ids = [one["id"] for one in sandbox.live()]
        run = ess if " ssh " in line else here  # OpenSSH takes the place of the process
        done = run(*line.format(*ids).split())
        assert done.returncode == 0, (line, done.stderr)
    sandbox.plan(errors=[FAILS_TO_WATCH])
    assert here("instance", "ec2", "create", "--number=1").returncode == 1  # and it ends its instance
    calls = sandbox.calls()
    tags = _tags(sandbox)
    assert iam.refused(calls, lambda name: tags[name] if name.startswith("i-") else iam.ours(name)) == []
    used = {(iam.command_of(call), ask.action) for call in calls for ask in iam.asks(call, iam.ours)}
    granted = {
        (command, action)
        for command, statements in iam.statements().items()
        for statement in statements
        for action in statement["Action"]
    }
    assert granted - used == SELDOM.keys()


def _name_what_is_not_there(sandbox: Sandbox, ess: Ess) -> None:
    """Write a lacking.conf for a key pair and a group that are to be made."""
    lines = sandbox.conf.read_text(encoding="utf-8").splitlines()
    named = {
        name: sandbox.folder / value if name == "aws_credential" else value for name, value in CHANGED.items()
    }
    rest = [line for line in lines if line.partition(":")[0] not in CHANGED]
    rest[1:1] = [f"{name}: {value}" for name, value in named.items()]  # below [EC2]
    (ess.cwd / "lacking.conf").write_text("\n".join(rest) + "\n", encoding="utf-8")


def _tags(sandbox: Sandbox) -> dict[str, iam.Tags]:
    pages = sandbox.client("ec2").describe_instances()["Reservations"]
    found = [instance for page in pages for instance in page["Instances"]]
    return {one["InstanceId"]: {tag["Key"]: tag["Value"] for tag in one.get("Tags", ())} for one in found}


INSTANCE = "arn:aws:ec2:us-east-1:123456789012:instance/i-1"
ADOPTING = {"instance ec2 add", "instance ec2 existing", "instance ec2 remove"}
OUR_TAG = {"aws:TagKeys": ("ess:cluster",), "aws:RequestTag/ess:cluster": "c"}
THEIR_TAG = {"aws:TagKeys": ("Name", "ess:cluster"), "aws:RequestTag/Name": "mine"}


@pytest.mark.parametrize(
    "ask",
    [
        Ask("ec2:TerminateInstances", INSTANCE),
        Ask("ec2:StopInstances", INSTANCE),
        Ask("ec2:RunInstances", INSTANCE),
        Ask("ec2:CreateTags", INSTANCE, OUR_TAG),
        Ask("ssm:GetParameters", "arn:aws:ssm:us-east-1:123456789012:parameter/password"),
        Ask("s3:PutObject", "arn:aws:s3:::bucket/key"),
        Ask("s3:DeleteObject", "arn:aws:s3:::bucket/folder/key"),
    ],
)
def test_who_may_not_adopt_gets_hold_of_nothing_that_is_not_ess_own(ask: Ask, here: Here) -> None:
    printed = json.loads(here("config", "policy", *sorted(iam.statements().keys() - ADOPTING)).stdout)
    assert not iam.allows(printed["Statement"], ask)


def test_who_may_adopt_gives_only_the_tags_of_ess(here: Here) -> None:
    printed = json.loads(here("config", "policy").stdout)
    assert iam.allows(printed["Statement"], Ask("ec2:CreateTags", INSTANCE, OUR_TAG))
    assert not iam.allows(printed["Statement"], Ask("ec2:CreateTags", INSTANCE, THEIR_TAG))


def test_what_is_printed_allows_a_workers_end(here: Here) -> None:
    printed = json.loads(here("config", "policy", "instance", "ec2", "terminate").stdout)
    end = Ask("ec2:TerminateInstances", INSTANCE, {"ec2:ResourceTag/ess:cluster": "c"})
    assert iam.allows(printed["Statement"], end)
