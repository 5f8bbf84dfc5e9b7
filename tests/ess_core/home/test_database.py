"""The databases of ESS_HOME: nothing is lost, versions are known, and what is bad is said."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from ess_core.errors import EssError
from ess_core.home import database as module
from ess_core.home.database import DamagedDatabaseError, Database

FIRST = ("CREATE TABLE fact (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",)
SECOND = ("ALTER TABLE fact ADD COLUMN unit TEXT NOT NULL DEFAULT 'm'", "CREATE INDEX by_unit ON fact (unit)")
FACTS = Database("facts.db", 0x66616374, (FIRST,), "write your facts again")
LATER = Database("facts.db", 0x66616374, (FIRST, SECOND), "write your facts again")
DEFINED = f"""if True:
    import os, signal, sys, time
    from ess_core.errors import EssError
    from ess_core.home.database import Database
    FACTS = {FACTS!r}
"""


@pytest.fixture(autouse=True)
def ess_home(tmp_path, monkeypatch):
    """ESS_HOME, not made yet."""
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "home with ?#%20 'é'"))
    return tmp_path / "home with ?#%20 'é'"


def put(name, value, database=FACTS):
    with database.writing() as db:
        db.execute("INSERT INTO fact (name, value) VALUES (?, ?)", (name, value))


def names(database=FACTS):
    with database.reading() as db:
        return [name for (name,) in db.execute("SELECT name FROM fact ORDER BY name")]


def child(code, **settings):
    return subprocess.Popen([sys.executable, "-c", DEFINED + code], text=True, **settings)


def test_what_is_written_is_read(ess_home):
    put("a", 1)
    assert names() == ["a"]
    assert (ess_home / "facts.db").exists()


def test_reading_makes_no_file(ess_home):
    assert names() == []
    assert not ess_home.exists()


def test_a_block_that_raises_leaves_nothing():
    put("a", 1)

    def fail():
        with FACTS.writing() as db:
            db.execute("DELETE FROM fact")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert names() == ["a"]


def test_one_connection_serves_several_transactions():
    with FACTS.opened() as db:

        def fail():
            with FACTS.writing(db):
                db.execute("INSERT INTO fact VALUES ('lost', 1)")
                raise KeyError

        with pytest.raises(KeyError):
            fail()
        put("other", 1)  # whoever failed is in nobody's way
        db.execute("CREATE TEMP TABLE mine AS SELECT 'kept' AS name, 2 AS number")
        with FACTS.writing(db):
            db.execute("INSERT INTO fact SELECT * FROM mine")
    assert names() == ["kept", "other"]


def test_its_files_are_the_users_alone(ess_home):
    old = os.umask(0)
    try:
        with FACTS.writing() as db:
            db.execute("INSERT INTO fact VALUES ('a', 1)")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in ess_home.iterdir()}
    finally:
        os.umask(old)
    assert modes == dict.fromkeys(("facts.db", "facts.db-wal", "facts.db-shm"), 0o600)


def test_a_reader_sees_one_state_and_waits_for_nobody():
    put("a", 1)
    with FACTS.reading() as reader:
        assert reader.execute("SELECT count(*) FROM fact").fetchone() == (1,)
        put("b", 2)
        assert reader.execute("SELECT count(*) FROM fact").fetchone() == (1,)
    with FACTS.writing() as db:
        db.execute("DELETE FROM fact")
        assert names() == ["a", "b"]


def test_many_processes_from_the_first_moment_on_lose_nothing():
    """All wait for one moment, so that they make the file and change it to WAL at once."""
    code = """
    print("ready", flush=True)
    sys.stdin.read()  # ends for all at once
    for number in range(25):
        with FACTS.writing() as db:
            db.execute("INSERT INTO fact VALUES (?, 0)", (f"{sys.argv[1]}-{number}",))
            db.execute("INSERT INTO fact VALUES ('all', 1) ON CONFLICT DO UPDATE SET value = value + 1")
    """
    reader, writer = os.pipe()
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", DEFINED + code, str(number)], stdin=reader, stdout=subprocess.PIPE
        )
        for number in range(6)
    ]
    assert [one.stdout.readline() for one in writers] == [b"ready\n"] * 6
    os.close(writer)
    assert [one.wait(60) for one in writers] == [0] * 6
    os.close(reader)
    with FACTS.reading() as db:
        assert db.execute("SELECT value FROM fact WHERE name = 'all'").fetchone() == (150,)
        assert db.execute("SELECT count(*) FROM fact").fetchone() == (151,)


def test_who_finds_it_being_made_waits(ess_home):
    ess_home.mkdir()
    maker = sqlite3.connect(ess_home / "facts.db", isolation_level=None, check_same_thread=False)
    maker.execute("BEGIN IMMEDIATE")
    threading.Timer(0.2, maker.close).start()
    put("a", 1)
    assert names() == ["a"]


def test_a_killed_writer_leaves_what_was_before():
    put("a", 1)
    code = """
    with FACTS.writing() as db:
        db.execute("DELETE FROM fact")
        os.kill(os.getpid(), signal.SIGKILL)
    """
    assert child(code).wait(30) == -9
    assert names() == ["a"]
    put("b", 2)
    assert names() == ["a", "b"]


def test_who_waits_too_long_is_told(monkeypatch):
    monkeypatch.setattr(module, "BUSY_S", 0.2)
    put("a", 1)
    with FACTS.writing(), pytest.raises(EssError, match=r"another ess has been writing to .*facts\.db"):
        put("b", 2)


def test_an_older_one_is_brought_up_to_date_with_what_it_has():
    put("a", 1)
    assert names(LATER) == ["a"]
    with LATER.reading() as db:
        assert db.execute("SELECT * FROM fact").fetchall() == [("a", 1, "m")]


def test_a_migration_that_fails_changes_nothing():
    put("a", 1)
    broken = Database(FACTS.name, FACTS.application_id, (FIRST, (*SECOND, "nonsense")), "")
    with pytest.raises(sqlite3.OperationalError):
        names(broken)
    assert names() == ["a"]
    assert names(LATER) == ["a"]


def test_a_newer_one_is_left_alone(ess_home):
    put("a", 1, LATER)
    before = (ess_home / "facts.db").read_bytes()
    for use in (names, lambda: put("b", 2)):
        with pytest.raises(EssError, match="was written by a newer ess") as caught:
            use()
        assert caught.value.hint == "update ess, or set ESS_HOME to another folder"
    assert (ess_home / "facts.db").read_bytes() == before


def garbage(path):
    path.write_bytes(b"nothing that SQLite knows" * 100)


def cut(path):
    os.truncate(path, 4096)


def overwritten(path):
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))


def foreign(path):
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (a)")
    other.close()


@pytest.mark.parametrize("damage", [garbage, cut, overwritten, foreign])
def test_a_bad_file_is_said_and_its_hint_is_the_way_out(ess_home, damage):
    put("a", 1)
    path = ess_home / "facts.db"
    damage(path)
    with pytest.raises(DamagedDatabaseError) as caught:
        names()
    assert str(path) in caught.value.message
    command, _, remedy = caught.value.hint.partition("; then ")
    assert remedy == "write your facts again"
    subprocess.run(command, shell=True, check=True)
    assert names() == []
    put("b", 2)
    assert names() == ["b"]


def test_the_log_of_a_bad_file_that_was_moved_away_comes_into_no_new_one(ess_home):
    put("a", 1)
    code = """
    with FACTS.writing() as db:
        db.execute("INSERT INTO fact VALUES ('lost', 1)")
        db.execute("COMMIT")
        os.kill(os.getpid(), signal.SIGKILL)
    """
    assert child(code).wait(30) == -9
    assert (ess_home / "facts.db-wal").stat().st_size
    (ess_home / "facts.db").rename(ess_home / "facts.db.damaged")
    put("b", 2)
    assert names() == ["b"]


def test_a_full_disk_is_said_and_what_was_written_stays():
    put("a", 1)
    code = """
    import resource
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, 64 * 1024))
    try:
        with FACTS.writing() as db:
            for number in range(100):
                db.execute("INSERT INTO fact VALUES (?, 0)", ("x" * 4000 + str(number),))
    except EssError as error:
        print(error.message)
    """
    said = child(code, stdout=subprocess.PIPE).communicate(timeout=30)[0]
    assert said.startswith("cannot read and write")
    assert names() == ["a"]


def test_a_folder_in_the_way_is_said(ess_home):
    (ess_home / "facts.db").mkdir(parents=True)
    for use in (names, lambda: put("a", 1)):
        with pytest.raises(EssError, match=r"cannot read and write .*facts\.db"):
            use()


def test_a_home_that_cannot_be_looked_into_is_not_taken_for_an_empty_one(ess_home):
    ess_home.write_text("a file in the way")
    with pytest.raises(EssError, match=r"cannot read and write .*facts\.db: Not a directory"):
        names()


@pytest.fixture(params=[0o555, 0o777])
def of_others(ess_home, request):
    """ESS_HOME for one who may only read the file, in a folder he can or cannot write, though he be root."""
    put("a", 1)
    where = Path(tempfile.mkdtemp())
    shutil.copy(ess_home / "facts.db", where)
    os.chmod(where / "facts.db", 0o444)
    os.chmod(where, request.param)
    yield where
    os.chmod(where, 0o755)
    shutil.rmtree(where)


def test_what_cannot_be_written_can_still_be_read(of_others, monkeypatch):
    monkeypatch.setenv("ESS_HOME", str(of_others))

    def tried():
        found = names()
        with pytest.raises(EssError) as caught:
            put("b", 2)
        return f"{found} {caught.value.message}"

    assert as_nobody(tried) == f"['a'] cannot read and write {of_others}/facts.db: Permission denied"


def as_nobody(function):
    """What ``function`` returns in a process that is not root's; others cannot start root's Python."""
    reader, writer = os.pipe()
    if not (pid := os.fork()):
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setuid(65534)
            os.write(writer, function().encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader) as said:
        text = said.read()
    os.waitpid(pid, 0)
    return text
