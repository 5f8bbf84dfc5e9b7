"""Logging in through jump hosts: with which keys, whose host key, and whose fault it is where it fails."""

import asyncio
import shutil
import subprocess

import pytest

from ess_core.errors import EssError
from ess_core.nodes import jumps, ssh
from ess_core.nodes.connection import connected
from ess_core.nodes.ssh import LoginError, Refusal, authenticate, await_login, capture, openssh
from ess_core.nodes.worker import JumpHost
from tests.fixtures.ssh import write_pem

needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="OpenSSH's client is not installed")


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """A home with no keys and no agent; returns its .ssh."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    folder = tmp_path / "user" / ".ssh"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def jump(fleet):
    """A running jump host."""
    return fleet.node(passes_on=True).start()


def host(node, **changes):
    """How to log in to a node that is a jump host."""
    usual = {"host": node.host, "port": node.port, "username": node.username, "pem": node.fleet.pem}
    return JumpHost(**{**usual, **changes})


def refusal_of(login, timeout_s=3.0):
    with pytest.raises(LoginError) as caught:
        asyncio.run(authenticate(login, timeout_s))
    assert "\n" not in caught.value.message
    return caught.value


def run_openssh(login, command):
    ssh.make_room(login)
    argv = openssh(login, command)
    return subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False
    )


def test_a_node_is_reached_through_its_jump_host(fleet, jump):
    node = fleet.node().start()
    done = asyncio.run(capture(node.login(via=host(jump)), "echo $USER; exit 7", 5))
    assert (done.stdout, done.exit_status) == ("ec2-user\n", 7)
    assert jump.passed_on == [(node.host, node.port)]


def test_of_several_each_is_reached_through_the_one_before(fleet, jump):
    second, node = fleet.node(passes_on=True).start(), fleet.node().start()
    asyncio.run(authenticate(node.login(via=host(second, via=host(jump))), 5))
    assert jump.passed_on == [(second.host, second.port)]
    assert second.passed_on == [(node.host, node.port)]


def test_many_at_once_share_one_login_of_the_jump_host(fleet, jump):
    nodes = [fleet.node().start() for _ in range(8)]

    async def all_at_once():
        await asyncio.gather(*(authenticate(node.login(via=host(jump)), 5) for node in nodes))

    asyncio.run(all_at_once())
    assert (jump.connections, len(jump.passed_on)) == (1, 8)


def test_its_host_key_is_pinned_in_ess_home_under_its_own_address_and_held_to(fleet, jump, ess_home):
    login = fleet.node().start().login(via=host(jump))
    asyncio.run(authenticate(login, 5))
    lines = (ess_home / "known_hosts").read_text().splitlines()
    assert [line.split()[0] for line in lines] == [f"[{jump.host}]:{jump.port}"]
    jump.new_host_key()
    error = refusal_of(login)
    assert error.refusal is Refusal.HOST_KEY_CHANGED
    assert error.message.startswith(f"the host key of jump host {jump.host}:{jump.port} has changed: ")


def test_the_users_own_key_opens_it_where_the_pem_does_not(fleet, own_home):
    own = write_pem(own_home / "id_ed25519", "ssh-ed25519")
    jump, node = fleet.node(passes_on=True, pem=own).start(), fleet.node().start()
    asyncio.run(authenticate(node.login(via=host(jump)), 5))


def test_a_key_that_is_no_use_does_not_stand_in_the_way(fleet, jump, own_home):
    write_pem(own_home / "id_ed25519", "ssh-ed25519", "secret")
    (own_home / "id_rsa").write_text("not a key\n")
    asyncio.run(authenticate(fleet.node().start().login(via=host(jump)), 5))


@pytest.fixture
def agent(tmp_path, monkeypatch):
    """An SSH agent of the user's; the function given gives it a key."""
    if shutil.which("ssh-agent") is None:
        pytest.skip("OpenSSH's agent is not installed")
    socket = str(tmp_path / "agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", socket)
    add = 'until test -S "$SSH_AUTH_SOCK"; do sleep 0.02; done; ssh-add -q "$0"'
    yield lambda key: subprocess.run(["sh", "-c", add, key], check=True, timeout=10)
    process.kill()
    process.wait()


