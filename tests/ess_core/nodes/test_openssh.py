"""OpenSSH's own client, with the command line we give it, shares keys and host keys with us."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from ess_core.nodes.ssh import LoginError, Refusal, authenticate, openssh
from ess_core.nodes.worker import Login
from tests.fixtures.ssh import Fleet

needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="OpenSSH's client is not installed")


def ssh(login: Login, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        openssh(login, command),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@needs_ssh
def test_it_logs_in_and_passes_output_and_exit_code(fleet: Fleet):
    done = ssh(fleet.node().start().login(), 'echo "$USER"; exit 7')
    assert (done.stdout, done.stderr, done.returncode) == ("ec2-user\n", "", 7)


@needs_ssh
def test_what_openssh_pins_we_trust_and_hold_to(fleet: Fleet):
    node = fleet.node().start()
    assert ssh(node.login(), "true").returncode == 0
    before = node.login().known_hosts.read_text()
    assert before.startswith(f"{node.login().alias} ssh-ed25519 ")
    asyncio.run(authenticate(node.login(), 5))
    assert node.login().known_hosts.read_text() == before
    node.new_host_key()
    with pytest.raises(LoginError) as caught:
        asyncio.run(authenticate(node.login(), 5))
    assert caught.value.refusal is Refusal.HOST_KEY_CHANGED


@needs_ssh
def test_what_we_pin_openssh_trusts_and_holds_to(fleet: Fleet):
    node = fleet.node().start()
    asyncio.run(authenticate(node.login(), 5))
    before = node.login().known_hosts.read_text()
    assert ssh(node.login(), "true").returncode == 0
    assert node.login().known_hosts.read_text() == before
    node.new_host_key()
    refused = ssh(node.login(), "true")
    assert refused.returncode == 255
    assert "Host key verification failed" in refused.stderr


@needs_ssh
def test_without_an_alias_both_pin_the_address_and_port(fleet: Fleet):
    node = fleet.node().start()
    assert ssh(node.login(alias=""), "true").returncode == 0
    asyncio.run(authenticate(node.login(alias=""), 5))
    assert [line.split()[0] for line in node.login().known_hosts.read_text().splitlines()] == [
        f"[{node.host}]:{node.port}"
    ]


@needs_ssh
def test_paths_with_spaces_and_percent_signs_work(fleet: Fleet, tmp_path: Path):
    folder = tmp_path / '100% of %h "quoted" \\ x'
    folder.mkdir()
    pem = shutil.copy(fleet.pem, folder / "key pair.pem")
    login = fleet.node().start().login(pem=pem, known_hosts=folder / "known hosts")
    assert ssh(login, "true").returncode == 0
    asyncio.run(authenticate(login, 5))
    assert len((folder / "known hosts").read_text().splitlines()) == 1


@needs_ssh
def test_it_never_asks_for_anything_when_it_runs_a_command(fleet: Fleet):
    done = ssh(fleet.node(username="other").start().login(), "true")
    assert done.returncode == 255
    assert "Permission denied" in done.stderr


def test_an_interactive_login_may_ask_and_runs_no_command(tmp_path: Path):
    argv = openssh(Login("10.0.0.1", pem=tmp_path / "key.pem", alias="i-1"), None)
    assert "BatchMode=yes" not in argv
    assert argv[-2:] == ["--", "10.0.0.1"]


def test_a_command_is_one_argument_as_it_was_given():
    assert openssh(Login("10.0.0.1"), "echo 'a  b'; -x")[-3:] == ["--", "10.0.0.1", "echo 'a  b'; -x"]
