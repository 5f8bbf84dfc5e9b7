"""Workers are real SSH hosts on loopback, and their commands are real processes."""

import asyncio
import os
import sys
import time
from pathlib import Path

import asyncssh
import pytest

from tests.ess_plugins.sandbox.conftest import login
from tests.fixtures.processes import alive
from tests.fixtures.waiting import until


def terminate(sandbox, *instances):
    sandbox.client("ec2").terminate_instances(InstanceIds=[i["InstanceId"] for i in instances])


def test_both_addresses_lead_to_the_host_of_that_name(running, ssh):
    (instance,) = running()
    name = "ip-" + instance["PrivateIpAddress"].replace(".", "-")
    for address in (instance["PrivateIpAddress"], instance["PublicIpAddress"]):
        assert ssh(address, "hostname").stdout.decode().strip() == name


def test_each_host_has_its_own_empty_home(running, ssh, sandbox):
    first, second = (instance["PrivateIpAddress"] for instance in running(2))
    assert ssh(first, "ls -A; touch mark; pwd; cd; pwd").stdout.decode().split("\n")[0] == str(
        Path(ssh(first, "echo $HOME").stdout.decode().strip())
    )
    assert ssh(second, "ls -A").stdout == b""
    assert ssh(first, "ls -A").stdout == b"mark\n"
    assert str(sandbox.folder) in ssh(first, "echo $HOME $TMPDIR").stdout.decode()


