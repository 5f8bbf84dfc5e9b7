"""Instances that run already: taken as workers, left when all are ended, and let go again."""

import json
from pathlib import Path

import pytest

from ess_core.nodes import events

ME = "arn:aws:iam::123456789012:user/ess-sandbox"


@pytest.fixture
def run(here, quick):
    """Run `ess instance ec2` with these words, in this process."""
    return lambda *words: here("instance", "ec2", *words)


@pytest.fixture
def ids(run):
    """The ids that `list` shows with these words."""
    return lambda *words: sorted(row["id"] for row in json.loads(run("list", "-f", "json", *words).stdout))


@pytest.fixture
def labels(sandbox):
    """The tags of an instance that begin with ess:."""

    def labels(name, region="us-east-1"):
        found = sandbox.client("ec2", region=region).describe_instances(InstanceIds=[name])
        tags = found["Reservations"][0]["Instances"][0].get("Tags", [])
        return {tag["Key"]: tag["Value"] for tag in tags if tag["Key"].startswith("ess:")}

    return labels


def test_existing_makes_running_instances_the_cluster_that_work_runs_on(sandbox, foreign, ess, labels):
    first, second = foreign(2)
    done = ess("instance", "ec2", "existing", first, second, "-f", "json")
    assert done.returncode == 0, done.stderr
    assert sorted(row["id"] for row in json.loads(done.stdout)) == sorted([first, second])
    cluster = (ess.cwd / ".ess" / "cluster").read_text().strip()
    assert labels(first) == {"ess:adopted": "yes", "ess:cluster": cluster, "ess:owner": ME}
    nodes = json.loads(ess("instance", "status", "-f", "json").stdout)
    assert sorted((node["node"], node["problem"]) for node in nodes) == sorted([(first, ""), (second, "")])
    assert sandbox.counts()["ec2:CreateTags"] == 1
    again = ess("instance", "ec2", "existing", first, second)
    assert again.returncode == 0
    assert sandbox.counts()["ec2:CreateTags"] == 1


def test_a_reservation_stands_for_its_instances(sandbox, foreign, run, ids):
    there = foreign(2)
    described = sandbox.client("ec2").describe_instances(InstanceIds=there)
    assert run("existing", described["Reservations"][0]["ReservationId"]).returncode == 0
    assert ids() == sorted(there)


def test_existing_refuses_where_there_are_workers_and_add_takes_beside_them(workers, foreign, run, ids):
    (mine,) = workers(1)
    (more,) = foreign()
    refused = run("existing", more)
    assert refused.returncode == 2
    assert f"already has 1 worker: {mine}" in refused.stderr
    assert "ess instance ec2 add" in refused.stderr
    assert run("add", more).returncode == 0
    assert ids() == sorted([mine, more])


def test_what_cannot_be_logged_in_to_is_not_taken_and_neither_are_the_others(sandbox, foreign, run, labels):
    sandbox.plan(ssh={"1": "badkey"})
    good, bad = foreign(2)
    done = run("existing", good, bad, "--timeout=1.5")
    assert done.returncode == 1
    assert f"1 of 2 workers cannot be used, so none was taken: {bad}" in done.stderr
    assert "does not let ec2-user in" in done.stderr
    assert labels(good) == labels(bad) == {}


@pytest.mark.parametrize("command", ["existing", "add", "remove"])
@pytest.mark.parametrize("words", [["all"], ["everything"], [""], []])
def test_only_ids_are_taken(sandbox, run, command, words):
    assert run(command, *words).returncode == 2
    assert sandbox.calls() == []


def test_what_does_not_run_or_exist_is_refused(sandbox, foreign, run, labels):
    (name,) = foreign()
    sandbox.client("ec2").stop_instances(InstanceIds=[name])
    done = run("existing", name)
    assert done.returncode == 1
    assert f"ess: {name} is stop" in done.stderr
    assert run("existing", "i-0123456789abcdef0").returncode == 4
    assert labels(name) == {}


