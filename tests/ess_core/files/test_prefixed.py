"""A folder of a datastore is a datastore; a level of one is known also where the datastore knows none."""

import io
from typing import ClassVar

import pytest

from ess_core.files import BadKeyError, NoFileError, key_bytes
from ess_core.files.levels import level
from ess_core.files.local import Local
from ess_core.files.prefixed import Prefixed
from tests.ess_core.files.datastore_suite import DatastoreSuite

OUTSIDE = ("in/side-1", "in/side.gz", "in/sid", "side/a", "in/side0/a")


class Plain:
    """A datastore as a plugin may have one: nothing but what the protocol asks for."""

    def __init__(self, store):
        self.url, self.list, self.stat, self.open = store.url, store.list, store.stat, store.open
        self.put, self.delete = store.put, store.delete


@pytest.fixture
def whole(tmp_path):
    """The datastore around, with files that are none of the folder's."""
    store = Local(f"file://{tmp_path}")
    for key in OUTSIDE:
        store.put(key, io.BytesIO(b"outside"))
    yield store
    assert {file.key for file in store.list()} >= set(OUTSIDE)


class TestPrefixed(DatastoreSuite):
    @pytest.fixture
    def store(self, whole):
        return Prefixed(whole, "in/side")

    def test_a_file_that_is_not_there_is_said(self, store):
        for key in ("nothing", "a/b"):
            with pytest.raises(NoFileError, match=f"'in/side/{key}'"):
                store.stat(key)


class TestPlain(DatastoreSuite):
    ODD_KEYS: ClassVar = ("a\nb", "日本/😀")  # the others are Local's to keep

    @pytest.fixture
    def store(self, tmp_path):
        return Plain(Local(f"file://{tmp_path}"))


def test_its_url_and_a_key_name_a_file_of_the_whole(whole):
    inside = Prefixed(whole, "in/side")
    inside.put("a/b", io.BytesIO(b"1"))
    assert f"{inside.url}/a/b" == f"{whole.url}/in/side/a/b"
    assert whole.stat("in/side/a/b").size == 1


def test_the_empty_key_is_refused(whole):
    inside = Prefixed(whole, "in/side")
    for call in (inside.stat, inside.open, inside.delete, lambda key: inside.put(key, io.BytesIO())):
        with pytest.raises(BadKeyError):
            call("")


def test_a_key_that_is_the_folder_itself_is_none_of_its_files():
    class Marked:
        def list(self, prefix=""):
            from ess_core.files import File

            keys = ("logs/", "logs/a", "logs/b/", "logs/b/c")
            return (File(key, 0, None, "") for key in keys if key.startswith(prefix))

        url = "marked://m"

    inside = Prefixed(Marked(), "logs")
    assert [file.key for file in inside.list()] == ["a", "b/", "b/c"]
    assert [one.key for one in inside.level()] == ["a", "b/"]
    assert [key_bytes(one.key) for one in level(inside, "b/")] == [b"b/", b"b/c"]
