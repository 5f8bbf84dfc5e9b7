"""Logging in to nodes, and telling apart why it does not work."""

import asyncio
import time
from pathlib import Path

import asyncssh
import pytest

from ess_core.errors import ConfigError
from ess_core.nodes import refusals, ssh
from ess_core.nodes.connection import connected
from ess_core.nodes.ssh import LoginError, Refusal, authenticate, await_login, capture
from tests.fixtures.ssh import Fleet, write_pem


def refusal_of(login, timeout_s=3.0) -> LoginError:
    with pytest.raises(LoginError) as caught:
        asyncio.run(authenticate(login, timeout_s))
    assert "\n" not in caught.value.message
    return caught.value


def test_a_node_with_the_right_key_and_user_lets_us_in(fleet: Fleet):
    asyncio.run(authenticate(fleet.node().start().login(), 5))


def test_an_ipv6_node_works_as_well(fleet: Fleet):
    login = fleet.node(host="::1").start().login(alias="")
    asyncio.run(authenticate(login, 5))
    asyncio.run(authenticate(login, 5))
    assert login.known_hosts.read_text().startswith(f"[::1]:{login.port} ssh-ed25519 ")
    assert login.address == f"[::1]:{login.port}"


def test_an_ed25519_key_works_as_well(fleet: Fleet, tmp_path: Path):
    key = write_pem(tmp_path / "ed.pem", "ssh-ed25519")
    asyncio.run(authenticate(fleet.node(pem=key).start().login(pem=key), 5))


def test_refused_says_that_nothing_listens(fleet: Fleet):
    login = fleet.node().login()
    error = refusal_of(login)
    assert error.refusal is Refusal.REFUSED
    assert f"{login.host}:{login.port}" in error.message


def test_a_name_with_several_addresses_that_all_refuse_is_refused(fleet: Fleet):
    login = fleet.node(host="127.0.0.1").login(host="localhost")
    assert refusal_of(login).refusal is Refusal.REFUSED


def test_dropped_packets_name_the_port_and_the_security_group(fleet: Fleet):
    login = fleet.node().drop().login()
    error = refusal_of(login, 0.4)
    assert error.refusal is Refusal.UNREACHABLE
    assert f"{login.host}:{login.port}" in error.message
    assert "security group" in error.hint


def test_a_name_that_does_not_resolve_is_unreachable(fleet: Fleet):
    error = refusal_of(fleet.node().login(host="no-such-node.invalid"), 20)
    assert error.refusal is Refusal.UNREACHABLE


def test_a_server_without_banner_is_silent(fleet: Fleet):
    error = refusal_of(fleet.node().hang().login(), 0.5)
    assert error.refusal is Refusal.SILENT
    assert "timed out" in error.message


def test_a_server_that_hangs_up_at_once_is_silent(fleet: Fleet):
    assert refusal_of(fleet.node().hang_up().login()).refusal is Refusal.SILENT


def test_a_foreign_key_is_denied_naming_user_and_pem(fleet: Fleet, tmp_path: Path):
    foreign = write_pem(tmp_path / "foreign.pem", "ssh-ed25519")
    error = refusal_of(fleet.node().start().login(pem=foreign))
    assert error.refusal is Refusal.DENIED
    assert "ec2-user" in error.message
    assert str(foreign) in error.message


def test_another_user_name_is_denied(fleet: Fleet):
    error = refusal_of(fleet.node(username="ubuntu").start().login())
    assert error.refusal is Refusal.DENIED


def test_a_login_that_only_tells_to_use_another_user_counts_as_denied(fleet: Fleet):
    node = fleet.node(forced_command="echo 'Please login as the user \"ubuntu\".'; exit 142").start()
    error = refusal_of(node.login())
    assert error.refusal is Refusal.DENIED
    assert 'Please login as the user "ubuntu".' in error.message


def test_a_changed_host_key_is_refused_and_says_what_to_do(fleet: Fleet):
    node = fleet.node().start()
    asyncio.run(authenticate(node.login(), 5))
    before = node.login().known_hosts.read_text()
    node.new_host_key()
    error = refusal_of(node.login())
    assert error.refusal is Refusal.HOST_KEY_CHANGED
    assert "ssh-keygen -R" in error.hint
    assert node.login().alias in error.message
    assert node.logins == 1
    assert node.login().known_hosts.read_text() == before


def test_a_host_key_of_another_kind_counts_as_changed(fleet: Fleet, tmp_path: Path):
    node = fleet.node().start()
    other = write_pem(tmp_path / "host.pem")
    asyncio.run(authenticate(node.login(), 5))
    node.stop()
    node.host_key = asyncssh.read_private_key(other)
    node.start()
    assert refusal_of(node.login()).refusal is Refusal.HOST_KEY_CHANGED


def test_a_reused_address_of_another_alias_is_fine(fleet: Fleet):
    node = fleet.node().start()
    asyncio.run(authenticate(node.login(alias="i-first"), 5))
    node.new_host_key()
    asyncio.run(authenticate(node.login(alias="i-second"), 5))
    names = [line.split()[0] for line in node.login().known_hosts.read_text().splitlines()]
    assert names == ["i-first", "i-second"]


def test_a_stranger_who_denies_us_is_not_pinned(fleet: Fleet, tmp_path: Path):
    node = fleet.node(username="other").start()
    refusal_of(node.login())
    assert not node.login().known_hosts.exists()


