"""A disk that is full or read-only: nothing is launched that could not be put on record, and all is ended."""

import json
import os
import shlex
import shutil
import subprocess

import pytest

CREATE = ("instance", "ec2", "create", "--number=2", "-f", "json")
UNSHARE = ("unshare", "--mount", "--propagation=private")


def _may_mount():
    if not shutil.which("unshare"):
        return False
    probe = [*UNSHARE, "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not _may_mount(), reason="mounting in a namespace of our own is not allowed")


@pytest.fixture
def mounted(ess):
    """Run `ess` where these commands have mounted something first; nobody else sees it."""

    def mounted(mounts, *words):
        command = ess._command(words)
        script = f"set -e\n{mounts}\nexec {shlex.join(command)}"
        return subprocess.run(
            [*UNSHARE, "sh", "-c", script],
            env=dict(ess.env),
            cwd=ess.cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    return mounted


@pytest.fixture
def home(ess):
    """ESS_HOME, made."""
    path = ess.cwd.parent / "ess-home"
    path.mkdir()
    return path


def _read_only(path):
    return f"mount --bind {path} {path}; mount -o remount,bind,ro {path}"


def test_with_a_read_only_ess_home_nothing_is_launched(sandbox, mounted, home):
    done = mounted(_read_only(home), *CREATE, "--cluster=c-1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-2:] == [
        f"ess: cannot write {home}: Read-only file system",
        "hint: set ESS_HOME to a folder you can write",
    ]
    assert sandbox.counts()["ec2:RunInstances"] == 0


def test_with_a_read_only_ess_home_all_can_be_ended(sandbox, ess, mounted, home):
    assert ess(*CREATE, "--cluster=c-1").returncode == 0
    done = mounted(_read_only(home), "instance", "ec2", "terminate", "all", "--cluster=c-1")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
    assert "ess: warning: cannot write " in done.stderr
    assert "Traceback" not in done.stderr
    assert sandbox.live() == []


def test_beside_a_read_only_conf_a_cluster_keeps_its_name(sandbox, ess, mounted, home):
    mounts = _read_only(ess.cwd)
    assert mounted(mounts, *CREATE).returncode == 0
    assert mounted(mounts, *CREATE).returncode == 2
    assert not (ess.cwd / ".ess").exists()
    assert mounted(mounts, "instance", "ec2", "terminate", "all").returncode == 0
    assert sandbox.live() == []


def _full_after(home, files):
    """ESS_HOME on a disk that has room for so many files and folders."""
    return f"mount -t tmpfs -o size=1m,nr_inodes={files + 1} none {home}"


def _all_or_nothing(sandbox, ess, done):
    assert "Traceback" not in done.stderr
    live = sorted(one["id"] for one in sandbox.live())
    if done.returncode == 0:
        assert sorted(row["id"] for row in json.loads(done.stdout)) == live
        assert len(live) == 2
        assert ess("instance", "ec2", "terminate", "all", "--cluster=c-1").returncode == 0
    else:
        assert (done.returncode, done.stdout, live) == (1, "", []), done.stderr
        assert "ess: cannot write " in done.stderr
        assert "No space left on device" in done.stderr
    return done.returncode


@pytest.mark.parametrize("files", [3, 8])
def test_a_full_disk_leaves_nothing_that_runs(sandbox, ess, mounted, home, files):
    assert _all_or_nothing(sandbox, ess, mounted(_full_after(home, files), *CREATE, "--cluster=c-1")) == 1


@pytest.mark.slow
def test_wherever_the_disk_gets_full_it_is_all_or_nothing(sandbox, ess, mounted, home):
    codes = []
    for files in range(1, 16):
        sandbox.reset()
        codes.append(
            _all_or_nothing(sandbox, ess, mounted(_full_after(home, files), *CREATE, "--cluster=c-1"))
        )
    assert (codes[0], codes[-1]) == (1, 0)
    assert codes == sorted(codes, reverse=True)


@pytest.mark.slow
def test_wherever_the_space_ends_it_is_all_or_nothing(sandbox, ess, mounted, home):
    """The same with bytes: a page for each file, and the records grow."""
    page = os.sysconf("SC_PAGE_SIZE")
    for pages in range(1, 12):
        sandbox.reset()
        mounts = f"mount -t tmpfs -o size={pages * page} none {home}"
        _all_or_nothing(sandbox, ess, mounted(mounts, *CREATE, "--cluster=c-1"))
