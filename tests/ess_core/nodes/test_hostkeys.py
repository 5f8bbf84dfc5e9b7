"""Host keys are pinned once, whole, and in OpenSSH's own format."""

import subprocess
import sys
from pathlib import Path

import asyncssh
import pytest

from ess_core.errors import ConfigError, EssError
from ess_core.nodes import hostkeys
from ess_core.nodes.refusals import LoginError, Refusal
from ess_core.nodes.worker import Login

PIN_MANY = """
import contextlib
import sys
from pathlib import Path
import asyncssh
from ess_core.nodes import hostkeys
from ess_core.nodes.refusals import LoginError
from ess_core.nodes.worker import Login
key = asyncssh.generate_private_key("ssh-ed25519").convert_to_public()
print("ready", flush=True)
sys.stdin.read()
for number in range(60):
    for alias in (f"i-{sys.argv[2]}-{number}", f"i-shared-{number}"):
        with contextlib.suppress(LoginError):
            hostkeys.pin(Login("h", known_hosts=Path(sys.argv[1]), alias=alias), key)
"""


def new_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519").convert_to_public()


@pytest.fixture
def login(tmp_path: Path) -> Login:
    return Login("10.0.0.1", known_hosts=tmp_path / "cluster one" / "known_hosts", alias="i-1")


def test_what_was_pinned_is_found_again_by_us_and_by_ssh_keygen(login: Login):
    key = new_key()
    assert hostkeys.pinned(login) == ()
    hostkeys.pin(login, key)
    hostkeys.pin(login, key)
    assert hostkeys.pinned(login) == (key,)
    found = subprocess.run(
        ["ssh-keygen", "-F", "i-1", "-f", str(login.known_hosts)], capture_output=True, text=True, check=True
    )
    assert found.stdout.splitlines()[-1].split()[:2] == ["i-1", "ssh-ed25519"]
    assert len(login.known_hosts.read_text().splitlines()) == 1


def test_another_key_is_not_pinned_over_the_first(login: Login):
    hostkeys.pin(login, new_key())
    before = login.known_hosts.read_bytes()
    with pytest.raises(LoginError) as caught:
        hostkeys.pin(login, new_key())
    assert caught.value.refusal is Refusal.HOST_KEY_CHANGED
    assert login.known_hosts.read_bytes() == before


def test_processes_that_pin_at_the_same_time_lose_nothing_and_agree_on_one_key(login: Login):
    ids = [str(number) for number in range(4)]
    login.known_hosts.parent.mkdir()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PIN_MANY, str(login.known_hosts), each],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for each in ids
    ]
    assert [process.stdout and process.stdout.readline() for process in running] == [b"ready\n"] * 4
    for process in running:
        assert process.stdin
        process.stdin.close()
    assert [process.wait(60) for process in running] == [0] * 4
    names = [line.split()[0] for line in login.known_hosts.read_text().splitlines()]
    assert sorted(names) == sorted(f"i-{each}-{number}" for each in [*ids, "shared"] for number in range(60))


def test_a_file_without_a_last_line_end_is_not_spoilt(login: Login):
    hostkeys.pin(login, new_key())
    login.known_hosts.write_bytes(login.known_hosts.read_bytes().rstrip(b"\n"))
    other = Login("10.0.0.2", known_hosts=login.known_hosts, alias="i-2")
    hostkeys.pin(other, new_key())
    assert len(login.known_hosts.read_text().splitlines()) == 2
    assert hostkeys.pinned(login)
    assert hostkeys.pinned(other)


def test_names_that_openssh_hashed_are_found(login: Login):
    key = new_key()
    hostkeys.pin(login, key)
    subprocess.run(["ssh-keygen", "-H", "-f", str(login.known_hosts)], capture_output=True, check=True)
    assert b"i-1" not in login.known_hosts.read_bytes()
    assert hostkeys.pinned(login) == (key,)


def test_other_lines_do_not_matter(login: Login):
    login.known_hosts.parent.mkdir()
    login.known_hosts.write_bytes(
        b"# comment\n\n\xff\xfe junk\ni-10 ssh-ed25519 broken\nlonely\n@revoked i-1 x y\n"
    )
    assert hostkeys.pinned(login) == ()
    key = new_key()
    hostkeys.pin(login, key)
    assert hostkeys.pinned(login) == (key,)


def test_a_damaged_line_of_this_node_is_never_taken_for_an_unknown_host(login: Login):
    login.known_hosts.parent.mkdir()
    login.known_hosts.write_text("i-1 ssh-ed25519 AAAAbroken\n")
    with pytest.raises(ConfigError, match="damaged line for i-1"):
        hostkeys.pinned(login)


def test_a_file_that_cannot_be_written_is_named(login: Login):
    login.known_hosts.parent.write_text("a file in the way")
    with pytest.raises(EssError, match=r"known_hosts: Not a directory|known_hosts: File exists"):
        hostkeys.pin(login, new_key())
