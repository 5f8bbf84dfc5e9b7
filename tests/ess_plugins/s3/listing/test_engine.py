"""The fast listing finds exactly what the plain one finds, whatever the keys are and whatever goes wrong."""

import marshal
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess_core.errors import EssError
from ess_plugins.s3.listing import engine
from ess_plugins.s3.listing import parallel as parallel_module
from ess_plugins.s3.listing.page import NO_DETAILS, Page
from ess_plugins.s3.listing.spool import Spool
from tests.fixtures.s3list import serving
from tests.fixtures.s3server.plan import Fault
from tests.fixtures.waiting import until

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
KEYS = st.sets(st.one_of(st.text("ab/01", min_size=1, max_size=8), NAMES), max_size=60)
WELL = {**dict.fromkeys(Fault, 0.0), "refuse": "", "latency_s": 0.0, "page_size": 10}
SPECIAL = [
    "//",
    "/lead",
    "a//b",
    "tail/",
    "%2F",
    "a+b c",
    "q?x=1&y#z",
    "<&>\"'",
    "[x]{y}*?",
    "--recursive",
    "\t\n\r\x01",
    "..",
    "back\\slash",
    "\U0001f600",
    "\uffee",
    "ü" * 510,
]
SHAPES = {
    "dated": lambda number: f"logs/2014/{number // 90:02}/{number // 30 % 30 + 1:02}/part-{number % 30:03}",
    "flat": lambda number: f"{(number * 2654435761) % 2**32:08x}",
    "one prefix": lambda number: f"big/raw/event-{number:012}",
    "special": lambda number: f"{number // 16:03}{SPECIAL[number % 16]}",
}
FAULTS = [
    {},
    {"slow_down": 0.01},
    {"slow_down": 0.05},
    {"slow_down": 0.2},
    {"cut": 0.05, "truncated": 0.05},
    {"cut": 0.2},
    {"truncated": 0.2},
    {"clipped": 0.1, "error_in_200": 0.1},
    {"dropped": 0.2},
]


@pytest.fixture(autouse=True)
def well(rig):
    """Each test begins with a server that does nothing wrong."""
    rig.plan(**WELL)
    rig.clear()


@pytest.fixture(scope="module", params=SHAPES)
def keys(request):
    """Keys of one shape: sixty pages of ten."""
    return {SHAPES[request.param](number): number for number in range(600)}


@pytest.mark.parametrize("faults", FAULTS, ids=str)
def test_it_is_what_the_plain_listing_finds(rig, keys, faults, listed, parallel, quick_pauses):
    rig.hold(keys)
    expected = listed(rig, fast=False)
    assert [row[0] for row in expected] == sorted(keys)
    rig.clear()
    rig.plan(**faults, latency_s=0.003)
    assert listed(rig) == expected
    assert rig.most_at_once > 4
    assert listed.stat.retries >= sum(seen.fault is not None for seen in rig.listings)


@pytest.mark.parametrize("prefix", ["", "logs/", "logs/2014/01", "big/raw/event-0000000001", "00", "nothing"])
@pytest.mark.parametrize("delimiter", ["", "/"])
def test_prefix_and_delimiter_narrow_it_as_s3_does(rig, keys, prefix, delimiter, listed, parallel):
    rig.hold(keys)
    assert listed(rig, prefix, delimiter) == listed(rig, prefix, delimiter, fast=False)


@given(
    keys=KEYS,
    prefix=st.sampled_from(["", "a", "a/"]),
    delimiter=st.sampled_from(["", "/"]),
    size=st.integers(1, 9),
)
@settings(max_examples=50)
def test_any_keys_are_listed_as_boto3_lists_them(rig, listed, parallel, keys, prefix, delimiter, size):
    rig.hold(keys)
    rig.plan(page_size=size)
    assert listed(rig, prefix, delimiter) == listed(rig, prefix, delimiter, fast=False)


def test_pages_that_come_quickly_are_asked_for_one_after_the_other(rig, listed, never_slow):
    rig.hold(map(str, range(300)))
    assert len(listed(rig)) == 300
    assert (rig.most_at_once, len(rig.listings)) == (1, 30)


def test_one_worker_is_one(rig, listed, parallel):
    rig.hold(map(str, range(300)))
    assert len(listed(rig, workers=1)) == 300
    assert rig.most_at_once == 1


def test_one_page_takes_one_request(rig, listed, parallel):
    rig.hold(map(str, range(10)))
    assert len(listed(rig)) == 10
    assert len(rig.listings) == 1


