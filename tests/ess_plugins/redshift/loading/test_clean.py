"""Leases of staging folders, and `redshift clean`, which removes those that are over."""

import io
import json
import time
from datetime import timedelta

import pytest

from ess_core.errors import EssError
from ess_plugins.redshift.loading import leases
from ess_plugins.redshift.loading.leases import folders
from ess_plugins.redshift.loading.staging import StagingArea, new_load_id


@pytest.fixture
def staging(loads, registered, conf):
    """The staging folder that instance.conf names."""
    conf(staging=loads.store.url)
    return loads.store


@pytest.fixture
def short(monkeypatch):
    """Leases last for two seconds."""
    monkeypatch.setattr(leases, "LASTS", timedelta(seconds=2))


@pytest.fixture
def later(monkeypatch):
    """It is two hours later."""
    real = leases._now
    monkeypatch.setattr(leases, "_now", lambda store: real(store) + timedelta(hours=2))


def _put(store, key):
    store.put(key, io.BytesIO(b"123"))


def _cleaned(here, *words):
    done = here("redshift", "clean", *words, "-f", "ndjson")
    found = {row["load_id"]: row["state"] for row in map(json.loads, done.stdout.splitlines())}
    return done, found


def test_a_folder_is_leased_while_it_is_used_and_gone_after_it(loads):
    with StagingArea(loads.store, new_load_id(), loads.told.note) as area:
        assert loads.staged() == [f"{area.prefix}lease"]
        (folder,) = folders(loads.store)
        assert (folder.load_id, folder.is_expired) == (area.load_id, False)
    assert loads.staged() == []
    assert loads.told.notes == []


def test_a_folder_that_is_abandoned_is_removed_and_one_at_work_is_not(here, staging, loads, short):
    killed = new_load_id()
    _put(staging, f"ess-staging/{killed}/000001.parquet")
    _put(staging, f"ess-staging/{killed}/lease")
    bare = new_load_id()
    _put(staging, f"ess-staging/{bare}/000001.parquet")
    others = ["ess-staging/notes.txt", "ess-staging/UPPER/x", "other/y"]
    for key in others:
        _put(staging, key)
    with StagingArea(staging, new_load_id(), loads.told.note, renewed_s=0.2) as live:
        _put(staging, f"{live.prefix}000001.parquet")
        time.sleep(3.2)  # S3 has whole seconds
        done, found = _cleaned(here, "--dry-run")
        assert found == {killed: "expired", bare: "expired", live.load_id: "in use"}
        assert "2 folders (9 B) would be removed, 1 folder (" in done.stderr
        done, found = _cleaned(here)
        assert (done.returncode, found) == (0, {killed: "removed", bare: "removed", live.load_id: "in use"})
        assert "2 folders (9 B) removed, 1 folder (" in done.stderr
        assert f"{live.prefix}000001.parquet" in loads.staged()
    assert sorted(file.key for file in staging.list()) == sorted(others)


def test_a_lease_that_is_renewed_at_the_last_moment_keeps_its_folder(loads, later):
    load_id = new_load_id()
    _put(loads.store, f"ess-staging/{load_id}/lease")
    (folder,) = folders(loads.store)
    assert folder.is_expired
    time.sleep(1.1)  # S3 has whole seconds
    _put(loads.store, f"ess-staging/{load_id}/lease")
    assert leases.remove(loads.store, folder) is False
    assert loads.staged() == [f"ess-staging/{load_id}/lease"]


class Failing:
    """A store that fails at some calls."""

    def __init__(self, store, *calls):
        self.url = store.url
        self._store = store
        self._calls = calls

    def __getattr__(self, name):
        def fail(*_words):
            raise EssError("the store is away")

        return fail if name in self._calls else getattr(self._store, name)


def test_what_cannot_be_removed_is_said_and_the_load_goes_on(loads):
    load_id = new_load_id()
    with StagingArea(Failing(loads.store, "delete"), load_id, loads.told.note):
        """Nothing is staged."""
    (note,) = loads.told.notes
    assert note == (
        f"{loads.store.url}/ess-staging/{load_id}/ is left behind: the store is away; "
        "`ess redshift clean` removes it when its lease is over"
    )


def test_a_store_that_takes_nothing_ends_the_load_before_it_begins(loads):
    area = StagingArea(Failing(loads.store, "put"), new_load_id(), loads.told.note)
    with pytest.raises(EssError, match=r"nothing can be staged in .*: the store is away"), area:
        raise AssertionError("not reached")


def test_a_lease_that_cannot_be_renewed_is_said_once(loads):
    store = Failing(loads.store)
    with StagingArea(store, new_load_id(), loads.told.note, renewed_s=0.05) as area:
        store._calls = ("put",)
        time.sleep(0.3)
    assert loads.told.notes == [f"the lease of {area.url} cannot be renewed: the store is away"]


def test_a_folder_that_cannot_be_removed_is_named_and_the_others_are(here, staging, later, monkeypatch):
    bad, good = sorted([new_load_id(), new_load_id()])
    for load_id in (bad, good):
        _put(staging, f"ess-staging/{load_id}/x")
    real = leases.empty

    def empty(store, prefix):
        if bad in prefix:
            raise EssError("not allowed")
        real(store, prefix)

    monkeypatch.setattr(leases, "empty", empty)
    done, found = _cleaned(here)
    assert (done.returncode, found) == (3, {bad: "failed", good: "removed"})
    assert "ess: 1 of the folders could not be removed: not allowed\n" in done.stderr


def test_nothing_to_clean_is_said(here, staging):
    done, found = _cleaned(here)
    assert (done.returncode, found, done.stderr) == (0, {}, "0 folders (0 B) removed, 0 folders (0 B) left\n")


@pytest.mark.parametrize("url", ["", "http://x/y", "s3://"])
def test_without_a_staging_folder_nothing_is_done(sandbox, here, registered, tmp_path, monkeypatch, url):
    (tmp_path / "bare.conf").write_text("[EC2]\n")
    monkeypatch.setenv("ESS_CONF", str(tmp_path / "bare.conf"))
    sandbox.reset()
    done = here("redshift", "clean", *(["--staging", url] if url else []))
    assert (done.returncode, done.stdout) == (2, "")
    assert "staging folder" in done.stderr
    assert sandbox.calls() == []
