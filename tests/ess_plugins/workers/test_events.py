"""What the commands that start and end workers do about the engine, and say where that fails."""

import pytest

from ess_core.errors import EssError, PartlyDoneError
from ess_core.nodes.events import Change
from ess_core.nodes.worker import Login, Worker
from ess_plugins.workers import events
from ess_plugins.workers.bootstrap import Bootstrap
from ess_plugins.workers.cluster import Cluster, Record

WORKER = Worker("i-1", "running", Login("127.0.0.1"))
RECORD = Record("i-0", "tls://10.0.0.7:8786", "127.0.0.1:8787", "d", "d-1")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "ess-home"))
    place = Cluster("ec2", "nightly")
    place.authority()
    return place


@pytest.fixture
def prepared(monkeypatch):
    """What would be prepared."""
    found = []
    monkeypatch.setattr(events, "_prepare", lambda place, workers, say: found.extend(workers))
    return found


def change(**more):
    return Change("ec2", "nightly", [WORKER], lambda _line: None, **more)


def test_workers_are_prepared_where_that_is_asked_for(place, prepared):
    events.started(change(options={"prepare": True, "add": False}))
    assert prepared == [WORKER]


def test_workers_that_are_added_to_a_prepared_cluster_join_it(place, prepared):
    place.keep(RECORD)
    events.started(change(options={"prepare": False, "add": True}))
    events.started(change())
    assert prepared == [WORKER, WORKER]


def test_a_new_cluster_has_nothing_of_one_of_its_name_before(place, prepared):
    place.keep(RECORD)
    before = place.authority().fingerprint
    events.started(change(options={"prepare": False, "add": False}))
    assert prepared == []
    assert place.record() is None
    assert place.authority().fingerprint != before


def test_workers_that_leave_an_unprepared_cluster_are_not_asked(place):
    events.before_remove(change())


def test_a_create_whose_workers_cannot_be_prepared_lists_them_and_ends_with_3(sandbox, here, monkeypatch):
    async def fail(*_about):
        raise EssError("the disk is full", "make room")

    monkeypatch.setattr(Bootstrap, "prepare", fail)
    done = here("instance", "ec2", "create", "--number=2", "--prepare", "-f", "value", "-c", "id")
    assert done.returncode == 3
    names = done.stdout.split()
    assert len(names) == len(sandbox.live()) == 2
    for name in names:
        assert f"{name} is left out: the disk is full" in done.stderr
    assert "the workers are there, but not prepared: 2 of 2 workers are not ready" in done.stderr
    assert done.stderr.splitlines()[-1] == "hint: make room"


def test_preparing_that_fails_is_partly_done(place, monkeypatch):
    from ess_plugins.workers import engine

    def fail(*_about, **_more):
        raise EssError("no room", "make some")

    monkeypatch.setattr(engine, "bring_up", fail)
    with pytest.raises(PartlyDoneError, match="not prepared: no room"):
        events.started(change(options={"prepare": True}))