def test_the_users_agent_opens_it_but_never_the_node(fleet, tmp_path, agent):
    key = write_pem(tmp_path / "agents")
    agent(key)
    jump = fleet.node(passes_on=True, pem=key).start()
    asyncio.run(authenticate(fleet.node().start().login(via=host(jump)), 5))
    denied = refusal_of(fleet.node(pem=key).start().login(via=host(jump)))
    assert denied.message.startswith("i-")


@pytest.mark.parametrize(
    ("fail", "refusal", "said"),
    [
        (lambda node: node, Refusal.REFUSED, "{} refuses connections: no SSH server listens there"),
        (lambda node: node.drop(), Refusal.UNREACHABLE, "cannot reach {}: timed out after 1 s"),
        (
            lambda node: node.hang(),
            Refusal.SILENT,
            "{} accepts connections but sends no SSH banner",
        ),
    ],
    ids=["refused", "dropped", "silent"],
)
def test_a_dead_jump_host_is_named_and_not_the_node(fleet, fail, refusal, said):
    jump = fail(fleet.node())
    error = refusal_of(fleet.node().start().login(via=host(jump)), 1.0)
    assert error.refusal is refusal
    assert error.message.startswith(said.format(f"jump host {jump.host}:{jump.port}"))


def test_a_jump_host_that_refuses_the_key_is_named_with_what_was_tried(fleet, tmp_path):
    foreign = write_pem(tmp_path / "foreign.pem", "ssh-ed25519")
    jump = fleet.node(pem=foreign).start()
    error = refusal_of(fleet.node().start().login(via=host(jump)))
    assert error.refusal is Refusal.DENIED
    place = f"jump host {jump.host}:{jump.port}"
    assert error.message == f"{place} does not let ec2-user in with the key {fleet.pem} or your own keys"
    assert "~/.ssh/id_*" in error.hint


def test_a_jump_host_that_passes_nothing_on_is_named(fleet):
    jump, node = fleet.node(passes_on=False).start(), fleet.node().start()
    error = refusal_of(node.login(via=host(jump)))
    assert error.refusal is Refusal.NOT_PASSED_ON
    place = f"jump host {jump.host}:{jump.port}"
    assert error.message.startswith(f"{place} does not pass connections on to {node.host}:{node.port}: ")
    assert "AllowTcpForwarding" in error.hint


@pytest.mark.parametrize(
    ("fail", "refusal", "said"),
    [
        (lambda node: node, Refusal.REFUSED, "{} refuses connections: no SSH server listens there"),
        (lambda node: node.drop(), Refusal.UNREACHABLE, "cannot reach {}: timed out after 1 s"),
    ],
    ids=["refused", "dropped"],
)
def test_a_dead_node_is_named_and_the_way_that_was_tried(fleet, jump, fail, refusal, said):
    node = fail(fleet.node())
    error = refusal_of(node.login(via=host(jump)), 1.0)
    assert error.refusal is refusal
    place = f"i-{node.home.name} ({node.host}:{node.port}) through jump host {jump.host}:{jump.port}"
    assert error.message.startswith(said.format(place))


def test_a_node_behind_it_that_refuses_the_key_is_named(fleet, jump, tmp_path):
    foreign = write_pem(tmp_path / "foreign.pem", "ssh-ed25519")
    error = refusal_of(fleet.node(pem=foreign).start().login(via=host(jump)))
    assert error.refusal is Refusal.DENIED
    assert error.message.startswith("i-")


