"""Workers behind a bastion: `proxy_jump` is used for every login, and tried before anything is launched."""

import json
import shutil
import threading
from getpass import getuser

import pytest

from ess_core.nodes.worker import JumpHost
from ess_plugins.ec2.settings import read
from tests.ess_plugins.ec2.conftest import set_conf
from tests.fixtures.ssh import fleet, pem, write_pem
from tests.fixtures.waiting import until

__all__ = ["fleet", "pem"]


@pytest.fixture
def bastion(ess, fleet):
    """A jump host that lets the sandbox's pem in, named in instance.conf."""
    node = fleet.node(pem=ess.cwd / "pem_file.pem", passes_on=True)
    set_conf(ess.cwd, proxy_jump=f"ec2-user@{node.host}:{node.port}", use_private_ip=True)
    return node


@pytest.fixture
def place(bastion):
    """The bastion as messages name it."""
    return f"jump host {bastion.host}:{bastion.port}"


def test_workers_become_ready_through_it(sandbox, bastion, create, here):
    bastion.start()
    done = create("--number=3")
    assert done.returncode == 0, done.stderr
    workers = sorted((row["private_ip"], sandbox.ssh_port) for row in done.rows)
    assert sorted(set(bastion.passed_on)) == workers
    bastion.passed_on.clear()
    status = json.loads(here("instance", "status", "-f", "json").stdout)
    assert [row["problem"] for row in status] == ["", "", ""]
    assert sorted(bastion.passed_on) == workers


def test_a_worker_is_logged_in_to_through_it_with_openssh_and_without(bastion, create, ess):
    bastion.start()
    row = create("--number=1").rows[0]
    bastion.passed_on.clear()
    hostname = "ip-" + row["private_ip"].replace(".", "-")
    done = ess("instance", "ec2", "ssh", "--", "hostname; exit 5", env={"PATH": str(ess.cwd)})
    assert (done.returncode, done.stdout, len(bastion.passed_on)) == (5, f"{hostname}\n", 1)
    if shutil.which("ssh"):
        done = ess("instance", "ec2", "ssh", "--", "hostname; exit 6")
        assert (done.returncode, done.stdout, done.stderr) == (6, f"{hostname}\n", "")
        assert len(bastion.passed_on) == 2


def test_a_dead_jump_host_is_said_before_anything_is_launched(sandbox, bastion, place, create):
    done = create("--number=2")
    assert (done.returncode, sandbox.counts()["ec2:RunInstances"]) == (1, 0)
    assert f"ess: {place} refuses connections: no SSH server listens there" in done.stderr.splitlines()


def test_a_jump_host_that_refuses_the_key_is_said_before_anything_is_launched(
    sandbox, ess, bastion, place, create, tmp_path
):
    bastion.pem = write_pem(tmp_path / "other.pem", "ssh-ed25519")
    bastion.start()
    done = create("--dry-run")
    assert done.returncode == 1
    reason = f"does not let ec2-user in with the key {ess.cwd / 'pem_file.pem'} or your own keys"
    assert f"ess: {place} {reason}" in done.stderr.splitlines()
    assert create().returncode == 1
    assert sandbox.counts()["ec2:RunInstances"] == 0


def test_a_jump_host_that_dies_while_workers_boot_is_said_and_nothing_is_left(
    sandbox, bastion, place, create
):
    sandbox.plan(ssh={"*": "refuse"})
    bastion.start()
    dying = threading.Thread(target=_stop_once_used, args=[bastion])
    dying.start()
    done = create("--number=2", "--timeout=4")
    dying.join()
    assert done.returncode == 1
    assert f"2 of 2 workers did not become ready: {place} refuses connections" in done.stderr
    assert sandbox.live() == []


def _stop_once_used(bastion):
    until(lambda: len(bastion.passed_on) >= 2)
    bastion.stop()


def test_a_worker_that_fails_behind_it_is_named_itself(sandbox, bastion, place, create):
    sandbox.plan(ssh={"*": "refuse"})
    bastion.start()
    done = create("--number=1", "--timeout=2")
    assert f" through {place} refuses connections: no SSH server listens there" in done.stderr
    assert "did not become ready: i-" in done.stderr
    assert sandbox.live() == []


def test_start_tries_it_before_it_starts_anything(sandbox, bastion, place, workers, here):
    bastion.start()
    workers(1)
    assert here("instance", "ec2", "stop").returncode == 0
    bastion.stop()
    done = here("instance", "ec2", "start")
    assert done.returncode == 1
    assert f"ess: {place} refuses connections" in done.stderr
    assert sandbox.counts()["ec2:StartInstances"] == 0


def test_doctor_says_whether_it_lets_us_in(bastion, place, here):
    bastion.start()
    assert _doctor(here) == ("ok", f"{bastion.host}:{bastion.port} lets ec2-user in")
    bastion.stop()
    status, finding = _doctor(here)
    assert (status, finding.split(": ")[0]) == ("failed", f"{place} refuses connections")


def test_doctor_says_where_there_is_none(here):
    assert _doctor(here) == ("ok", "none; workers are reached from here")


def _doctor(here):
    rows = json.loads(here("doctor", "-f", "json").stdout)
    return next((row["status"], row["detail"]) for row in rows if row["check"] == "ec2 jump host")


def test_of_several_the_last_is_reached_through_the_first(conf, ess):
    set_conf(ess.cwd, proxy_jump="a.example.com, ann@b.example.com:2222")
    pem = ess.cwd / "pem_file.pem"
    first = JumpHost("a.example.com", 22, getuser(), pem)  # without a user the local one, as in OpenSSH
    assert read(conf()).jump == JumpHost("b.example.com", 2222, "ann", pem, via=first)
