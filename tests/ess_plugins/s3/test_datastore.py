"""The datastore on a bucket keeps what every datastore promises, and what only S3 has to."""

import io
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import pytest

from ess_core.cloud import Cloud
from ess_core.conf import load
from ess_core.errors import EssError, UsageError
from ess_core.files import BadKeyError, open_datastore
from ess_core.files.levels import level
from ess_core.files.removing import delete_all
from ess_core.host.plugins import Host
from ess_core.registry import REGISTRY
from ess_plugins.s3 import writing
from ess_plugins.s3.datastore import Store
from tests.ess_core.files.datastore_suite import ODD, DatastoreSuite

NUMBERS = itertools.count()
CLOUDS = {}  # with their clients, which take long to make


@pytest.fixture
def cloud(sandbox, ess, monkeypatch):
    """AWS as the sandbox's configuration says."""
    for name, value in sandbox.env.items():
        monkeypatch.setenv(name, value)
    return CLOUDS.setdefault(sandbox.endpoint, Cloud(load()))


@pytest.fixture
def store(sandbox, cloud):
    """An empty bucket of its own."""
    owner, name = sandbox.client("s3"), f"store-{next(NUMBERS)}"
    owner.create_bucket(Bucket=name)
    made = Store(f"s3://{name}", cloud)
    yield made
    for file in made.list():
        made.delete(file.key)
    owner.delete_bucket(Bucket=name)


class TestS3(DatastoreSuite):
    ODD_KEYS: ClassVar = (*ODD, "a//b", "/a", "a/", "a/../b", "./a", "?versions", "k" * 1024)

    @pytest.fixture
    def store(self, store):
        return store


@pytest.fixture
def plugins(monkeypatch):
    """What plugins give, for this test only."""
    monkeypatch.setattr(REGISTRY, "entries", [])
    Host().load(None, without="--no-plugins")


def test_it_is_found_by_its_url(cloud, plugins):
    store = open_datastore("s3://some-bucket", cloud)
    assert isinstance(store, Store)
    assert store.url == "s3://some-bucket"


def test_a_folder_of_a_bucket_is_a_datastore(cloud, store, plugins):
    for key in ("logs/a", "logs/2014/b", "logs2/c", "logs/"):
        store.put(key, io.BytesIO(b"1"))
    for url in (f"{store.url}/logs", f"{store.url}/logs/"):
        folder = open_datastore(url, cloud)
        assert folder.url == f"{store.url}/logs"
        assert [file.key for file in folder.list()] == ["2014/b", "a"]
        assert [one.key for one in level(folder)] == ["2014/", "a"]
        assert folder.stat("2014/b").size == 1
    assert open_datastore(f"{store.url}/", cloud).url == store.url


def test_a_level_takes_one_request_however_much_is_below(s3list):
    rig = s3list({f"logs/{number}": 1 for number in range(20)}, page_size=2)
    assert [one.key for one in level(Store(f"s3://{rig.bucket}", Cloud(load())))] == ["logs/"]
    assert len(rig.requests) == 1


def test_making_one_asks_nothing(sandbox, cloud):
    Store("s3://some-bucket", Cloud(load()))
    assert sandbox.calls() == []


@pytest.mark.parametrize("url", ["s3://", "s3:///a", "s3://bucket/folder"])
def test_what_is_no_bucket_is_refused(cloud, url):
    with pytest.raises(UsageError):
        Store(url, cloud)


@pytest.mark.parametrize("key", ["", "k" * 1025, "ä" * 513, "\udcff"])
def test_what_can_be_no_key_is_refused(store, key):
    for call in (store.stat, store.open, store.delete, lambda key: store.put(key, io.BytesIO())):
        with pytest.raises(BadKeyError):
            call(key)


def test_no_bucket_is_said_by_every_call(cloud):
    store = Store("s3://nosuch-bucket", cloud)
    for call in (
        lambda: list(store.list()),
        lambda: store.stat("a"),
        lambda: store.open("a"),
        lambda: store.put("a", io.BytesIO()),
        lambda: store.delete("a"),
        lambda: delete_all(store, ["a"]),
    ):
        with pytest.raises(EssError, match="there is no bucket nosuch-bucket at"):
            call()


