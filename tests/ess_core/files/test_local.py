"""The datastore on a folder of this machine."""

import io
import os
import socket
import subprocess
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess_core.errors import EssError, UsageError
from ess_core.files import BadKeyError, NoFileError, UnreadableError, key_bytes, open_datastore
from ess_core.files.local import Local
from ess_core.host.plugins import Host
from ess_core.registry import REGISTRY
from tests.ess_core.files.datastore_suite import DatastoreSuite

SURROGATES = b"\xff\x80/\xe9".decode("utf-8", "surrogateescape")
names = st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1, max_size=3)
paths = st.lists(names.filter(lambda name: name not in (".", "..")), min_size=1, max_size=4).map("/".join)


def keys(store, prefix=""):
    return [file.key for file in store.list(prefix)]


@pytest.fixture
def store(tmp_path):
    return Local(f"file://{tmp_path}")


class TestLocal(DatastoreSuite):
    """All promises of a datastore."""

    ODD_KEYS = (*DatastoreSuite.ODD_KEYS, SURROGATES, "\udcff", "\uffff")

    @pytest.fixture
    def store(self, tmp_path):
        return Local(f"file://{tmp_path}/")


def test_it_comes_through_the_same_door_as_those_of_plugins(monkeypatch, tmp_path):
    monkeypatch.setattr(REGISTRY, "entries", [])
    Host(REGISTRY).load(None, without="--no-plugins")
    (tmp_path / "a").write_text("x")
    assert keys(open_datastore(f"file://{tmp_path}", None)) == ["a"]
    with pytest.raises(EssError, match=r"no datastore 'gs'; there are: .*file"):
        open_datastore("gs://bucket", None)


@pytest.mark.parametrize("url", ["", "bucket", "/folder", "://x", "s3:/bucket"])
def test_what_is_no_url_is_said(url):
    with pytest.raises(UsageError, match="is not a datastore"):
        open_datastore(url, None)


@pytest.mark.parametrize("url", ["file://data", "file://", "file:///a\0b"])
def test_a_relative_folder_is_refused(url):
    with pytest.raises(UsageError, match="is not a folder of this machine"):
        Local(url)


def test_a_folder_that_is_not_there_is_no_empty_one(tmp_path):
    with pytest.raises(EssError, match="there is no folder"):
        keys(Local(f"file://{tmp_path}/nowhere"))


def test_the_root_of_the_machine_is_a_folder_too(tmp_path):
    (tmp_path / "a").write_text("x")
    root = Local("file:///")
    assert root.url + "/" + f"{tmp_path}/a"[1:] == f"file://{tmp_path}/a"
    assert keys(root, f"{tmp_path}/"[1:]) == [f"{tmp_path}/a"[1:]]


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../a", "a/../b", "a//b", "a/", "./a", "a\0b", "\ud800"])
def test_a_key_cannot_lead_out_of_the_folder(store, key):
    for use in (store.stat, store.open, store.delete, lambda key: store.put(key, io.BytesIO(b"x"))):
        with pytest.raises(BadKeyError):
            use(key)


@pytest.mark.parametrize("prefix", ["/", "../", "../x", "a/../", "a//", "./", "a/./b", "a\0", "\ud800"])
def test_a_prefix_cannot_lead_out_of_the_folder(tmp_path, prefix):
    (tmp_path / "x").write_text("outside")
    (tmp_path / "inside" / "a").mkdir(parents=True)
    (tmp_path / "inside" / "a" / "b").write_text("x")
    assert keys(Local(f"file://{tmp_path}/inside"), prefix) == []


def test_links_are_followed_but_never_in_circles(tmp_path, store):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").write_text("x")
    (tmp_path / "a" / "up").symlink_to("..")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "link").symlink_to("a/file")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "itself").symlink_to("itself")
    assert keys(store) == ["a/file", "b/file", "link"]
    assert keys(store, "a/up/") == []


def test_only_files_are_files(tmp_path, store):
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(str(tmp_path / "plug"))
        (tmp_path / "folder").mkdir()
        (tmp_path / "null").symlink_to(os.devnull)
        assert keys(store) == []
        for key in ("fifo", "plug", "folder", "null"):
            with pytest.raises(NoFileError):
                store.open(key)


