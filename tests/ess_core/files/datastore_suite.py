"""What every datastore promises: a test class for one derives from DatastoreSuite and gives `store`."""

import io
import pickle
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from ess_core.files import ChangedError, File, NoFileError, key_bytes
from ess_core.files.facts import facts, file_of
from ess_core.files.levels import Folder, level
from ess_core.files.removing import delete_all

CONTENT = bytes(range(256)) * 512  # 128 KiB
ODD = (
    "a b",
    "a\nb",
    "a\tb",
    "a\x01b",
    "*",
    "[a]?",
    "-r",
    "%41",
    "a+b&c=d#e?f",
    "a\\b",
    "'quoted' \"twice\"",
    "é/è",
    "日本/😀",
    "...",
    "x" * 200,
)
"""Keys that have once broken some tool or other."""


class BrokenPipeSource(io.RawIOBase):
    """A source that fails in the middle."""

    def __init__(self) -> None:
        self.given = False

    def readable(self):
        return True

    def readinto(self, buffer):
        if self.given:
            raise ConnectionResetError("gone")
        self.given = True
        buffer[:3] = b"abc"
        return 3


class DatastoreSuite:
    """`store` is an empty datastore of its own for each test; ``ODD_KEYS`` may be extended."""

    ODD_KEYS: ClassVar[tuple[str, ...]] = ODD

    @pytest.fixture
    def store(self):
        raise NotImplementedError

    def fill(self, store, *keys):
        for key in keys:
            store.put(key, io.BytesIO(key_bytes(key)))

    def test_what_is_put_is_read(self, store):
        store.put("a/b.gz", io.BytesIO(CONTENT))
        with store.open("a/b.gz") as stream:
            assert stream.read() == CONTENT

    def test_facts_are_those_of_the_listed_files(self, store):
        self.fill(store, "a/b", "c", *self.ODD_KEYS)
        assert [file_of(fact) for fact in facts(store)] == list(store.list())

    def test_put_starts_where_the_source_stands(self, store):
        source = io.BytesIO(b"abcdef")
        source.seek(4)
        store.put("a", source)
        assert store.stat("a").size == 2

    def test_stat_says_what_list_says(self, store):
        before = datetime.now(UTC)
        store.put("a/b", io.BytesIO(b"12345"))
        file = store.stat("a/b")
        assert list(store.list()) == [file]
        assert (file.key, file.size) == ("a/b", 5)
        assert file.etag
        assert abs(file.last_modified - before) < timedelta(minutes=1)

    def test_an_empty_file_is_a_file(self, store):
        store.put("empty", io.BytesIO())
        assert store.stat("empty").size == 0
        with store.open("empty") as stream:
            assert stream.read() == b""

    def test_the_etag_changes_with_the_content(self, store):
        store.put("a", io.BytesIO(b"one"))
        first = store.stat("a")
        store.put("a", io.BytesIO(b"two"))
        assert store.stat("a").etag != first.etag
        with store.open("a") as stream:
            assert stream.read() == b"two"

    def test_a_put_that_fails_changes_nothing(self, store):
        store.put("a/b", io.BytesIO(b"old"))
        old = store.stat("a/b")
        for key in ("a/b", "a/new"):
            with pytest.raises(Exception, match="gone"):
                store.put(key, BrokenPipeSource())
        assert list(store.list()) == [old]

    @pytest.mark.parametrize(
        ("start", "end"), [(0, None), (0, 10), (5, None), (100, 70_000), (7, 7), (9, 3), (0, 10**9)]
    )
    def test_a_range_is_what_a_slice_is(self, store, start, end):
        store.put("a", io.BytesIO(CONTENT))
        with store.open("a", start, end) as stream:
            assert stream.read() == CONTENT[start:end]

    @pytest.mark.parametrize("start", [len(CONTENT), len(CONTENT) + 5])
    def test_a_range_past_the_end_has_nothing(self, store, start):
        store.put("a", io.BytesIO(CONTENT))
        with store.open("a", start) as stream:
            assert stream.read(10) == b""

    def test_a_read_gives_all_that_was_asked_for(self, store):
        store.put("a", io.BytesIO(CONTENT))
        with store.open("a", 1) as stream:
            pieces = [stream.read(50_000) for _ in range(4)]
        assert [len(piece) for piece in pieces] == [50_000, 50_000, 31_071, 0]
        assert b"".join(pieces) == CONTENT[1:]

    def test_only_the_file_that_was_listed_is_opened_by_its_etag(self, store):
        store.put("a", io.BytesIO(b"one"))
        listed = next(store.list())
        with store.open("a", etag=listed.etag) as stream:
            assert stream.read() == b"one"
        with store.open("a", 1, 2, etag=listed.etag) as stream:
            assert stream.read() == b"n"
        store.put("a", io.BytesIO(b"two"))
        for start, end in ((0, None), (1, 2)):
            with pytest.raises(ChangedError), store.open("a", start, end, listed.etag) as stream:
                stream.read()
        store.delete("a")
        with pytest.raises(NoFileError), store.open("a", etag=listed.etag) as stream:
            stream.read()

    def test_a_prefix_is_text_and_no_folder(self, store):
        self.fill(store, "log-1", "log.gz", "log/a", "log/b/c", "logs/a", "lo")
        assert [file.key for file in store.list("log")] == ["log-1", "log.gz", "log/a", "log/b/c", "logs/a"]
        assert [file.key for file in store.list("log/")] == ["log/a", "log/b/c"]
        assert [file.key for file in store.list("log/b/c")] == ["log/b/c"]
        assert [file.key for file in store.list("log/b/cd")] == []
        assert [file.key for file in store.list("nothing/here")] == []

    def test_a_level_has_files_and_each_folder_once(self, store):
        self.fill(store, "a-b/1", "a.gz", "a/1", "a/2/3", "a0", "b/x", "é/y", "é/z")

        def keys(prefix):
            return [(type(one), one.key) for one in level(store, prefix)]

        top = [(Folder, "a-b/"), (File, "a.gz"), (Folder, "a/"), (File, "a0"), (Folder, "b/"), (Folder, "é/")]
        assert keys("") == top
        assert keys("a") == top[:4]
        assert keys("a/") == [(File, "a/1"), (Folder, "a/2/")]
        assert keys("a/2/") == [(File, "a/2/3")]
        assert keys("a/2") == [(Folder, "a/2/")]
        assert keys("a/2/3") == [(File, "a/2/3")]
        for nothing in ("c", "a/3", "a.gz/", "/", "a//", "a/./", "a/../"):
            assert keys(nothing) == []
        assert next(iter(level(store, "a.gz"))) == store.stat("a.gz")

    def test_files_come_in_the_order_of_their_bytes(self, store):
        keys = ["a-b/1", "a/1", "a/2/3", "a0", "A", "b", "é", "z", "😀", "\uffee", "a.b", "a!"]
        self.fill(store, *keys)
        assert [file.key for file in store.list()] == sorted(keys, key=key_bytes)

    def test_any_key_comes_back_as_it_went(self, store):
        self.fill(store, *self.ODD_KEYS)
        listed = [file.key for file in store.list()]
        assert listed == sorted(self.ODD_KEYS, key=key_bytes)
        for key in listed:
            assert next(store.list(key)).key == key
            assert store.stat(key).size == len(key_bytes(key))
            with store.open(key) as stream:
                assert stream.read() == key_bytes(key)
            store.delete(key)
        assert list(store.list()) == []

    def test_a_file_that_is_not_there_is_said(self, store):
        self.fill(store, "a/b", "file")
        for key in ("nothing", "a", "a/b/c", "a/c"):
            with pytest.raises(NoFileError, match=f"'{key}'"):
                store.stat(key)
            with pytest.raises(NoFileError, match=f"'{key}'"), store.open(key) as stream:
                stream.read(1)

    def test_what_is_deleted_is_gone_also_the_second_time(self, store):
        self.fill(store, "a/b", "a/c")
        store.delete("a/b")
        store.delete("a/b")
        store.delete("never/there")
        assert [file.key for file in store.list()] == ["a/c"]

    def test_many_are_deleted_whatever_their_keys_are(self, store):
        self.fill(store, "a/b", "a/c", *self.ODD_KEYS)
        delete_all(store, iter(["a/b", "never/there", *self.ODD_KEYS]))
        assert [file.key for file in store.list()] == ["a/c"]
        delete_all(store, [])
        assert [file.key for file in store.list()] == ["a/c"]

    def test_another_process_can_read_it(self, store):
        store.put("a", io.BytesIO(b"content"))
        with pickle.loads(pickle.dumps(store)).open("a") as stream:
            assert stream.read() == b"content"

    def test_its_url_names_its_files(self, store):
        assert "://" in store.url
        assert not store.url.endswith("/")
