"""Calls beside the main thread: answers, errors, and what is done where one does not end."""

import threading

import pytest

from ess_core.tables.asking import aside
from ess_core.tables.asking.aside import Aside


class Database:
    """Ends what runs when it is asked to often enough."""

    def __init__(self, patience):
        self.patience, self.interrupts, self.is_closed = patience, 0, False
        self.ended = threading.Event()

    def interrupt(self):
        self.interrupts += 1
        if self.interrupts == self.patience:
            self.ended.set()

    def query_progress(self):
        return 50.0

    def close(self):
        self.is_closed = True


class Stop(BaseException):
    pass


def stop(_percent):
    raise Stop


def test_answers_and_errors_come_back():
    db = Database(1)
    with Aside(db) as beside:
        assert beside.call(lambda: 1 + 1) == 2
        with pytest.raises(ZeroDivisionError):
            beside.call(lambda: 1 // 0)
        assert beside.call(threading.get_ident) != threading.get_ident()
    assert db.is_closed


def test_who_waits_is_told_how_far_it_is(monkeypatch):
    monkeypatch.setattr(aside, "_LOOK_S", 0.01)
    told, enough = [], threading.Event()

    def watch(percent):
        told.append(percent)
        enough.set()

    with Aside(Database(1)) as beside:
        assert beside.call(enough.wait, watch)
    assert set(told) == {50.0}


@pytest.mark.parametrize("patience", [1, 5])
def test_an_interrupt_is_repeated_until_it_is_heard(monkeypatch, patience):
    monkeypatch.setattr(aside, "_LOOK_S", 0.01)
    db = Database(patience)
    with pytest.raises(Stop), Aside(db) as beside:
        beside.call(db.ended.wait, stop)
    assert db.is_closed


def test_what_does_not_end_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(aside, "_LOOK_S", 0.01)
    monkeypatch.setattr(aside, "_PATIENCE_S", 0.1)
    db = Database(10**9)
    with pytest.raises(Stop), Aside(db) as beside:
        beside.call(db.ended.wait, stop)
    assert not db.is_closed
    db.ended.set()
