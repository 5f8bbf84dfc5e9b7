"""What is said of a node that cannot be prepared."""

import asyncio
import os
import subprocess
from types import SimpleNamespace

import pytest

from ess_core.errors import EssError
from ess_core.nodes.worker import Login, Worker
from ess_plugins.workers import bundle
from ess_plugins.workers.bootstrap import Bootstrap, Load, control

WORKER = Worker("i-1", "running", Login("127.0.0.1"), private_ip="127.0.0.9")


class Shell:
    """A connection to a node that is this machine, with HOME and PATH of its own."""

    def __init__(self, home, path):
        self.env = {"HOME": str(home), "PATH": str(path)}

    async def run(self, command, *, input, errors, timeout):  # noqa: A002 - as asyncssh has it
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            input=input,
            env=self.env,
            cwd=self.env["HOME"],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return SimpleNamespace(exit_status=done.returncode, stdout=done.stdout, stderr=done.stderr)


@pytest.fixture
def bare(tmp_path):
    """A node whose PATH has a shell's tools, a package manager that has nothing, and no Python."""
    for name in ("home", "bin"):
        (tmp_path / name).mkdir()
    for name in ("sh", "cat", "cut", "env", "mkdir", "tail", "id"):
        source = next(
            f"{folder}/{name}" for folder in ("/bin", "/usr/bin") if os.path.exists(f"{folder}/{name}")
        )
        (tmp_path / "bin" / name).symlink_to(source)
    for name in ("sudo", "dnf", "uv"):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\necho 'No match for argument' >&2\nexit 1\n")
        (tmp_path / "bin" / name).chmod(0o755)
    return Shell(tmp_path / "home", tmp_path / "bin")


def prepare(connection):
    async def doing():
        return await Bootstrap(Load(bundle.current())).prepare(WORKER, connection, print)

    return asyncio.run(doing())


def test_a_node_without_python_is_named_with_what_was_tried(bare):
    version = bundle.current().python
    with pytest.raises(EssError) as failed:
        prepare(bare)
    assert failed.value.message == (
        f"there is no Python {version} there, and it could not be installed: No match for argument"
    )
    assert f"install python{version} there" in failed.value.hint
    assert ".ess/node/log/python.log" in failed.value.hint
    log = os.path.join(bare.env["HOME"], ".ess", "node", "log", "python.log")
    assert os.stat(log).st_mode & 0o077 == 0


def test_a_home_that_cannot_be_written_is_said(bare):
    with open(os.path.join(bare.env["HOME"], ".ess"), "w", encoding="utf-8"):
        pass
    with pytest.raises(EssError, match=r"failed there: .*\.ess"):
        prepare(bare)


def test_what_goes_wrong_on_a_node_is_said_in_its_words(tmp_path):
    folder = tmp_path / ".ess" / "node" / "d1" / "bin"
    folder.mkdir(parents=True)
    python = folder / "python"
    python.write_text(
        """#!/bin/sh\necho noise; echo 'ess:answer {"error": "no room", "hint": "make some"}'\n"""
    )
    python.chmod(0o755)
    shell = Shell(tmp_path, os.environ["PATH"])
    with pytest.raises(EssError, match="no room") as failed:
        asyncio.run(control(shell, "d1", "up", {}))
    assert failed.value.hint == "make some"
    python.write_text("#!/bin/sh\necho rubbish\n")
    with pytest.raises(EssError, match="cannot be read: 'rubbish'"):
        asyncio.run(control(shell, "d1", "up", {}))
    python.write_text("#!/bin/sh\necho first >&2; echo 'last word' >&2; exit 1\n")
    with pytest.raises(EssError, match="failed there: last word"):
        asyncio.run(control(shell, "d1", "up", {}))
