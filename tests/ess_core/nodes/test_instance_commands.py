"""`ess instance local` and `ess instance status`, as a user types them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ess_core.nodes import active
from ess_core.nodes.active import Active
from tests.fixtures.ssh import Fleet, Node


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


def ess(*words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "ess_core.host", "instance", *words]
    return subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )


def use_own_key(fleet: Fleet, tmp_path: Path) -> None:
    """The key pair as the user's own, where ssh looks for it."""
    (tmp_path / ".ssh").mkdir(mode=0o700)
    (tmp_path / ".ssh" / "id_rsa").write_bytes(fleet.pem.read_bytes())
    (tmp_path / ".ssh" / "id_rsa").chmod(0o600)


def name(node: Node) -> str:
    return f"ec2-user@{node.host}:{node.port}"


def test_local_chooses_this_machine():
    active.write(Active("ec2"))
    done = ess("local")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "work runs on this machine\n")
    assert active.read() == Active()


def test_local_with_hosts_chooses_them_once_each():
    done = ess("local", "a", "ubuntu@b:2222", "a")
    assert (done.returncode, done.stderr) == (0, "work runs on a, ubuntu@b:2222\n")
    assert active.read() == Active(hosts=("a", "ubuntu@b:2222"))


@pytest.mark.parametrize("host", ["a b", "--", ""])
def test_a_host_that_cannot_be_one_changes_nothing(host: str):
    active.write(Active("ec2"))
    done = ess(
        "local",
        "good",
        *(["--"] if host.startswith("-") else []),
        "-oProxyCommand=x" if host == "--" else host,
    )
    assert done.returncode == 2
    assert "is not a host" in done.stderr
    assert active.read() == Active("ec2")


def test_status_of_this_machine_has_its_figures():
    done = ess("status", "-f", "json")
    (row,) = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "work runs on this machine\n")
    assert (row["node"], row["state"], row["address"], row["problem"]) == ("this machine", "running", "", "")
    assert row["uptime"] > 0
    assert 0 < row["memory"] < 1
    assert 0 < row["disk"] <= 1


def test_status_of_this_machine_is_readable_and_needs_no_configuration(tmp_path: Path):
    (tmp_path / "instance.conf").write_text("[[broken")
    done = ess("status")
    assert done.returncode == 0
    assert re.search(r"\| [0-9]+% of [0-9.]+ [KMGTP]iB +\|", done.stdout)


def test_status_shows_every_host_and_exits_3_where_one_does_not_answer(fleet: Fleet, tmp_path: Path):
    use_own_key(fleet, tmp_path)
    good, gone = fleet.node().start(), fleet.node()
    assert ess("local", name(good), name(gone)).returncode == 0
    done = ess("status", "-f", "json", "--timeout", "3")
    first, second = json.loads(done.stdout)
    assert (first["node"], first["address"], first["problem"]) == (name(good), f"{good.host}:{good.port}", "")
    assert first["uptime"] > 0
    assert (second["node"], second["uptime"]) == (name(gone), None)
    assert "refuses connections" in second["problem"]
    assert done.returncode == 3
    assert done.stderr.splitlines() == [
        "work runs on 2 hosts",
        f"ess: 1 of 2 nodes did not answer: {name(gone)}",
    ]


def test_status_with_a_provider_that_is_off_says_what_there_is():
    active.write(Active("no-such-provider"))
    done = ess("status")
    assert done.returncode == 1
    assert "no worker provider 'no-such-provider'" in done.stderr


@pytest.mark.parametrize("timeout", ["0", "nan", "x"])
def test_a_timeout_that_cannot_be_is_a_usage_error(timeout: str):
    done = ess("status", f"--timeout={timeout}")
    assert done.returncode == 2
    assert "seconds" in done.stderr
