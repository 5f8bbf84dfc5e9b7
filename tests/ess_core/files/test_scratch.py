"""The scratch of a run: files come back as they were, it is gone at the end, and what dead runs left too."""

import io
import os
import time
from datetime import timedelta

import pytest

from ess_core.conf import Conf
from ess_core.conf.scratch import check, url
from ess_core.errors import EssError
from ess_core.files import leases
from ess_core.files.leases import LASTS
from ess_core.files.local import Local
from ess_core.files.scratch import ROOT, Scratch, fetch, send
from tests.fixtures.waiting import until


@pytest.fixture
def store(tmp_path):
    return Local(f"file://{tmp_path}/store")


def keys(store):
    return [file.key for file in store.list()]


def aged(store, key, seconds):
    """Let an object be that old."""
    path = f"{store.url.removeprefix('file://')}/{key}"
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_a_file_comes_back_as_it_was_and_nothing_stays(store, tmp_path):
    body = os.urandom(3_000_000)
    (tmp_path / "a").write_bytes(body)
    with Scratch(store, pytest.fail) as scratch:
        send(str(tmp_path / "a"), store, f"{scratch.prefix}1/a")
        fetch(store, f"{scratch.prefix}1/a", str(tmp_path / "b"))
        assert keys(store) == [f"{scratch.prefix}1/a", f"{scratch.prefix}lease"]
    assert (tmp_path / "b").read_bytes() == body
    assert keys(store) == []


def test_what_cannot_be_fetched_leaves_nothing_here(store, tmp_path):
    with pytest.raises(EssError):
        fetch(store, "none", str(tmp_path / "b"))
    store.put("a", io.BytesIO(b"x"))
    with pytest.raises(EssError, match="cannot write"):
        fetch(store, "a", str(tmp_path / "no/folder/b"))
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_a_later_run_removes_what_a_dead_one_left_and_nothing_of_one_that_lives(store):
    old = LASTS.total_seconds() + 60
    for key, age in (
        ("dead/a", 9),
        ("dead/lease", old),
        ("lost/a", old),
        ("alive/a", old),
        ("alive/lease", 9),
    ):
        store.put(ROOT + key, io.BytesIO(b"x"))
        aged(store, ROOT + key, age)
    store.put("own/a", io.BytesIO(b"x"))
    aged(store, "own/a", old)
    with Scratch(store, pytest.fail):
        pass
    assert keys(store) == [f"{ROOT}alive/a", f"{ROOT}alive/lease", "own/a"]


def test_a_lease_is_renewed_as_long_as_the_run_lasts(store):
    with Scratch(store, pytest.fail, renewed_s=0.01) as scratch:
        scratch._sweeping.join()
        aged(store, f"{scratch.prefix}lease", 2 * LASTS.total_seconds())
        until(lambda: _now(store) - _renewed(store, scratch) <= timedelta(minutes=5))


def _now(store):
    store.put("now", io.BytesIO())
    return store.stat("now").last_modified


def _renewed(store, scratch):
    return store.stat(f"{scratch.prefix}lease").last_modified


def test_a_lease_that_cannot_be_renewed_and_a_folder_that_stays_are_said(store, monkeypatch):
    said = []
    with Scratch(store, said.append, renewed_s=0.01):
        monkeypatch.setattr(Local, "put", _refuse)
        monkeypatch.setattr(Local, "delete", _refuse)
        until(lambda: said)
    assert ["cannot be renewed: no" in said[0], "is left behind: no" in said[1], len(said)] == [True, True, 2]


def test_scratch_that_cannot_be_written_is_said_by_its_name(store, monkeypatch):
    monkeypatch.setattr(Local, "put", _refuse)
    with pytest.raises(EssError, match=r"nothing can be left in file://.*: no"), Scratch(store, pytest.fail):
        pass


def _refuse(*_):
    raise EssError("no")


@pytest.mark.parametrize("text", ["bucket", "file:///tmp", "s3://", "s3:///a", "s3://a b", "s3://b/a b", ""])
def test_what_is_no_place_for_scratch_is_refused(text):
    said = []
    check("scratch", text, lambda *words: said.append(words))
    assert said


def test_scratch_is_a_bucket_or_a_folder_in_one():
    for text in ("s3://bucket", "s3://bucket/", "s3://bucket/a/b", "minio://x"):
        check("scratch", text, pytest.fail)
    assert url(Conf(sections={"Data": {"scratch": "s3://bucket/a/"}})) == "s3://bucket/a"
    assert url(Conf()) == ""


def test_leases_last_much_longer_than_it_takes_to_renew_them():
    assert LASTS.total_seconds() > 10 * leases.RENEWED_S