def test_a_folder_that_cannot_be_opened_is_said_after_the_rest(tmp_path, store, monkeypatch):
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
    scandir = os.scandir

    def refusing(path):
        if path.endswith(b"/b/"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    listing = store.list()
    assert [next(listing).key, next(listing).key] == ["a/file", "c/file"]
    with pytest.raises(UnreadableError, match=r"could not read '.*/b/': Permission denied") as caught:
        next(listing)
    assert caught.value.exit_code == 3


def test_a_prefix_reads_only_the_folders_it_leads_to(tmp_path, store, monkeypatch):
    for name in ("2013/01/x", "2014/01/x", "2014/02/x", "2014/02y", "2014/03/x"):
        store.put(name, io.BytesIO(b""))
    scandir, read = os.scandir, []

    def watched(path):
        read.append(os.path.relpath(path, os.fsencode(tmp_path)).decode())
        return scandir(path)

    monkeypatch.setattr(os, "scandir", watched)
    assert keys(store, "2014/02") == ["2014/02/x", "2014/02y"]
    assert read == ["2014", "2014/02"]


def test_files_being_written_are_not_seen(tmp_path, store):
    class Looking(io.BytesIO):
        def read(self, size=-1):
            self.seen = (keys(store), os.listdir(tmp_path))
            return super().read(size)

    source = Looking(b"abc")
    store.put("a", source)
    listed, there = source.seen
    assert listed == []
    assert len(there) == 1
    with pytest.raises(BadKeyError, match="ess keeps"):
        store.put(there[0], io.BytesIO())
    assert os.listdir(tmp_path) == ["a"]


def test_who_reads_the_old_file_is_not_disturbed(store):
    store.put("a", io.BytesIO(b"old"))
    with store.open("a") as stream:
        store.put("a", io.BytesIO(b"new"))
        assert stream.read() == b"old"


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path, store, monkeypatch):
    done, fsync = [], os.fsync

    def watched(handle):
        done.append((os.path.isdir(f"/proc/self/fd/{handle}"), os.path.exists(tmp_path / "a")))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    store.put("a", io.BytesIO(b"x"))
    assert done == [(False, False), (True, True)]


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path, store):
    store.put("a", io.BytesIO(b"x"))
    (tmp_path / "other").write_text("x")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_folder_in_the_way_is_said(tmp_path, store):
    store.put("a/b", io.BytesIO(b"x"))
    with pytest.raises(EssError, match="cannot write 'a'"):
        store.put("a", io.BytesIO(b"x"))
    with pytest.raises(EssError, match="cannot write 'a/b/c'"):
        store.put("a/b/c", io.BytesIO(b"x"))
    store.delete("a")
    assert keys(store) == ["a/b"]


def test_the_etag_knows_a_file_that_was_replaced_in_the_same_instant(tmp_path, store):
    path = tmp_path / "a"
    path.write_text("one")
    first, stamp = store.stat("a"), path.stat()
    path.write_text("two")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert store.stat("a").last_modified == first.last_modified
    assert store.stat("a").etag != first.etag


def test_a_deep_folder_is_walked(tmp_path, store):
    handle = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=handle)
        above, handle = handle, os.open("d", os.O_RDONLY, dir_fd=handle)
        os.close(above)
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=handle))
    os.close(handle)
    try:
        assert keys(store) == ["d/" * 1200 + "file"]
    finally:
        subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)  # pytest's own clean-up recurses too deep


def test_a_listing_keeps_only_names_of_the_folders_it_is_in(tmp_path, store):
    for folder in range(40):
        (tmp_path / str(folder)).mkdir()
        for file in range(250):
            os.close(os.open(tmp_path / str(folder) / f"{file}-{'x' * 100}", os.O_CREAT))
    next(store.list())
    tracemalloc.start()
    assert sum(1 for _ in store.list()) == 10_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000 * 100 / 4


@settings(max_examples=40)
@given(found=st.sets(paths, max_size=12), prefix=st.one_of(st.just(""), paths))
def test_any_tree_is_listed_in_order_and_by_any_prefix(tmp_path_factory, found, prefix):
    found = {key for key in found if not any(other.startswith(key + "/") for other in found)}
    store = Local(f"file://{tmp_path_factory.mktemp('tree')}")
    for key in found:
        store.put(key, io.BytesIO(b""))
    assert keys(store) == sorted(found, key=key_bytes)
    for start in (prefix, *(key[:length] for key in found for length in (1, len(key) // 2, len(key)))):
        assert keys(store, start) == sorted((key for key in found if key.startswith(start)), key=key_bytes)
