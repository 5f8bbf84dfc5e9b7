"""ESS_HOME: private, whole files, one holder of a lock."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ess_core import home
from ess_core.errors import EssError


@pytest.fixture(autouse=True)
def ess_home(tmp_path, monkeypatch):
    """ESS_HOME, not made yet."""
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_it_is_ess_home_else_dot_ess_in_home(tmp_path, monkeypatch):
    assert home.home() == tmp_path / "home"
    monkeypatch.setenv("HOME", str(tmp_path))
    for unset in (lambda: monkeypatch.setenv("ESS_HOME", ""), lambda: monkeypatch.delenv("ESS_HOME")):
        unset()
        assert home.home() == tmp_path / ".ess"


def test_a_relative_one_starts_at_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ESS_HOME", "mine")
    assert home.home() == tmp_path / "mine"


def test_folders_are_the_users_alone(ess_home):
    made = home.private_folder("ec2", "clusters")
    assert made == ess_home / "ec2" / "clusters"
    assert home.private_folder("ec2", "clusters") == made
    assert {stat.S_IMODE(path.stat().st_mode) for path in (ess_home, made.parent, made)} == {0o700}


def test_a_file_is_the_users_alone_and_replaced_whole(ess_home):
    path = home.private_folder() / "file"
    home.write_private(path, "ä" * 3)
    home.write_private(path, "second")
    assert path.read_text(encoding="utf-8") == "second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(ess_home.iterdir()) == [path]


def test_a_reader_never_sees_half_a_file(ess_home):
    path = home.private_folder() / "file"
    texts = [letter * 200_000 for letter in "ab"]
    home.write_private(path, texts[0])
    stop = threading.Event()

    def write():
        for number in range(60):
            home.write_private(path, texts[number % 2])
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not stop.is_set():
        assert path.read_text() in texts
    writer.join()


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(ess_home, monkeypatch, failing):
    path = home.private_folder() / "file"
    home.write_private(path, "old")

    def fail(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(EssError) as caught:
        home.write_private(path, "new")
    assert caught.value.message == f"cannot write {path}: No space left on device"
    assert caught.value.hint == "set ESS_HOME to a folder you can write"
    assert [one.name for one in ess_home.iterdir()] == ["file"]
    assert path.read_text() == "old"


def test_a_file_in_the_way_is_said(ess_home):
    ess_home.write_text("")
    for action in (lambda: home.private_folder("ec2"), lambda: home.write_private(ess_home / "x" / "y", "")):
        with pytest.raises(EssError, match="cannot write"):
            action()


def test_only_one_process_holds_a_lock(ess_home):
    path = home.private_folder() / "lock"
    code = f"""if True:
        from pathlib import Path
        from ess_core import home
        with home.locked(Path({str(path)!r})) as mine:
            print(mine)
    """

    def other():
        return subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()

    with home.locked(path) as mine:
        assert mine
        assert other() == "False"
    assert other() == "True"


def test_a_lock_ends_with_its_process_however_that_ends(ess_home):
    path = home.private_folder() / "lock"
    code = f"""if True:
        import os, signal
        from pathlib import Path
        from ess_core import home
        with home.locked(Path({str(path)!r})) as mine:
            print(mine, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "True\n"
    with home.locked(path) as mine:
        assert mine


def test_a_lock_is_not_inherited_by_a_child(ess_home):
    path = home.private_folder() / "lock"
    with home.locked(path):
        child = subprocess.Popen(["sleep", "20"], close_fds=False)
    try:
        with home.locked(path) as mine:
            assert mine
    finally:
        child.kill()
        child.wait()


def test_a_lock_where_nothing_can_be_written_is_said(tmp_path):
    with pytest.raises(EssError, match="cannot write"), home.locked(Path(tmp_path / "nowhere" / "lock")):
        pytest.fail("locked")
