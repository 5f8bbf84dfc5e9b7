"""What `list` says of a worker's life: how old it is, how it is paid for, when it ends; in every region."""

import json

import pytest

COLUMNS = ["id", "type", "state", "zone", "private_ip", "public_ip", "reservation_id"]
LIFE = ["age", "lifecycle", "expires"]


@pytest.fixture
def rows(ess):
    """The rows of `list` with these words."""
    return lambda *words: json.loads(ess("instance", "ec2", "list", "-f", "json", *words).stdout)


def test_a_workers_age_lifecycle_and_end_are_shown_after_what_was_always_shown(sandbox, workers, rows):
    first, second = workers(2)
    ec2 = sandbox.client("ec2")
    ec2.create_tags(Resources=[first], Tags=[{"Key": "ess:expires", "Value": "2030-01-01T00:00:00Z"}])
    ec2.delete_tags(Resources=[second], Tags=[{"Key": "ess:expires"}])
    found = rows()
    assert list(found[0]) == COLUMNS + LIFE
    assert {row["id"]: row["expires"] for row in found} == {first: "2030-01-01T00:00:00Z", second: ""}
    assert {row["lifecycle"] for row in found} == {"on-demand"}
    assert all(type(row["age"]) is int and 0 <= row["age"] < 60 for row in found)


def test_a_person_reads_the_age_as_a_time(workers, ess):
    workers(1)
    shown = ess("instance", "ec2", "list", "-c", "age").stdout
    assert "0:00:0" in shown


def test_all_regions_are_asked_and_named(sandbox, foreign, rows):
    mine = {"owner": "arn:aws:iam::123456789012:user/ess-sandbox"}
    (here,) = foreign(cluster="wide", **mine)
    (there,) = foreign(region="eu-west-1", key=None, cluster="wide", **mine)
    foreign(region="eu-west-1", key=None, cluster="narrow", owner="arn:aws:iam::123456789012:user/bob")
    sandbox.door.clear_calls()
    found = rows("--cluster=wide", "--all-regions")
    assert {row["id"]: row["region"] for row in found} == {here: "us-east-1", there: "eu-west-1"}
    regions = sandbox.client("ec2").describe_regions()["Regions"]
    assert sandbox.counts()["ec2:DescribeInstances"] == len(regions) > 10
    everything = rows("--all", "--all-regions")
    assert sorted(row["cluster"] for row in everything) == ["narrow", "wide", "wide"]
    assert list(everything[0]) == [*COLUMNS, *LIFE, "cluster", "owner", "region"]


def test_a_region_that_does_not_answer_is_named_and_the_others_are_shown(sandbox, foreign, ess):
    (here,) = foreign(cluster="wide")
    (there,) = foreign(region="eu-west-1", key=None, cluster="wide")
    fault = {"action": "DescribeInstances", "code": "UnauthorizedOperation", "http": 403}
    sandbox.plan(errors=[fault])
    done = ess("instance", "ec2", "list", "--all", "--all-regions", "-f", "value", "-c", "id")
    assert done.returncode == 3
    assert "regions did not answer: " in done.stderr
    assert "not allowed to call DescribeInstances" in done.stderr
    assert done.stdout.split()
    assert set(done.stdout.split()) <= {here, there}


def test_without_a_worker_anywhere_that_is_said(ess):
    done = ess("instance", "ec2", "list", "--cluster=none", "--all-regions")
    assert (done.returncode, done.stderr) == (0, "cluster none has no workers in any region\n")
