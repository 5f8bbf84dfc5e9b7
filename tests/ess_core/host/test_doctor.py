"""`ess doctor`: a line for each check, one cause told once, and no check takes down another."""

import json

import pytest

from tests.ess_core.host.conftest import Plant
from tests.fixtures.sandbox import Ess, Sandbox

CHECKS = """
from ess_core.cloud.checkup import Finding, Status, needs
from ess_core.errors import EssError
from ess_core.host import hookimpl

@hookimpl
def ess_checks():
    names = ("fine", "silent", "noted", "known", "bug", "exits", "prints", "after", "later", "last")
    return {"absent": "bad_plugin:gone"} | {name: f"bad_plugin:{name}" for name in names}

def fine(case):
    return case.cloud.region

def silent(case):
    pass

def noted(case):
    return Finding(Status.NOTE, "the moon is full", "wait")

def known(case):
    raise EssError("it is broken\\nin two", "mend it")

def bug(case):
    return 1 / 0

def exits(case):
    raise SystemExit(0)

def prints(case):
    print("data?")
    return "said\\x1b[31m\\nmuch"

@needs("known")
def after(case):
    return 1 / 0

@needs("fine", "noted", "after", "a check of a plugin that is not there")
def later(case):
    return 1 / 0

@needs("fine", "noted")
def last(case):
    return "in order"
"""
SHOWN = """\
failed  absent      check 'absent' of plugin bad cannot be loaded: AttributeError: \
module 'bad_plugin' has no attribute 'gone'
ok      fine        us-east-1
ok      silent
note    noted       the moon is full; wait
failed  known       it is broken in two; mend it
failed  bug         ZeroDivisionError: division by zero
failed  exits       SystemExit: 0
ok      prints      said\\x1b[31m much
skipped after       needs known
skipped later       needs after
ok      last        in order
"""
CORE = ("conf", "region", "clock", "credentials")
QUIET = {"ESS_BLOCK_PLUGINS": "ec2,redshift,s3,sandbox,workers"}


def test_each_check_gets_its_line_whatever_the_others_do(sandbox: Sandbox, ess: Ess, plant: Plant) -> None:
    done = ess("doctor", env={**plant(CHECKS), **QUIET})
    assert "".join(done.stdout.splitlines(keepends=True)[len(CORE) :]) == SHOWN
    assert done.stderr.splitlines()[-2:] == ["data?", "ess: 4 of 15 checks failed, 2 could not be made"]
    assert done.returncode == 1


def test_nothing_wrong_is_success_and_a_note_is_nothing_wrong(sandbox: Sandbox, ess: Ess) -> None:
    sandbox.plan(deny=["s3:ListBuckets"])
    done = ess("doctor", "-f", "json")
    assert (done.returncode, done.stderr) == (0, "nothing is wrong\n"), done.stdout
    rows = {row["check"]: row for row in json.loads(done.stdout)}
    assert rows["conf"] == {"status": "ok", "check": "conf", "detail": str(sandbox.conf)}
    assert rows["s3 buckets"]["status"] == "note"


def test_a_conf_that_cannot_be_read_is_told_once(ess: Ess) -> None:
    (ess.cwd / "instance.conf").write_text("[EC2]\ninstance_count: two\nfoo: 1\n")
    done = ess("doctor")
    first, *rest = done.stdout.splitlines()
    assert first.startswith(
        "failed  conf                instance.conf:2: [EC2] instance_count: 'two' is not a whole"
    )
    assert first.endswith("; ess config check shows 1 more")
    assert all(line.startswith("skipped ") and line.endswith(" needs conf") for line in rest)
    assert done.stderr == f"ess: 1 of {len(rest) + 1} checks failed, {len(rest)} could not be made\n"


def test_without_network_and_conf_both_are_told_and_all_else_waits(ess: Ess) -> None:
    rows = json.loads(ess("doctor", "-f", "json").stdout)
    failed = {row["check"]: row["detail"] for row in rows if row["status"] == "failed"}
    assert failed == {
        "conf": "there is no instance.conf here; ess config init writes a commented one",
        "region": "cannot reach AWS at http://127.0.0.1:9/: Connection refused; "
        "check the network, the region and AWS_ENDPOINT_URL",
    }
    others = {row["check"]: row["status"] for row in rows if row["check"] not in failed}
    assert others.pop("workers engine") == "note"  # of this machine's own files, and hosts need no AWS
    assert set(others.values()) == {"skipped"}


@pytest.mark.parametrize("wrong", ["unknown key", "expired key", "no key"])
def test_wrong_credentials_are_told_once(wrong: str, sandbox: Sandbox, ess: Ess) -> None:
    env = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "AKIAUNKNOWNUNKNOWN00")
    (ess.cwd / "instance.conf").write_text("[EC2]\nkey_name: x\n")
    if wrong == "expired key":
        key = sandbox.issue_key("ann")
        sandbox.expire(key)
        env = {"AWS_ACCESS_KEY_ID": key.access_key_id, "AWS_SECRET_ACCESS_KEY": key.secret_access_key}
    done = ess("doctor", "-f", "json", env=(env if wrong != "no key" else {}) | {"ESS_CONF": ""})
    rows = {row["check"]: row for row in json.loads(done.stdout)}
    assert [rows[name]["status"] for name in CORE[:3]] == ["ok"] * 3
    assert rows["credentials"]["status"] == "failed"
    said = {
        "unknown key": "AWS does not accept these credentials (InvalidClientTokenId)",
        "expired key": "AWS credentials have expired (ExpiredToken); get fresh credentials",
        "no key": "no AWS credentials found; name the console's CSV as aws_credential",
    }
    assert rows["credentials"]["detail"].startswith(said[wrong])
    waiting = {row["check"] for row in rows.values() if row["detail"] == "needs credentials"}
    assert waiting == {"ec2 type", "ec2 image", "ec2 subnets", "ec2 security groups", "ec2 quota"} | {
        "ec2 key pair",
        "ec2 launch",
        "ec2 terminate",
        "redshift clusters",
        "s3 buckets",
        "workers scratch",
    }