def test_many_are_deleted_with_few_requests_also_what_no_list_of_keys_can_name(store, sandbox):
    keys = [f"{number:04}" for number in range(1001)] + ["a\nb", "a\rb"]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda key: store.put(key, io.BytesIO()), [*keys, "kept"]))
    sandbox.door.clear_calls()
    delete_all(store, keys)
    counts = sandbox.counts()
    assert (counts["s3:DeleteObjects"], counts["s3:DeleteObject"]) == (2, 2)
    assert [file.key for file in store.list()] == ["kept"]


@pytest.mark.parametrize("code", ["SlowDown", "AccessDenied"])
def test_what_a_request_for_many_leaves_is_tried_by_itself(store, sandbox, monkeypatch, code):
    for key in ("a", "b", "c"):
        store.put(key, io.BytesIO())
    real = store.s3.delete_objects

    def but_one(Bucket, Delete):  # noqa: N803 - boto3's names
        others = [one for one in Delete["Objects"] if one["Key"] != "b"]
        refused = {"Key": "b", "Code": code, "Message": "no"}
        return real(Bucket=Bucket, Delete={**Delete, "Objects": others}) | {"Errors": [refused]}

    monkeypatch.setattr(store.s3, "delete_objects", but_one)
    sandbox.door.clear_calls()
    delete_all(store, ["a", "b", "c"])
    assert sandbox.counts()["s3:DeleteObject"] == 1
    assert list(store.list()) == []


def test_what_cannot_be_deleted_is_said(store, sandbox):
    store.put("a\nb", io.BytesIO())
    sandbox.plan(errors=[{"action": "DeleteObject", "code": "AccessDenied", "http": 403}])
    with pytest.raises(EssError, match="not allowed to call DeleteObject"):
        delete_all(store, ["a\nb"])


SMALLEST_PART = 5 * 1024 * 1024
LARGE = bytes(range(251)) * (3 * SMALLEST_PART // 251)


def test_what_is_large_is_put_in_parts_and_read_as_one(store, sandbox, monkeypatch):
    monkeypatch.setattr(writing, "PART_BYTES", SMALLEST_PART)
    sandbox.door.clear_calls()
    store.put("large", io.BytesIO(LARGE))
    counts = sandbox.counts()
    assert (counts["s3:UploadPart"], counts["s3:PutObject"]) == (3, 0)
    with store.open("large") as stream:
        assert stream.read() == LARGE


class Ending(io.BytesIO):
    """A source that breaks after some bytes."""

    def __init__(self, good):
        super().__init__(b"x" * good)

    def read(self, size=-1):
        found = super().read(size)
        if not found:
            raise ConnectionResetError("gone")
        return found


def test_parts_of_a_put_that_fails_are_not_left_to_be_paid_for(store, sandbox, monkeypatch):
    monkeypatch.setattr(writing, "PART_BYTES", SMALLEST_PART)
    with pytest.raises(ConnectionResetError, match="gone"):
        store.put("large", Ending(2 * SMALLEST_PART))
    assert "Uploads" not in sandbox.client("s3").list_multipart_uploads(Bucket=store.bucket)
    assert sandbox.counts()["s3:AbortMultipartUpload"] == 1
    assert list(store.list()) == []


def test_parts_grow_so_that_ten_thousand_hold_what_s3_takes():
    sizes = [writing.PART_BYTES << (number // writing.PARTS_OF_A_SIZE) for number in range(10_000)]
    assert sum(sizes) > 5 * 1024**4
    assert max(sizes) <= 5 * 1024**3


def test_parts_grow_as_there_are_more_of_them(monkeypatch):
    monkeypatch.setattr(writing, "PART_BYTES", 1)
    monkeypatch.setattr(writing, "PARTS_OF_A_SIZE", 2)
    parts = list(writing._parts(b"a", io.BytesIO(b"x" * 10)))
    assert [(number, len(part)) for number, part in parts] == [(1, 1), (2, 1), (3, 2), (4, 2), (5, 4), (6, 1)]


def test_a_source_that_gives_little_at_a_time_is_put_whole(store):
    class Trickle(io.RawIOBase):
        left = 1000

        def readable(self):
            return True

        def readinto(self, buffer):
            buffer[: min(7, self.left)] = b"x" * min(7, self.left)
            given, self.left = min(7, self.left), self.left - min(7, self.left)
            return given

    store.put("a", Trickle())
    assert store.stat("a").size == 1000


def test_several_threads_may_ask_at_once(cloud, sandbox):
    store, found = Store("s3://essentia-samples", cloud), []
    threads = [threading.Thread(target=lambda: found.append(list(store.list("orders")))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(len(one) == 3 for one in found)
