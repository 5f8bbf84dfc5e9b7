"""What the options of `create` do, and that a plan changes nothing."""

import json
import os
import time

import pytest

from ess_core.nodes import active
from tests.ess_plugins.ec2.conftest import set_conf


def _ids(things):
    return sorted(one["id"] for one in things)


def test_a_dry_run_says_what_would_be_launched_and_changes_nothing(sandbox, ess, create):
    done = create("--dry-run", "--number=3")
    assert done.returncode == 0
    (row,) = done.rows
    assert (row["number"], row["type"], row["key_name"]) == (3, "m3.medium", "pem_file")
    assert row["image"].startswith("ami-")
    assert row["security_groups"].startswith("sg-")
    assert sandbox.instances() == []
    assert not (ess.cwd / ".ess").exists()
    assert not os.path.exists(ess.env["ESS_HOME"])


def test_a_running_cluster_is_an_error_that_names_add(sandbox, create):
    assert create("--number=1").returncode == 0
    for words in ((), ("--dry-run",)):
        again = create(*words)
        assert again.returncode == 2
        assert f"already has 1 worker: {sandbox.live()[0]['id']}" in again.stderr
        assert "hint: --add launches more, `ess instance ec2 terminate all --cluster c-" in again.stderr
    assert len(sandbox.live()) == 1


def test_add_launches_more_and_shows_only_those(sandbox, here, create):
    first = create("--number=1").rows
    more = create("--number=2", "--add")
    assert (more.returncode, len(more.rows)) == (0, 2)
    assert _ids(first + more.rows) == _ids(sandbox.live())
    assert len(json.loads(here("instance", "ec2", "list", "-f", "json").stdout)) == 3


def test_without_waiting_it_returns_while_instances_are_pending(sandbox, create):
    sandbox.plan(pending_s=60)
    done = create("--no-wait")
    assert (done.returncode, [row["state"] for row in done.rows]) == (0, ["pending"] * 2)
    assert _ids(done.rows) == _ids(sandbox.live())


def test_what_ec2_does_not_show_yet_is_not_launched_again(sandbox, create):
    sandbox.plan(notfound_s=60)
    assert create("--no-wait").returncode == 0
    again = create("--no-wait")
    assert (again.returncode, len(sandbox.live())) == (2, 2)
    assert "already has 2 workers" in again.stderr


def test_a_cluster_on_the_command_line_wins_over_the_confs(sandbox, ess, here, create):
    set_conf(ess.cwd, cluster="nightly")
    assert create("--number=1").returncode == 0
    assert create("--number=1", "--cluster=other").returncode == 0
    owned = json.loads(here("instance", "ec2", "list", "--all", "-f", "json").stdout)
    assert sorted(row["cluster"] for row in owned) == ["nightly", "other"]
    assert not (ess.cwd / ".ess").exists()


def test_the_type_on_the_command_line_wins_over_the_confs(create):
    assert create("--number=1", "--type=t3.micro").rows[0]["type"] == "t3.micro"


def test_work_runs_on_the_new_cluster_from_then_on(ess, create):
    create("--number=1")
    name = (ess.cwd / ".ess" / "cluster").read_text().strip()
    assert active.read() == active.Active("ec2", cluster=name)


def test_the_listed_subnets_are_used_in_their_order(sandbox, ess, create):
    zones = {
        one["AvailabilityZone"][-1]: one["SubnetId"]
        for one in sandbox.client("ec2").describe_subnets()["Subnets"]
    }
    set_conf(ess.cwd, subnet_id=f"{zones['c']}, {zones['a']}")
    sandbox.plan(capacity={"m3.medium@us-east-1c": 1})
    done = create()
    assert [row["zone"] for row in done.rows] == ["us-east-1a"] * 2
    assert (
        f"no m3.medium in us-east-1c ({zones['c']}): RunInstances failed: We currently do not have sufficient"
        in done.stderr
    )