def test_without_a_known_hosts_of_its_own_a_login_pins_in_ess_home(fleet: Fleet, ess_home: Path):
    node = fleet.node().start()
    asyncio.run(authenticate(node.login(known_hosts=None), 5))
    assert (ess_home / "known_hosts").read_text().startswith(f"i-{node.home.name} ")
    assert (ess_home / "known_hosts").stat().st_mode & 0o777 == 0o600


def test_a_hundred_logins_at_once_lose_no_host_key(fleet: Fleet):
    node = fleet.node().start()
    names = [f"i-{number:017x}" for number in range(100)]

    async def everyone() -> None:
        await asyncio.gather(*(authenticate(node.login(alias=name), 60) for name in names))

    asyncio.run(everyone())
    lines = node.login().known_hosts.read_text().splitlines()
    assert sorted(line.split()[0] for line in lines) == names


def test_a_bad_pem_is_an_error_before_anything_is_sent(fleet: Fleet, tmp_path: Path):
    node = fleet.node().start()
    encrypted = write_pem(tmp_path / "locked.pem", passphrase="secret")
    with pytest.raises(ConfigError, match="passphrase"):
        asyncio.run(await_login(node.login(pem=encrypted), 30))
    assert node.connections == 0


def test_waiting_ends_soon_after_the_node_is_up(fleet: Fleet):
    node = fleet.node()
    timer = fleet.later(0.8, node.start)
    began = time.monotonic()
    asyncio.run(await_login(node.login(), 20))
    timer.join()
    assert 0.8 <= time.monotonic() - began < 2.5


def test_waiting_goes_on_while_the_key_is_not_installed_yet(fleet: Fleet):
    node = fleet.node(username="not-yet").start()
    timer = fleet.later(0.7, lambda: setattr(node, "username", "ec2-user"))
    asyncio.run(await_login(node.login(), 20, denied_s=10))
    timer.join()
    assert node.connections > 1


def test_waiting_stops_when_the_key_stays_denied(fleet: Fleet):
    node = fleet.node(username="other").start()
    began = time.monotonic()
    with pytest.raises(LoginError) as caught:
        asyncio.run(await_login(node.login(), 60, denied_s=0.5))
    assert caught.value.refusal is Refusal.DENIED
    assert time.monotonic() - began < 5
    assert node.connections > 1


def test_a_denial_counts_only_together_with_those_just_before_it(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
):
    login = fleet.node().login()
    answers = iter([refusals.denied(login), refusals.refused(login), refusals.denied(login)])

    async def scripted(*_arguments: object) -> None:
        if answer := next(answers, None):
            raise answer

    monkeypatch.setattr(ssh, "_authenticate", scripted)
    asyncio.run(await_login(login, 60, denied_s=0.3))


def test_a_node_that_is_slow_to_log_us_in_is_given_more_time_than_to_connect(fleet: Fleet):
    node = fleet.node(slow_s=0.8).start()

    async def log_in() -> None:
        async with connected(node.login(), timeout_s=10, connect_s=0.4):
            pass

    asyncio.run(log_in())


def test_waiting_stops_at_once_when_the_host_key_has_changed(fleet: Fleet):
    node = fleet.node().start()
    asyncio.run(authenticate(node.login(), 5))
    node.new_host_key()
    with pytest.raises(LoginError) as caught:
        asyncio.run(await_login(node.login(), 60))
    assert caught.value.refusal is Refusal.HOST_KEY_CHANGED
    assert node.connections == 2


@pytest.mark.parametrize(
    ("fault", "refusal"), [("stop", Refusal.REFUSED), ("drop", Refusal.UNREACHABLE), ("hang", Refusal.SILENT)]
)
def test_waiting_ends_at_the_deadline_with_the_last_reason(fleet: Fleet, fault: str, refusal: Refusal):
    node = fleet.node()
    getattr(node, fault)()
    began = time.monotonic()
    with pytest.raises(LoginError) as caught:
        asyncio.run(await_login(node.login(), 1.5))
    assert caught.value.refusal is refusal
    assert time.monotonic() - began < 2.5


def test_capture_returns_both_streams_and_the_exit_status(fleet: Fleet):
    login = fleet.node().start().login()
    done = asyncio.run(capture(login, "echo out; echo err >&2; exit 7", 5))
    assert (done.stdout, done.stderr, done.exit_status) == ("out\n", "err\n", 7)


def test_capture_survives_bytes_that_are_not_utf8(fleet: Fleet):
    done = asyncio.run(capture(fleet.node().start().login(), r"printf 'a\377b'", 5))
    assert done.stdout == "a\ufffdb"


def test_capture_tells_a_signal_as_a_shell_does(fleet: Fleet):
    done = asyncio.run(capture(fleet.node().start().login(), "kill -9 $$", 5))
    assert done.exit_status == 137


def test_capture_gives_up_on_a_command_that_does_not_end(fleet: Fleet):
    node = fleet.node().start()
    with pytest.raises(LoginError, match="did not end within 1 s") as caught:
        asyncio.run(capture(node.login(), "sleep 60", 1))
    assert caught.value.refusal is Refusal.FAILED


def test_capture_says_when_the_node_goes_away(fleet: Fleet):
    node = fleet.node().start()
    timer = fleet.later(0.5, node.stop)
    with pytest.raises(LoginError, match="the connection broke") as caught:
        asyncio.run(capture(node.login(), "sleep 60", 20))
    timer.join()
    assert caught.value.refusal is Refusal.FAILED
