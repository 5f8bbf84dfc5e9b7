"""A listing that is killed, fails or is beside others: stored is what one of them found, or what was."""

import os
import signal
import subprocess
import sys

import pytest

from ess_core.errors import EssError, UsageError
from ess_core.files import UnreadableError, ahead, local
from ess_core.tables import categories
from ess_core.tables.categories import pending
from ess_core.tables.categories.database import DATABASE

FILES = ahead.FIRST + 300
KEYS = [f"logs/{number // 100}/{number:05}" for number in range(FILES)]

ADD = """if True:
    import os, signal, sys
    from ess_core.files import local
    from ess_core.tables import categories
    from ess_core.tables.categories import database
    name, url, how = sys.argv[1:]

    def watch(files):
        for number, file in enumerate(files):
            if "listing" in how and number == {number}:
                os.kill(os.getpid(), signal.SIGKILL)
            yield file

    if "storing" in how:
        database.count_anew = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
    one = categories.Category(name, url, "local", ("**",))
    with categories.compare(one, local.Local(url), watch) as found:
        print(categories.add(one, found, overwrite="overwrite" in how).files)
""".replace("{number}", str(ahead.FIRST + 100))


@pytest.fixture(autouse=True)
def several_processors(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})


@pytest.fixture
def started(tmp_path, folder):
    """Starts an ess that adds a category of all files of the folder; temporary files are in ``tmp``."""
    store = folder(*KEYS)
    (tmp_path / "tmp").mkdir()
    environment = os.environ | {"TMPDIR": str(tmp_path / "tmp")}
    running = []

    def start(name, how=""):
        command = [sys.executable, "-c", ADD, name, store.url, how]
        one = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        running.append(one)
        return one

    yield start
    for one in running:
        one.kill()
        one.communicate()


def stored():
    with DATABASE.reading() as database:
        return database.execute("SELECT count(*) FROM file").fetchone()[0]


@pytest.mark.parametrize("when", ["listing", "storing"])
def test_who_is_killed_leaves_nothing(started, tmp_path, when):
    killed = started("logs", when)
    assert killed.wait(60) == -signal.SIGKILL, killed.stderr.read()
    assert categories.known() == []
    assert stored() == 0
    assert os.listdir(tmp_path / "tmp") == []
    assert started("logs").communicate(timeout=60)[0] == f"{FILES}\n".encode()


@pytest.mark.parametrize("when", ["listing", "storing"])
def test_who_is_killed_in_a_scan_leaves_what_was(started, category, folder, when):
    one = category()
    with categories.compare(one, folder()) as found:
        categories.add(one, found)
    folder("more")
    killed = started("logs", f"overwrite, {when}")
    assert killed.wait(60) == -signal.SIGKILL, killed.stderr.read()
    assert categories.find("logs").files == stored() == FILES


def test_several_at_once_lose_nothing(started):
    names = [f"logs{number}" for number in range(4)]
    for one in [started(name) for name in names]:
        assert one.communicate(timeout=60)[0] == f"{FILES}\n".encode()
    assert [one.files for one in categories.known()] == [FILES] * len(names)
    assert stored() == FILES * len(names)


def test_of_several_that_add_the_same_one_does(started):
    ended = [one.communicate(timeout=60) for one in [started("logs") for _ in range(3)]]
    assert sorted(said for said, _ in ended) == [b"", b"", f"{FILES}\n".encode()]
    assert sum(b"there is a category logs" in errors for _, errors in ended) == 2
    assert categories.find("logs").files == stored() == FILES


def test_several_that_overwrite_the_same_leave_one_list(started):
    for one in [started("logs", "overwrite") for _ in range(3)]:
        one.communicate(timeout=60)
    assert categories.find("logs").files == stored() == FILES


def test_a_folder_that_cannot_be_read_is_said_from_a_copy_too(folder, category, monkeypatch):
    store = folder(*KEYS, "unread/x", "z")
    opened = os.open

    def refusing(path, *flags, **how):
        if os.fsencode(path).endswith(b"/unread/"):
            raise PermissionError(13, "Permission denied", path)
        return opened(path, *flags, **how)

    kept = category()
    with categories.compare(kept, store) as found:
        kept = categories.add(kept, found)
    monkeypatch.setattr(local.os, "open", refusing)
    forks = []
    fork = os.fork
    monkeypatch.setattr(os, "fork", lambda: forks.append(1) or fork())
    monkeypatch.setattr(ahead, "_threads", lambda: 1)  # earlier tests may have left some of libraries
    with pytest.raises(UnreadableError, match="unread/': Permission denied"):
        categories.scan(kept, store)
    assert len(forks) == 1
    assert categories.find("logs").files == stored() == FILES + 2


def test_no_room_for_a_list_is_said_and_changes_nothing(folder, category, monkeypatch):
    prepare = pending.prepare

    def small(database):
        prepare(database)
        database.execute("PRAGMA temp.max_page_count = 4")

    monkeypatch.setattr(pending, "prepare", small)
    with pytest.raises(EssError, match="cannot keep a list of files in a temporary file") as caught:
        categories.compare(category(), folder(*KEYS))
    assert caught.value.hint == "set TMPDIR to a folder with room"
    assert categories.known() == []


def test_what_is_refused_when_it_is_stored_can_be_stored_otherwise(folder, category):
    categories.add(category("taken"))
    with categories.compare(category(), folder("a", "b")) as found:
        with pytest.raises(UsageError, match="there is a category"):
            categories.add(category("taken"), found)
        assert stored() == 0
        assert categories.add(category(), found).files == 2
    assert categories.find("taken").files == 0