def test_private_addresses_are_used_where_the_conf_says_so(sandbox, ess, here, create):
    set_conf(ess.cwd, use_private_ip=True)
    assert create("--number=1").returncode == 0
    status = json.loads(here("instance", "status", "-f", "json").stdout)
    pages = sandbox.client("ec2").describe_instances(
        Filters=[{"Name": "instance-state-name", "Values": ["running"]}]
    )
    private_ip = pages["Reservations"][0]["Instances"][0]["PrivateIpAddress"]
    assert private_ip.startswith("127.1.")
    assert status[0]["address"] == f"{private_ip}:{sandbox.ssh_port}"


def test_a_read_only_folder_is_no_obstacle(sandbox, ess, create, monkeypatch):
    (ess.cwd / ".ess").touch()  # in the way, as root could write into a folder that is read-only
    assert create("--number=1").returncode == 0
    assert create("--number=1").returncode == 2  # the name is known the second time


def test_a_failure_ends_what_was_launched_and_says_so(sandbox, create):
    sandbox.plan(ssh={"*": "refuse"})
    done = create("--timeout=3")
    assert (done.returncode, done.stdout, sandbox.live()) == (1, "", [])
    assert "ending what was launched\nnothing of this launch is left\n" in done.stderr
    assert "ess: 2 of 2 workers did not become ready: i-" in done.stderr
    assert active.read() == active.Active()


def test_keep_leaves_what_was_launched_and_names_it_last(sandbox, here, create):
    sandbox.plan(ssh={"*": "refuse"})
    done = create("--timeout=3", "--keep", "--cluster=kept")
    assert done.returncode == 1
    running, hint = done.stderr.splitlines()[-2:]
    ids = " ".join(row["id"] for row in sandbox.live())
    assert running == f"still running in us-east-1: {ids} (kept as asked)"
    assert hint.startswith("hint: this ends them: ess instance ec2 terminate ")
    assert here(*hint.partition(": ess ")[2].split()).returncode == 0
    assert sandbox.live() == []


def test_with_a_minimum_the_late_one_is_ended_and_named(sandbox, create):
    sandbox.plan(ssh={"1": "hang"})
    done = create("--number=3", "--min=2", "--timeout=4")
    assert (done.returncode, len(done.rows)) == (3, 2)
    assert _ids(done.rows) == _ids(sandbox.live())
    late = next(one["id"] for one in sandbox.instances() if one["state"] != "running")
    assert f"ess: 2 of 3 workers: {late} " in done.stderr


def test_with_a_minimum_too_little_capacity_is_said(sandbox, create):
    sandbox.plan(capacity={"m3.medium": 2})
    done = create("--number=3", "--min=1")
    assert (done.returncode, len(done.rows), len(sandbox.live())) == (3, 2, 2)
    assert "ess: 2 of 3 workers: EC2 has no room for 1 x m3.medium in us-east-1" in done.stderr


def test_less_than_the_minimum_ends_all(sandbox, create):
    sandbox.plan(ssh={"0": "refuse", "1": "refuse"})
    done = create("--number=3", "--min=2", "--timeout=3")
    assert (done.returncode, done.stdout, sandbox.live()) == (1, "", [])


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"capacity": {"m3.medium": 0}}, "EC2 has no room for 2 x m3.medium in us-east-1"),
        (
            {"errors": [{"action": "RunInstances", "code": "VcpuLimitExceeded", "message": "too many"}]},
            "too many",
        ),
        ({"deny": ["RunInstances"]}, "not allowed to call RunInstances: "),
    ],
)
def test_a_refusal_of_ec2_is_said_in_its_words(sandbox, create, plan, message):
    sandbox.plan(**plan)
    began = time.monotonic()
    done = create()
    assert (done.returncode, sandbox.live()) == (1, [])
    assert message in done.stderr
    assert time.monotonic() - began < 5  # nothing was launched for certain, so nothing is waited for


def test_a_damaged_record_stops_a_launch_but_not_a_terminate(sandbox, ess, here, create):
    create("--number=1", "--cluster=c-1")
    (record,) = (file for file in (ess.cwd.parent / "ess-home").rglob("l-*.json"))
    record.write_text("{")
    done = create("--number=1", "--cluster=c-1", "--add")
    assert done.returncode == 1
    assert f"ess: {record} is damaged" in done.stderr
    done = here("instance", "ec2", "terminate", "all", "--cluster=c-1")
    assert (done.returncode, sandbox.live()) == (0, [])
    assert f"{record} is damaged" in done.stderr
