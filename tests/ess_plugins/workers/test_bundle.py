"""What a node gets: ess, the plugins that are on, and exactly what they need."""

import os
import time

import pytest

from ess_core.errors import EssError
from ess_core.registry import REGISTRY, Entry, Kind
from ess_plugins.workers import bundle


@pytest.fixture(autouse=True)
def ess_home(tmp_path, monkeypatch):
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "ess-home"))
    monkeypatch.setattr(REGISTRY, "entries", [])


def test_ess_and_what_the_engine_needs_are_in_it_in_the_versions_here():
    now = bundle.current()
    assert [one.name for one in now.local] == ["essentia-aws"]
    names = {line.partition("==")[0].lower() for line in now.pins}
    assert {"distributed", "dask", "duckdb", "boto3", "botocore", "asyncssh", "tornado"} <= names
    assert f"distributed=={bundle.distribution('distributed').version}" in now.pins


def test_what_only_other_extras_need_stays_here():
    names = {line.partition("==")[0].lower() for line in bundle.current().pins}
    assert not names & {"moto", "flask", "pytest", "mypy", "redshift_connector", "redshift-connector", "pip"}


def test_the_digest_tells_bundles_apart(monkeypatch):
    now = bundle.current()
    assert bundle.current().digest == now.digest
    assert bundle.Bundle(now.local, now.public[1:]).digest != now.digest
    monkeypatch.setattr(bundle.wheels, "fingerprint", lambda one: "changed")
    assert bundle.current().digest != now.digest


def test_a_third_partys_plugin_comes_along_where_it_is_on(monkeypatch):
    class Point:
        name, dist = "hello", bundle.distribution("pluggy")

    ours = list(bundle.entry_points(group=bundle.GROUP))
    monkeypatch.setattr(bundle, "entry_points", lambda group: [*ours, Point])
    assert bundle._plugins() == []
    REGISTRY.entries.append(Entry(Kind.DATASTORE, "hello", "hello", "hello:Store"))
    assert [one.name for one in bundle._plugins()] == ["pluggy"]


def test_what_is_missing_here_is_named_with_what_to_type(monkeypatch):
    def absent(name):
        raise bundle.PackageNotFoundError(name)

    monkeypatch.setattr(bundle, "distribution", absent)
    with pytest.raises(EssError, match="essentia-aws is not installed") as failed:
        bundle.current()
    assert "pip install 'essentia-aws[workers]'" in failed.value.hint


def test_an_ess_without_the_extra_says_so(monkeypatch):
    monkeypatch.setattr(bundle, "EXTRAS", ("none",))
    with pytest.raises(EssError, match="without its extra workers"):
        bundle.current()


def test_wheels_that_nobody_uses_are_swept():
    old, new = bundle._cache() / "old", bundle._cache() / "new"
    for folder in (old, new):
        folder.mkdir()
    long_ago = time.time() - bundle.KEPT_S - 60
    os.utime(old, (long_ago, long_ago))
    bundle.sweep()
    assert (old.exists(), new.exists()) == (False, True)


def test_without_the_engine_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr(bundle, "find_spec", lambda name: None)
    with pytest.raises(EssError, match="distributed is not installed") as failed:
        bundle.current()
    assert "pip install 'essentia-aws[workers]'" in failed.value.hint