def test_a_jump_host_that_comes_back_is_used_again(fleet, jump):
    node = fleet.node()
    login = node.login(via=host(jump))

    async def wait():
        waiting = asyncio.create_task(await_login(login, 10))
        await asyncio.sleep(0.5)
        await asyncio.to_thread(jump.stop)
        await asyncio.to_thread(node.start)
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await asyncio.to_thread(jump.start)
        await waiting

    asyncio.run(wait())


def test_a_connection_that_broke_is_not_given_to_those_who_come_later(jump):
    async def two():
        async with jumps.through(host(jump), 5, connected) as first:
            first.abort()
            await first.wait_closed()
            async with jumps.through(host(jump), 5, connected) as second:
                return first.is_closed(), second.is_closed()

    assert asyncio.run(two()) == (True, False)


def test_a_connection_that_breaks_at_the_jump_host_is_its_fault(fleet, jump):
    node = fleet.node(slow_s=5).start()
    timer = fleet.later(0.6, jump.stop)
    error = refusal_of(node.login(via=host(jump)), 4)
    timer.join()
    assert error.message == f"SSH to jump host {jump.host}:{jump.port} failed: the connection broke"


def test_one_who_gives_up_does_not_take_the_jump_host_from_the_others(fleet):
    jump, node = fleet.node(passes_on=True, slow_s=0.6).start(), fleet.node().start()
    login = node.login(via=host(jump))

    async def two():
        first = asyncio.create_task(authenticate(login, 5))
        second = asyncio.create_task(authenticate(login, 5))
        await asyncio.sleep(0.2)
        first.cancel()
        await second

    asyncio.run(two())
    assert jump.connections == 1


def test_giving_up_on_a_jump_host_leaves_no_task_behind(fleet):
    login = fleet.node().login(via=host(fleet.node(slow_s=30).start()))

    async def give_up():
        trying = asyncio.create_task(authenticate(login, 20))
        await asyncio.sleep(0.2)
        trying.cancel()
        await asyncio.wait([trying])
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert asyncio.run(give_up()) == set()


def test_reaching_a_host_runs_nothing_there(jump):
    asyncio.run(ssh.reach(host(jump), 5))
    assert (jump.connections, jump.children) == (1, [])


@needs_ssh
def test_openssh_takes_the_same_way_and_pins_the_same(fleet, jump, own_home, ess_home, tmp_path):
    folder = tmp_path / "100% of %h 'quoted' \\ x"
    folder.mkdir()
    own = write_pem(own_home / "id_rsa")
    second, node = fleet.node(passes_on=True, pem=own).start(), fleet.node().start()
    pem = shutil.copy(fleet.pem, folder / "key pair.pem")
    way = host(second, pem=pem, via=host(jump, pem=pem))
    login = node.login(pem=pem, known_hosts=folder / "known hosts", via=way)
    done = run_openssh(login, "echo hi; exit 7")
    assert (done.stdout, done.stderr, done.returncode) == ("hi\n", "", 7)
    names = [line.split()[0] for line in (ess_home / "known_hosts").read_text().splitlines()]
    assert names == [f"[{one.host}]:{one.port}" for one in (jump, second)]
    asyncio.run(authenticate(login, 5))
    jump.new_host_key()
    refused = run_openssh(login, "true")
    assert refused.returncode == 255
    assert "Host key verification failed" in refused.stderr


@needs_ssh
def test_openssh_holds_to_what_we_pinned(fleet, jump, ess_home):
    login = fleet.node().start().login(via=host(jump))
    asyncio.run(authenticate(login, 5))
    before = (ess_home / "known_hosts").read_text()
    assert run_openssh(login, "true").returncode == 0
    assert (ess_home / "known_hosts").read_text() == before


def test_a_pem_that_cannot_be_used_is_said_for_a_jump_host_too(fleet, jump, tmp_path):
    with pytest.raises(EssError, match="cannot read the key"):
        asyncio.run(authenticate(fleet.node().login(via=host(jump, pem=tmp_path / "none.pem")), 5))
