"""A private folder is gone when its process is, and no one else's is touched."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from ess_core.tables.cache import workspace as module
from ess_core.tables.cache.cache import Cache, status
from ess_core.tables.cache.workspace import sweep, workspace
from tests.ess_core.tables.cache.made import files_below, key, made

DEFINED = """if True:
    import os, signal, sys
    sys.path.insert(0, ".")
    from ess_core.tables.cache import index
    from ess_core.tables.cache.cache import Cache
    from ess_core.tables.cache.workspace import workspace
    from tests.ess_core.tables.cache.made import key, made
    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(code):
    """Run the code, which ends itself with SIGKILL."""
    done = subprocess.run([sys.executable, "-c", DEFINED + code], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def in_use(ess_home):
    return os.listdir(ess_home / "cache" / "in-use")


def test_it_is_gone_at_the_end_and_after_an_error(ess_home):
    with workspace() as work:
        made(work.parts, "a")
        (work.spill / "more").write_text("")
        assert len(in_use(ess_home)) == 2  # with its lock
    assert in_use(ess_home) == []
    with pytest.raises(KeyError), workspace() as work:
        raise KeyError
    assert in_use(ess_home) == []


def test_that_of_a_killed_process_is_swept(ess_home):
    killed("""
    with workspace() as work:
        made(work.parts, "a")
        (work.parts / ".cleaning-1").mkdir()
        die()
    """)
    assert len(in_use(ess_home)) == 2
    with workspace():
        assert len(in_use(ess_home)) == 2
    assert in_use(ess_home) == []


def test_that_of_a_running_process_is_not(ess_home):
    code = """
    with workspace() as work:
        Cache(10**9).keep(made(work.parts, "a"), work)
        print(work.folder, flush=True)
        sys.stdin.read()
    """
    with subprocess.Popen(
        [sys.executable, "-c", DEFINED + code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        folder = running.stdout.readline().strip()
        with workspace():
            pass
        assert len(os.listdir(f"{folder}/parts")) == 1
        running.communicate(timeout=60)
    assert running.returncode == 0
    assert in_use(ess_home) == []


def test_who_is_killed_between_files_and_index_leaves_nothing_for_long(ess_home):
    with workspace() as work:
        Cache(10**9).keep(made(work.parts, "kept"), work)
    killed("""
    with workspace() as work:
        Cache(10**9).lend([key("kept")], work)
        index._evict = die
        Cache(10**9).keep(made(work.parts, "a", files=2), work)
    """)
    assert len(files_below(ess_home / "cache" / "parts")) == 3
    sweep()
    assert files_below(ess_home / "cache") == [f"{key('kept')}-0-0.parquet"]
    assert status().files == 1


def test_who_is_killed_while_it_makes_room_leaves_no_record_without_files(ess_home):
    with workspace() as work:
        Cache(10**9).keep(made(work.parts, "a") | made(work.parts, "b"), work)
    killed("""
    drop = index.files.drop
    def dropped(names):
        drop(names)
        die()
    index.files.drop = dropped
    with workspace() as work:
        Cache(4096).keep(made(work.parts, "c"), work)
    """)
    with workspace() as work:
        found = Cache(10**9).lend([key("a"), key("b"), key("c")], work)
        assert set(found) < {key("a"), key("b")}
        assert len(found) == 1


def test_a_folder_without_a_lock_is_nobodys(ess_home):
    with workspace():
        pass
    (ess_home / "cache" / "in-use" / "left" / "parts").mkdir(parents=True)
    sweep()
    assert in_use(ess_home) == []


def test_a_sweeper_that_is_quicker_than_the_owner_costs_a_name_and_nothing_else(ess_home, monkeypatch):
    taken, seen = module._taken, []

    def late(handle, path):
        if len(seen) < 2:
            seen.append(path.name)
            if len(seen) == 1:
                path.unlink()  # a sweeper had it already
            else:
                return False  # a sweeper has it
        return taken(handle, path)

    with workspace():
        pass
    monkeypatch.setattr(module, "_taken", late)
    with workspace() as work:
        assert work.parts.is_dir()
        assert work.folder.name + ".lock" not in seen
        os.remove(ess_home / "cache" / "in-use" / seen[1])
    assert in_use(ess_home) == []


def test_many_at_once_do_not_take_each_others(ess_home):
    def use(_):
        for _ in range(20):
            with workspace() as work:
                (work.parts / "x").write_text("")
                assert (work.parts / "x").exists()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(use, range(4))) == [None] * 4
    assert in_use(ess_home) == []