def test_a_level_that_is_listed_page_after_page_has_each_folder_once(rig, listed, never_slow):
    folders = [f"{number:02}/" for number in range(30)]
    rig.hold(folder + name for folder in folders for name in "ab")
    assert [row[0] for row in listed(rig, delimiter="/")] == folders


@pytest.mark.parametrize(("fault", "code"), [("slow_down", "SlowDown"), ("error_in_200", "InternalError")])
def test_a_server_that_stays_too_busy_is_named(rig, listed, parallel, quick_pauses, fault, code):
    rig.hold(["a"])
    rig.plan(**{fault: 1.0})
    with pytest.raises(EssError, match=rf"is too busy for bucket bucket \({code}\)"):
        listed(rig)


def test_a_refusal_in_the_middle_ends_the_listing(rig, listed, parallel):
    rig.hold(map(str, range(500)))
    rig.plan(latency_s=0.01)
    seen, first = [], threading.Lock()

    def refuse_from_now_on(rows):
        seen.extend(rows)
        if first.acquire(blocking=False):  # a thread may come here when the test is over
            rig.plan(refuse="AccessDenied")
        return b""

    with pytest.raises(EssError, match="not allowed to call ListObjectsV2 on s3://bucket/"):
        list(listed.opened(rig, pack=refuse_from_now_on).chunks())
    assert 0 < len(seen) < 500


def test_a_reader_that_stops_ends_the_workers(rig, listed, parallel):
    rig.hold(map(str, range(6000)))
    rig.plan(latency_s=0.02)
    chunks = listed.opened(rig, workers=8).chunks()
    next(chunks)
    next(chunks)
    chunks.close()
    so_far = len(rig.listings)
    time.sleep(0.4)
    assert len(rig.listings) <= so_far + 16  # those under way, and those whose answers are not noted yet


def test_a_server_with_an_order_of_its_own_is_listed_page_after_page(listed, parallel):
    with serving(map(str, range(100)), dialect="seaweed", page_size=10, latency_s=0.01) as other:
        assert len(listed(other)) == 100
        assert other.most_at_once == 1


@pytest.mark.parametrize("keys", [[], ["a"]])
def test_a_server_that_gives_the_same_page_again_is_not_asked_for_ever(rig, listed, monkeypatch, keys):
    page = Page([(key, *NO_DETAILS) for key in keys], [], is_truncated=True)
    monkeypatch.setattr(engine.Fetcher, "page", lambda *_: page)
    with pytest.raises(EssError, match="gives the same page of bucket bucket again and again"):
        listed(rig)


def test_seaweedfs_is_listed_whole(seaweed, listed, parallel):
    keys = {"log/a": b"1", "log-1": b"22", "log/b": b"3", "x": b""}
    found = listed(seaweed, bucket=seaweed.bucket(keys))
    assert {row[0]: int(row[3]) for row in found} == {key: len(body) for key, body in keys.items()}


def test_a_slow_reader_is_not_run_ahead_of_without_bound(rig, listed, parallel, monkeypatch):
    monkeypatch.setattr(parallel_module, "MOST_WAITING_BYTES", 3000)
    monkeypatch.setattr(parallel_module, "HEAD_CHUNKS", 2)
    rig.hold(f"{number:04}" for number in range(3000))
    opened = listed.opened(rig, workers=4)
    chunks = opened.chunks()
    rows = [*marshal.loads(next(chunks)), *marshal.loads(next(chunks))]
    time.sleep(0.3)  # three hundred pages take less
    assert len(rig.listings) < 60
    for chunk in chunks:
        rows += marshal.loads(chunk)
    assert [row[0] for row in rows] == [f"{number:04}" for number in range(3000)]


def test_what_a_slow_reader_has_not_read_waits_on_disk(rig, listed, parallel, monkeypatch):
    spool = Spool(memory_bytes=0)
    monkeypatch.setattr(parallel_module, "Spool", lambda: spool)
    monkeypatch.setattr(parallel_module, "HEAD_CHUNKS", 2)
    rig.hold(f"{number:04}" for number in range(1000))
    chunks = listed.opened(rig, workers=2).chunks()
    next(chunks)
    page_bytes = len(next(chunks))
    until(lambda: len(rig.listings) >= 100)
    assert spool.waiting_bytes > 50 * page_bytes
    assert spool.held_bytes < 8 * page_bytes
    chunks.close()