def test_nothing_of_the_users_environment_reaches_a_command(running, ssh):
    names = {
        line.partition("=")[0] for line in ssh(running()[0]["PublicIpAddress"], "env").stdout.decode().split()
    }
    found = {name for name in names if name.startswith(("AWS_", "PYTEST", "PYTHON"))}
    assert found == {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_ENDPOINT_URL", "PYTHONPATH"}  # the host's own


def test_exit_codes_and_signals_are_passed_on(running, ssh):
    address = running()[0]["PublicIpAddress"]
    done = ssh(address, "echo out; echo err >&2; exit 7")
    assert (done.exit_status, done.stdout, done.stderr) == (7, b"out\n", b"err\n")
    assert ssh(address, "kill -9 $$").exit_signal[0] == "KILL"


def test_input_and_output_are_binary_clean(running, ssh):
    blob = os.urandom(3_000_000) + bytes(range(256)) + b"\r\n\0"
    address = running()[0]["PublicIpAddress"]
    assert ssh(address, "cat", stdin=blob).stdout == blob
    assert ssh(address, "head -c 5", stdin=blob).stdout == blob[:5]


def test_a_shell_reads_commands_from_its_input(running, ssh):
    done = ssh(running()[0]["PublicIpAddress"], None, stdin=b"hostname\nexit 5\n")
    assert (done.exit_status, done.stdout[:3]) == (5, b"ip-")


def test_only_the_right_user_with_the_right_key_gets_in(running, ssh, sandbox, tmp_path):
    address = running()[0]["PublicIpAddress"]
    ssh(address, "true")
    for user in ("root", "ubuntu", os.environ.get("USER", "nobody"), ""):
        with pytest.raises(asyncssh.Error):
            ssh(address, "true", user=user, patient=False)
    other = asyncssh.generate_private_key("ssh-ed25519")

    async def knock(**given):
        async with asyncssh.connect(
            address, sandbox.ssh_port, username="ec2-user", known_hosts=None, **given
        ):
            pass

    for given in ({"client_keys": [other]}, {"client_keys": None, "password": "x"}):
        with pytest.raises(asyncssh.PermissionDenied):
            asyncio.run(knock(config=None, agent_path=None, **given))


def test_ending_an_instance_closes_its_port_and_kills_its_processes(running, ssh, sandbox):
    first, second = running(2)
    commands = {
        "in its group": "sleep 300 & echo $!",
        "a daemon": "setsid sh -c 'sleep 301 & echo $! > pid'; sleep 0.1; cat pid",
        "deaf": "trap '' TERM HUP; nohup setsid sleep 302 >/dev/null 2>&1 & echo $!",
    }
    pids = [
        int(ssh(first["PublicIpAddress"], f"({cmd}) 2>&1 </dev/null | head -1").stdout)
        for cmd in commands.values()
    ]
    other = int(ssh(second["PublicIpAddress"], "sleep 303 >/dev/null 2>&1 & echo $!").stdout)
    assert all(alive(pid) for pid in [*pids, other])
    terminate(sandbox, first)
    until(lambda: not any(alive(pid) for pid in pids))
    assert alive(other)
    with pytest.raises(OSError, match="Connect"):
        ssh(first["PublicIpAddress"], "true", patient=False)


_SEMAPHORES = """
import multiprocessing, time
queue = multiprocessing.get_context("spawn").Queue()
locks = queue._rlock, queue._sem
print(*(f"/dev/shm/sem.{lock._semlock.name[1:]}" for lock in locks), flush=True)
time.sleep(300)
"""


def test_an_ended_instance_leaves_no_semaphore(running, sandbox, ssh):
    (instance,) = running()
    address = instance["PublicIpAddress"]
    ssh(address, f"cat > made.py; {sys.executable} made.py > names 2>&1 & ", stdin=_SEMAPHORES.encode())
    names = until(lambda: ssh(address, "cat names").stdout.split())
    assert all(map(os.path.exists, names)), names
    terminate(sandbox, instance)
    until(lambda: not any(map(os.path.exists, names)))


def test_an_open_connection_ends_with_the_instance(running, sandbox, ssh):
    (instance,) = running()
    ssh(instance["PublicIpAddress"], "true")

    async def stay():
        async with asyncssh.connect(
            instance["PublicIpAddress"],
            sandbox.ssh_port,
            username="ec2-user",
            client_keys=[str(sandbox.folder / "pem_file.pem")],
            known_hosts=None,
            config=None,
        ) as connection:
            running = await connection.create_process("sleep 300")
            terminate(sandbox, instance)
            async with asyncio.timeout(3):
                await running.wait_closed()

    asyncio.run(stay())


def test_a_client_that_goes_away_leaves_no_writer_behind(running, ssh, sandbox):
    address = running()[0]["PublicIpAddress"]
    ssh(address, "true")
    with pytest.raises(TimeoutError):
        ssh(address, "echo $$ > pid; exec yes", patient=False, timeout_s=1)
    pid = int(ssh(address, "cat pid").stdout)
    until(lambda: not alive(pid))


def test_stop_and_start_keep_home_and_host_key(running, ssh, describe, sandbox):
    ec2 = sandbox.client("ec2")
    (instance,) = running()
    ids = [instance["InstanceId"]]
    ssh(instance["PublicIpAddress"], "echo kept > file")
    before = host_key(instance["PublicIpAddress"], sandbox)
    ec2.stop_instances(InstanceIds=ids)
    until(lambda: describe()[0]["State"]["Name"] == "stopped")
    with pytest.raises(OSError, match="Connect"):
        ssh(instance["PrivateIpAddress"], "true", patient=False)
    ec2.start_instances(InstanceIds=ids)
    (again,) = until(lambda: describe(Filters=[{"Name": "instance-state-name", "Values": ["running"]}]))
    assert ssh(again["PublicIpAddress"], "cat file").stdout == b"kept\n"
    assert host_key(again["PublicIpAddress"], sandbox) == before


def host_key(address, sandbox):
    return asyncio.run(asyncssh.get_server_host_key(address, sandbox.ssh_port)).public_data


def test_hosts_have_different_keys(running, ssh, sandbox):
    addresses = [instance["PublicIpAddress"] for instance in running(2)]
    for address in addresses:
        ssh(address, "true")
    assert len({host_key(address, sandbox) for address in addresses}) == 2


def test_a_host_answers_only_after_its_boot(running, ssh, sandbox):
    sandbox.plan(boot_s=0.8)
    (instance,) = running()
    started = time.monotonic()
    with pytest.raises(OSError, match="Connect"):
        ssh(instance["PublicIpAddress"], "true", patient=False)
    ssh(instance["PublicIpAddress"], "true")
    assert time.monotonic() - started > 0.4


def test_files_go_to_home_and_nowhere_else(running, ssh, sandbox, tmp_path):
    address = running()[0]["PublicIpAddress"]
    ssh(address, "ln -s / root")
    (tmp_path / "blob").write_bytes(os.urandom(200_000))

    async def transfer():
        async with login(sandbox, address) as connection:
            async with connection.start_sftp_client() as sftp:
                home = await sftp.realpath(".")
                await sftp.put(str(tmp_path / "blob"), "sub.bin")
                await sftp.get(f"{home}/sub.bin", str(tmp_path / "back"))
                for place in ("/tmp/out", "../out", f"{home}/../out", "root/tmp/out"):
                    with pytest.raises(asyncssh.SFTPError):
                        await sftp.put(str(tmp_path / "blob"), place)
                    with pytest.raises(asyncssh.SFTPError):
                        await sftp.get(place.replace("out", "passwd"), str(tmp_path / "no"))
            await asyncssh.scp(str(tmp_path / "blob"), (connection, "copy.bin"))
            return home

    assert asyncio.run(transfer()) == ssh(address, "echo $HOME").stdout.decode().strip()
    assert (tmp_path / "back").read_bytes() == (tmp_path / "blob").read_bytes()
    assert ssh(address, "cmp sub.bin copy.bin").exit_status == 0


def test_a_terminal_is_a_terminal(running, ssh, sandbox):
    address = running()[0]["PublicIpAddress"]
    ssh(address, "true")

    async def typing():
        async with login(sandbox, address) as connection:
            shell = await connection.create_process(term_type="vt100", term_size=(91, 17))
            shell.stdin.write("stty size; echo $TERM; sh -c 'echo started; exec sleep 100'\n")
            before = await shell.stdout.readuntil("started\r\n")
            assert "17 91" in before
            assert "vt100" in before
            shell.change_terminal_size(92, 18)
            shell.stdin.write("\x03")
            await shell.stdout.readuntil("$ ")
            shell.stdin.write("stty size; exit 4\n")
            async with asyncio.timeout(20):
                return await shell.wait()

    done = asyncio.run(typing())
    assert "18 92" in done.stdout
    assert done.exit_status == 4
