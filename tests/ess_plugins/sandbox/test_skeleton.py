"""Workers can be made to look like another machine, at a port of one's choice."""

import asyncio
import socket
from pathlib import Path

import asyncssh
import pytest

from ess_core.errors import EssError
from ess_plugins.sandbox import control
from ess_plugins.sandbox.settings import RESERVED, Settings
from tests.fixtures.sandbox import FAST, Sandbox


def free_port():
    with socket.socket() as probe:
        probe.bind((RESERVED, 0))
        return probe.getsockname()[1]


def write_program(path, line):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


@pytest.fixture
def sandbox(tmp_path):
    skeleton = tmp_path / "skeleton"
    write_program(skeleton / "bin" / "uname", "echo another machine")
    write_program(skeleton / "home" / ".profile", "")
    settings = Settings(tmp_path / "box", plan=FAST, ssh_port=free_port(), skeleton=str(skeleton))
    running = Sandbox(control.start(settings))
    assert running.ssh_port == settings.ssh_port
    yield running
    control.stop(running.folder)


def test_workers_have_its_commands_and_files_and_share_no_tmp(running, ssh, sandbox, tmp_path):
    first, second = (instance["PublicIpAddress"] for instance in running(2))
    for address in (first, second):
        assert ssh(address, "uname; ls -A").stdout == b"another machine\n.profile\n"
        assert ssh(address, "hostname").stdout.startswith(b"ip-127-")
    name = f"/tmp/{tmp_path.parent.name}-{tmp_path.name}"
    (tmp_path / "blob").write_bytes(b"mine")

    async def transfer():
        options = {"username": "ec2-user", "known_hosts": None, "config": None, "agent_path": None}
        key = str(sandbox.folder / "pem_file.pem")
        async with (
            asyncssh.connect(first, sandbox.ssh_port, client_keys=[key], **options) as connection,
            connection.start_sftp_client() as sftp,
        ):
            await sftp.put(str(tmp_path / "blob"), name)
            await sftp.put(str(tmp_path / "blob"), str(await sftp.realpath("in-home")))
            for place in ("/tmp/../etc/passwd", "/tmpx", "/etc/passwd"):
                with pytest.raises(asyncssh.SFTPError):
                    await sftp.get(place, str(tmp_path / "no"))

    asyncio.run(transfer())
    assert not Path(name).exists()
    assert ssh(first, f"cat $TMPDIR/{Path(name).name} in-home").stdout == b"minemine"
    assert ssh(second, "ls -A $TMPDIR").stdout == b""


def test_a_port_that_cannot_be_had_is_refused_before_anything_starts(tmp_path):
    with socket.socket() as other:
        other.bind((RESERVED, 0))
        port = other.getsockname()[1]
        with pytest.raises(EssError, match=f"port {port} of {RESERVED}"):
            control.start(Settings(tmp_path / "box", ssh_port=port))
    assert not (tmp_path / "box").exists()
