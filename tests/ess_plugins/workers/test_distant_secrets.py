"""What of this machine is on the nodes of a running engine, and who may talk to it."""

import asyncio
import os
import ssl
from pathlib import Path

import asyncssh
import pytest
from distributed.core import rpc
from distributed.security import Security

from ess_plugins.workers import cluster, engine, roster
from tests.ess_plugins.workers.days import DAYS, STAYS
from tests.ess_plugins.workers.happenings import command, happening
from tests.fixtures.engine import NODE
from tests.fixtures.processes import listening, open_files
from tests.fixtures.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
PACKAGES = ("bin", "lib", "lib64", "wheels")


def secrets(distant):
    """What must not leave this machine: long-term keys, and those that command the cluster."""
    files = [*distant.ess.cwd.glob("*.pem"), *cluster.current().folder.glob("*-key.pem")]
    assert len(files) == 3
    lines = [max(path.read_text().splitlines(), key=len) for path in files]
    return [distant.sandbox.key.secret_access_key.encode(), *(line.encode() for line in lines)]


def texts(home):
    """All files of a node but packages, by their paths."""
    found = {}
    for folder, folders, names in os.walk(home):
        if Path(folder).parent == home / NODE or Path(folder) == home / NODE:
            folders[:] = [name for name in folders if name not in PACKAGES]
        for path in (Path(folder, name) for name in names):
            if path.is_file():
                found[path] = path.read_bytes()
    return found


def test_no_node_has_a_key_or_a_file_of_the_master(distant, ess):
    """Looked for while a command runs there: in files, environments, command lines, and what is open."""
    hidden, ours = secrets(distant), [str(ess.cwd), ess.env["ESS_HOME"]]
    found, looked = [], []

    def look(pid, _home):
        for name in distant.pair.ids:
            for path, data in texts(distant.pair.home(name)).items():
                looked.append(path)
                found.extend(path for one in hidden if one in data)
            for process in distant.processes(name):
                said = b"".join(
                    Path(f"/proc/{process}/{what}").read_bytes() for what in ("environ", "cmdline")
                )
                looked.append(process)
                found.extend((process, "secret") for one in hidden if one in said)
                found.extend((process, one) for one in open_files(process) if one.startswith(tuple(ours)))
        os.killpg(pid, 9)

    with happening(ess, 1, look):
        done = distant.here("stream", "days", "*", DAYS[3], command(ess, times=1))
    assert done.returncode == 3
    assert {home / NODE / "tls" / "node-key.pem" for home in distant.pair.homes} <= set(looked)
    assert found == []


def test_only_the_engine_of_the_cluster_is_talked_to_and_only_inside(distant):
    place = cluster.current()
    assert {path.stat().st_mode & 0o777 for path in place.folder.glob("*.pem")} == {0o600}
    with engine.running(*distant.pair.context, print) as running:
        found = asyncio.run(asked(running.address, running.security()))
        workers = found["workers"]
        addresses = [found["address"], *workers, *(one["nanny"] for one in workers.values())]
        foreign = Security(
            require_encryption=True,
            tls_ca_file=str(place.authority().ca),
            tls_client_cert=str(cluster.Cluster("ec2", "foreign").authority().client),
            tls_client_key=str(cluster.Cluster("ec2", "foreign").authority().client_key),
        )
        for address in addresses:
            assert asyncio.run(asked(address, running.security()))
            for shown in (foreign, None):
                with pytest.raises(OSError):
                    asyncio.run(asked(address, shown))
            with pytest.raises(OSError):
                asyncio.run(asked(address.replace("tls:", "tcp:"), Security(require_encryption=False)))
    for name in distant.pair.ids:
        (inside,) = {host(address) for address, one in workers.items() if one["name"] == name}
        assert inside.startswith("127.1.")
        assert listening(distant.processes(name)) == {inside}
        tls = distant.pair.home(name) / NODE / "tls"
        assert {path.stat().st_mode & 0o777 for path in tls.iterdir()} == {0o600}
    assert distant.here("instance", "ec2", "terminate", "all").returncode == 0
    assert not place.folder.exists()
    until(lambda: not any(map(distant.processes, distant.pair.ids)))


async def asked(address, security):
    """Who answers there. Without ``security`` TLS is spoken, and no certificate is shown."""
    how = security.get_connection_args("client") if security else {"ssl_context": nothing_shown()}
    async with asyncio.timeout(10), rpc(address, connection_args=how, timeout=3) as remote:
        return await remote.identity()


def nothing_shown():
    context = ssl.create_default_context(cafile=cluster.current().authority().ca)
    context.check_hostname = False
    return context


def host(address):
    return address.removeprefix("tls://").rpartition(":")[0]


def test_an_engine_behind_another_host_key_is_not_talked_to(distant, ess):
    workers = roster.workers_of(*distant.pair.context)
    pinned = workers[0].login.known_hosts
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().split()[1].decode()
    lines = [line.split() for line in pinned.read_text().splitlines()]
    pinned.write_text("".join(f"{name} {kind} {other}\n" for name, kind, *_ in lines))
    done = distant.here("stream", "days", "*", "*", "echo $HOME")
    assert set(done.stdout.split()) == {ess.env["HOME"]}, "no node has done anything"
    assert STAYS in done.stderr
    for name in distant.pair.ids:
        assert f"{name} is left out: the host key of {name} " in done.stderr
