"""What was kept is lent, whatever other processes do, and never what is damaged."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ess_core.errors import EssError
from ess_core.home.database import DamagedDatabaseError
from ess_core.tables.cache import files, index
from ess_core.tables.cache.cache import Cache, clear, status
from ess_core.tables.cache.workspace import workspace
from tests.ess_core.tables.cache.made import BLOCK, files_below, key, made

CACHE = Cache(10**9)


def kept(*words, cache=CACHE, **how):
    """Keep the parts of each word in turn, in a workspace that is gone then."""
    for word in words:
        with workspace() as work:
            cache.keep(made(work.parts, word, **how), work)


def lent(*words, cache=CACHE):
    """The words whose parts the cache has; they are whole."""
    with workspace() as work:
        found = cache.lend([key(word) for word in words], work)
        for parts in found.values():
            for part in parts:
                assert all(Path(path).read_bytes().endswith(b"PAR1") for path in part.paths)
        assert len(files_below(work.parts)) == sum(len(p.paths) + bool(p.rejects) for [p] in found.values())
        return [word for word in words if key(word) in found]


def test_what_is_kept_is_lent_with_all_that_is_known_of_it():
    with workspace() as work:
        [part] = made(work.parts, "a", files=2, rejected=3)[key("a")]
        CACHE.keep({key("a"): [part]}, work)
    with workspace() as work:
        [again] = CACHE.lend([key("a"), key("b")], work)[key("a")]
        assert again.paths == tuple(str(work.parts / Path(path).name) for path in part.paths)
        assert (again.rows_read, again.rows_kept, again.rows_rejected) == (9, 6, 3)
        assert Path(again.paths[1]).read_bytes() == b"PAR1" + b"a".ljust(92, b".") + b"PAR1"
        assert Path(again.rejects).exists()


def test_nothing_is_lent_that_was_not_kept(ess_home):
    assert lent("a") == []
    assert not (ess_home / "parts.db").exists()
    assert status() == index.Status(0, 0)


def test_it_is_the_users_alone(ess_home):
    old = os.umask(0)
    try:
        with workspace() as work:
            CACHE.keep(made(work.parts, "a"), work)
            modes = {stat.S_IMODE(path.stat().st_mode) for path in ess_home.rglob("*") if path.is_dir()}
    finally:
        os.umask(old)
    assert modes == {0o700}


def test_the_least_used_goes_first():
    cache = Cache(3 * BLOCK)
    kept("a", "b", "c", cache=cache)
    assert lent("a") == ["a"]
    kept("d", cache=cache)
    assert lent("a", "b", "c", "d") == ["a", "c", "d"]
    assert status().disk_bytes == 3 * BLOCK


def test_a_smaller_limit_makes_room_at_once():
    kept("a", "b", "c", "d")
    kept("e", cache=Cache(2 * BLOCK))
    assert lent("a", "b", "c", "d", "e") == ["d", "e"]
    kept("f", cache=Cache(0))
    assert lent("d", "e", "f") == []


def test_files_that_are_removed_are_removed_from_the_disk(ess_home):
    kept("a", "b", cache=Cache(BLOCK), rejected=1, size=10)
    assert files_below(ess_home / "cache") == []  # each is two blocks
    kept("a", "b", cache=Cache(BLOCK))
    assert files_below(ess_home / "cache") == [f"{key('b')}-0-0.parquet"]


def test_what_is_larger_than_the_cache_is_not_kept_and_removes_nothing():
    cache = Cache(2 * BLOCK)
    kept("a", cache=cache)
    kept("large", cache=cache, size=3 * BLOCK)
    assert lent("a", "large") == ["a"]


def test_what_is_lent_stays_when_the_cache_loses_it():
    kept("a", "b")
    with workspace() as work:
        found = CACHE.lend([key("a"), key("b")], work)
        kept("c", cache=Cache(BLOCK))
        clear()
        assert [Path(part.paths[0]).read_bytes()[4:5] for [part] in found.values()] == [b"a", b"b"]
    assert lent("a", "b", "c") == []


def cut(path):
    os.truncate(path, 50)


def rewritten(path):
    path.write_bytes(b"PAR1" + b"?" * 92 + b"PAR1")


def zeroed(path):
    """As a power cut may leave it."""
    before = path.stat()
    path.write_bytes(b"\0" * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def gone(path):
    path.unlink()


@pytest.mark.parametrize("damage", [cut, rewritten, zeroed, gone])
@pytest.mark.parametrize("which", ["0-0", "0-1", "0-rejects"])
def test_a_damaged_part_is_noticed_and_made_again(damage, which):
    kept("a", "b", files=2, rejected=1)
    damage(files.kept(f"{key('a')}-{which}.parquet"))
    assert lent("a", "b") == ["b"]
    kept("a", files=2, rejected=1)
    assert lent("a", "b") == ["a", "b"]


def test_what_is_kept_again_is_replaced():
    kept("a", files=3)
    with workspace() as work:
        before = CACHE.lend([key("a")], work)[key("a")]
        kept("a", size=200)
        assert [Path(path).stat().st_size for path in before[0].paths] == [100] * 3
    with workspace() as work:
        assert [Path(path).stat().st_size for path in CACHE.lend([key("a")], work)[key("a")][0].paths] == [
            200
        ]
    assert (status().files, status().disk_bytes) == (1, BLOCK)


def test_clear_says_what_it_removes(ess_home):
    kept("a", "b")
    assert status().oldest_use
    gone = clear()
    assert (gone.files, gone.disk_bytes) == (2, 2 * BLOCK)
    assert (status(), lent("a", "b")) == (index.Status(0, 0), [])
    assert files_below(ess_home / "cache") == []
    assert clear() == index.Status(0, 0)


def test_clear_removes_files_that_no_index_knows(ess_home):
    kept("a", "b")
    (ess_home / "parts.db").write_bytes(b"nothing that SQLite knows" * 100)
    with pytest.raises(DamagedDatabaseError) as caught:
        lent("a")
    command, _, remedy = caught.value.hint.partition("; then ")
    assert remedy == "type: ess cache clear"
    subprocess.run(command, shell=True, check=True)
    clear()
    assert files_below(ess_home / "cache") == []


def test_many_keys_are_asked_for_in_few_questions(monkeypatch):
    asked = []
    connect = sqlite3.connect

    def traced(*args, **settings):
        made = connect(*args, **settings)
        made.set_trace_callback(asked.append)
        return made

    kept("a")
    monkeypatch.setattr(sqlite3, "connect", traced)
    with workspace() as work:
        words = [key(str(number)) for number in range(5000)]
        assert list(CACHE.lend([*words, key("a")], work)) == [key("a")]
    assert len([text for text in asked if "entry" in text]) < 20


def test_a_file_system_without_links_lends_copies(monkeypatch):
    def no_link(*_args, **_settings):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_link)
    kept("a", rejected=1)
    assert lent("a") == ["a"]


def test_a_place_that_cannot_be_written_is_said(ess_home, monkeypatch):
    kept("a")

    def full(*_args, **_settings):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", full)
    for use in (lambda: lent("a"), lambda: kept("b")):
        with pytest.raises(EssError) as caught:
            use()
        assert caught.value.message == f"cannot write {ess_home}/cache: No space left on device"
    monkeypatch.undo()


def test_what_cannot_be_kept_whole_leaves_nothing(ess_home, monkeypatch):
    link, links = os.link, []

    def fails_at_the_third(source, target):
        links.append(target)
        if len(links) == 3:
            raise KeyboardInterrupt
        link(source, target)

    monkeypatch.setattr(os, "link", fails_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        kept("a", files=2, rejected=1)
    assert files_below(ess_home / "cache") == []
    assert status().files == 0


PROCESS = """if True:
    import sys
    sys.path.insert(0, ".")
    from ess_core.tables.cache.cache import Cache
    from ess_core.tables.cache.workspace import workspace
    from tests.ess_core.tables.cache.made import key, made
    print("ready", flush=True)
    sys.stdin.read()  # ends for all at once
    for number in range(15):
        word = str(number)
        with workspace() as work:
            found = Cache(8 * 4096).lend([key(word)], work)
            if not found:
                found = made(work.parts, word, files=2)
                Cache(8 * 4096).keep(found, work)
            for path in found[key(word)][0].paths:
                assert open(path, "rb").read()[4:].startswith(word.encode() + b".")
"""


def test_several_processes_at_once_each_read_what_is_right(ess_home):
    """All want the same, in a cache that is too small for it."""
    reader, writer = os.pipe()
    running = [
        subprocess.Popen([sys.executable, "-c", PROCESS], stdin=reader, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    assert [one.stdout.readline() for one in running] == [b"ready\n"] * 4
    os.close(writer)
    assert [one.wait(60) for one in running] == [0] * 4
    os.close(reader)
    assert status().files == 4
    assert len(files_below(ess_home / "cache" / "parts")) == 8
    assert os.listdir(ess_home / "cache" / "in-use") == []


def test_a_home_that_cannot_be_made_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "file"))
    with pytest.raises(EssError, match=r"cannot write .*/file"):
        lent("a")


def test_a_folder_that_was_removed_by_hand_is_an_empty_cache(ess_home):
    kept("a")
    shutil.rmtree(ess_home / "cache")
    assert lent("a") == []
    kept("a")
    assert lent("a") == ["a"]