def test_others_are_taken_over_only_by_force(foreign, run, labels):
    (bobs,) = foreign(cluster="nightly", owner="arn:aws:iam::123456789012:user/bob")
    refused = run("existing", bobs, "--cluster=mine")
    assert refused.returncode == 1
    assert f"{bobs} is of cluster nightly and owner arn:aws:iam::123456789012:user/bob" in refused.stderr
    assert labels(bobs)["ess:cluster"] == "nightly"
    assert run("existing", bobs, "--cluster=mine", "--force").returncode == 0
    assert labels(bobs) == {"ess:adopted": "yes", "ess:cluster": "mine", "ess:owner": ME}


def test_terminate_all_leaves_adopted_workers_and_says_how_to_end_them(sandbox, workers, foreign, ess, run):
    (launched,) = workers(1)
    (adopted,) = foreign()
    assert run("add", adopted).returncode == 0
    ended = ess("instance", "ec2", "terminate", "all")
    assert (ended.returncode, ended.stdout) == (0, f"{launched} shutting-down\n")
    assert f"left running, as ess did not launch them: {adopted}\n" in ended.stderr
    assert f"ess instance ec2 terminate {adopted}\n" in ended.stderr
    assert [one["id"] for one in sandbox.live()] == [adopted]
    (known_hosts,) = Path(ess.env["ESS_HOME"]).glob("ec2/clusters/*/*/known_hosts")
    assert f"{adopted} " in known_hosts.read_text()  # its host key stays pinned
    assert ess("instance", "ec2", "ssh", adopted, "--", "true").returncode == 0
    assert run("terminate", adopted).returncode == 0
    assert sandbox.live() == []


def test_an_adopted_worker_is_let_go_as_it_was_found(sandbox, foreign, run, ids, labels):
    (name,) = foreign()
    run("existing", name)
    done = run("remove", name)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{name} detached\n", "")
    assert labels(name) == {}
    assert ids() == []
    assert [one["id"] for one in sandbox.live()] == [name]


def test_a_launched_worker_that_is_removed_is_never_lost_from_sight(sandbox, workers, run, ids, labels):
    stays, goes = workers(2)
    before = labels(goes)
    done = run("remove", goes)
    assert (done.returncode, done.stdout) == (0, f"{goes} detached\n")
    assert f"hint: this ends them: ess instance ec2 terminate {goes} --force" in done.stderr
    after = labels(goes)
    assert (after["ess:owner"], after["ess:launch"]) == (before["ess:owner"], before["ess:launch"])
    assert ids() == [stays]
    assert ids("--all") == sorted([stays, goes])
    ended = run("terminate", "all")
    assert ended.stdout == f"{stays} shutting-down\n"
    assert f"you still have workers that were removed from their cluster: {goes}\n" in ended.stderr
    assert run("terminate", goes).returncode == 1
    assert run("terminate", goes, "--force").returncode == 0
    assert sandbox.live() == []


def test_a_launched_worker_that_comes_back_is_ended_with_the_others(sandbox, workers, run, labels):
    (name,) = workers(1)
    before = labels(name)
    run("remove", name)
    assert run("existing", name).returncode == 0
    assert labels(name) == before
    run("terminate", "all")
    assert sandbox.live() == []


def test_remove_ends_what_it_removes_when_told_to(sandbox, workers, foreign, run):
    launched = workers(1)
    adopted = foreign()
    run("add", *adopted)
    assert run("remove", *launched, *adopted, "--terminate", "--yes").returncode == 0
    assert sandbox.live() == []


def test_workers_of_others_are_not_removed_unless_forced(foreign, run, labels):
    (bobs,) = foreign(cluster="nightly", owner="arn:aws:iam::123456789012:user/bob")
    assert run("remove", bobs, "--cluster=nightly").returncode == 1
    assert labels(bobs)["ess:cluster"] == "nightly"


@pytest.mark.parametrize("words", [["remove"], ["remove", "--terminate"], ["stop"]])
def test_plugins_hear_of_workers_that_are_about_to_leave(sandbox, workers, run, words, monkeypatch):
    (name,) = workers(1)
    heard = []

    def fire(event, change):
        states = {one["id"]: one["state"] for one in sandbox.instances()}
        heard.append((event, [(one.id, states[one.id], one.login is not None) for one in change.workers]))

    monkeypatch.setattr(events, "fire", fire)
    assert run(*words, name).returncode == 0
    assert heard[0] == ("before_remove", [(name, "running", True)])
