"""What `list` shows, and to whom."""

import json

import pytest

from tests.ess_plugins.ec2.conftest import set_conf


@pytest.fixture
def rows(here):
    """The rows of `list` with these words."""
    return lambda *words: json.loads(here("instance", "ec2", "list", "-f", "json", *words).stdout)


@pytest.fixture
def create(here):
    """Launch one worker without waiting."""
    return lambda *words: here("instance", "ec2", "create", "--number=1", "--no-wait", *words)


def test_a_folder_that_has_no_cluster_yet_is_said_without_a_call(sandbox, here):
    done = here("instance", "ec2", "list", "-f", "json")
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    assert done.stderr == "this folder's cluster, not started yet, has no workers in us-east-1\n"
    assert sandbox.calls() == []


def test_a_cluster_without_workers_is_said_by_name(ess, here):
    set_conf(ess.cwd, cluster="nightly")
    assert here("instance", "ec2", "list").stderr == "cluster nightly has no workers in us-east-1\n"


def test_it_costs_one_call_and_shows_this_cluster_only(sandbox, create, rows):
    create()
    create("--cluster=other")
    sandbox.door.clear_calls()
    assert len(rows()) == 1
    assert sandbox.counts() == {"ec2:DescribeInstances": 1}


def test_stopped_workers_are_shown_and_ended_ones_are_not(sandbox, create, rows):
    create()
    create("--add")
    first, second = rows()
    ec2 = sandbox.client("ec2")
    ec2.stop_instances(InstanceIds=[first["id"]])
    ec2.terminate_instances(InstanceIds=[second["id"]])
    assert [row["id"] for row in rows()] == [first["id"]]
    assert rows()[0]["state"] in ("stopping", "stopped")


def test_all_shows_every_ess_worker_with_cluster_and_owner_and_nothing_else(sandbox, create, rows):
    create("--cluster=one")
    create("--cluster=two")
    ec2 = sandbox.client("ec2")
    image = next(one["ImageId"] for one in ec2.describe_images()["Images"] if one["Architecture"] == "x86_64")
    ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)
    found = rows("--all")
    assert sorted(row["cluster"] for row in found) == ["one", "two"]
    assert {row["owner"] for row in found} == {"arn:aws:iam::123456789012:user/ess-sandbox"}


def test_another_region_shows_its_own(create, rows):
    create("--cluster=one")
    assert rows("--cluster=one", "--region=eu-west-1") == []
    assert len(rows("--cluster=one")) == 1


def test_it_goes_by_the_tags_alone(ess, create, rows, monkeypatch):
    create("--cluster=one")
    monkeypatch.setenv("ESS_HOME", str(ess.cwd / "another-home"))
    assert len(rows("--cluster=one")) == 1
