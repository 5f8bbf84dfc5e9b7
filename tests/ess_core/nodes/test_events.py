"""Plugins hear of what happens to a cluster, and none can undo it."""

import sys
import types

import pytest

from ess_core.errors import EssError, PartlyDoneError
from ess_core.nodes.events import Change, fire
from ess_core.nodes.worker import Worker
from ess_core.registry import REGISTRY, Entry, Kind

HEARD: list[Change] = []
WORKERS = [Worker("i-1", "running", None)]


@pytest.fixture
def listen(monkeypatch):
    """Let functions hear of ``started``, each as a plugin of its own."""
    module = types.ModuleType("listeners")
    monkeypatch.setitem(sys.modules, "listeners", module)
    monkeypatch.setattr(REGISTRY, "entries", [])
    monkeypatch.setattr(sys.modules[__name__], "HEARD", [])

    def add(name, function):
        setattr(module, name, function)
        REGISTRY.add(Entry(Kind.CLUSTER_EVENT, "started", name, f"listeners:{name}"))

    return add


def raiser(error):
    def raise_it(_change):
        raise error

    return raise_it


def test_every_plugin_is_given_the_change(listen):
    listen("one", lambda change: HEARD.append(change))
    listen("two", lambda change: HEARD.append(change))
    change = Change("ec2", "nightly", WORKERS, print, {"prepare": True})
    assert fire("started", change) == []
    assert [change, change] == HEARD


def test_no_other_event_is_heard(listen):
    listen("one", lambda change: HEARD.append(change))
    fire("ended", Change("ec2", "nightly", WORKERS, print, is_over=True))
    assert HEARD == []


def test_one_that_fails_is_named_and_the_others_are_called(listen):
    said = []
    partly = PartlyDoneError("i-2 is not ready", "try again")
    for name, error in {"known": EssError("no disk"), "partly": partly, "bug": KeyError("x")}.items():
        listen(name, raiser(error))
    listen("last", lambda change: HEARD.append(change))
    failed = fire("started", Change("ec2", "nightly", WORKERS, said.append))
    assert [str(error) for error in failed] == ["no disk", "i-2 is not ready"]
    assert said == [
        "plugin known, started: no disk",
        "plugin partly, started: i-2 is not ready; try again",
        "plugin bug, started: KeyError: 'x'",
    ]
    assert len(HEARD) == 1
