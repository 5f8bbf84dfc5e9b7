"""Long listings are found by a copy of the process, and nobody can tell but by the clock."""

import os
import signal
import subprocess
import sys
import threading
from itertools import count, islice

import pytest

from ess_core.errors import EssError
from ess_core.files import UnreadableError, ahead
from tests.fixtures.waiting import until

MANY = ahead.FIRST * 3 + 7
COUNTED = ahead._threads


def some(number, error=None):
    yield from range(number)
    if error:
        raise error


@pytest.fixture
def copies(monkeypatch):
    """The processes that were made, by number."""
    made, fork = [], os.fork

    def noted():
        pid = fork()
        if pid:
            made.append(pid)
        return pid

    monkeypatch.setattr(os, "fork", noted)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(ahead, "_threads", lambda: 1)  # earlier tests may have left some of libraries
    return made


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [0, 1, ahead.FIRST - 1, ahead.FIRST, ahead.FIRST + 1, MANY, 40_000])
def test_all_items_come_in_order(copies, number):
    assert list(ahead.ahead(some(number))) == list(range(number))
    assert len(copies) == (number >= ahead.FIRST)
    assert not any(map(is_running, copies))


@pytest.mark.parametrize("number", [3, ahead.FIRST, MANY, ahead.FIRST + 2 * ahead._BATCH])
def test_an_error_comes_after_the_items_before_it_as_it_was(copies, number):
    for error in (UnreadableError("could not read 'x'", "look"), OSError(5, "Input/output error")):
        listing = ahead.ahead(some(number, error))
        assert list(islice(listing, number)) == list(range(number))
        with pytest.raises(type(error)) as caught:
            next(listing)
        assert caught.value.args == error.args
        assert vars(caught.value) == vars(error)
    assert not any(map(is_running, copies))


def test_a_copy_that_is_killed_is_no_end_of_the_list(copies):
    listing = ahead.ahead(count())
    assert len(list(islice(listing, MANY))) == MANY
    os.kill(copies[0], signal.SIGKILL)
    with pytest.raises(EssError, match="ended before it was done"):
        for _ in listing:
            pass


def test_who_has_enough_leaves_no_process(copies):
    listing = ahead.ahead(count())
    assert len(list(islice(listing, MANY))) == MANY
    assert is_running(copies[0])
    listing.close()
    assert not is_running(copies[0])


def test_a_copy_ends_with_a_process_that_is_killed():
    script = f"""if True:
        import os, signal
        from itertools import count
        from ess_core.files import ahead
        fork = os.fork
        def told():
            pid = fork()
            if pid:
                print(pid, flush=True)
            return pid
        os.fork = told
        os.sched_getaffinity = lambda _: {{0, 1}}
        for number in ahead.ahead(count()):
            if number == {MANY}:
                os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    until(lambda: not is_running(int(done.stdout)))


def test_a_signal_for_all_processes_of_a_terminal_is_for_the_first(copies):
    listing = ahead.ahead(count())
    assert len(list(islice(listing, MANY))) == MANY
    os.kill(copies[0], signal.SIGINT)
    assert list(islice(listing, MANY)) == list(range(MANY, 2 * MANY))
    listing.close()


def test_no_copy_is_made_beside_other_threads(copies, monkeypatch):
    monkeypatch.setattr(ahead, "_threads", COUNTED)
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert list(ahead.ahead(some(MANY))) == list(range(MANY))
    finally:
        done.set()
        thread.join()
    assert copies == []


def test_no_copy_is_made_for_one_processor(copies, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert list(ahead.ahead(some(MANY))) == list(range(MANY))
    assert copies == []


def test_where_no_more_processes_are_allowed_the_items_come_all_the_same(monkeypatch):
    def refused():
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    before = os.listdir("/proc/self/fd")
    assert list(ahead.ahead(some(MANY))) == list(range(MANY))
    assert len(os.listdir("/proc/self/fd")) == len(before)
