"""An object is read whole, in order and exactly, whatever the connection does, or an error says why not."""

import contextlib
import http.server
import itertools
import queue
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import boto3
import pytest
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

from ess_core.errors import EssError
from ess_core.files import ChangedError
from ess_plugins.s3.failures import ArchivedError, NoBucketError, NoObjectError
from ess_plugins.s3.reading import fetch, pace, patience, stream
from ess_plugins.s3.reading.ahead import in_order
from ess_plugins.s3.reading.fetch import OutOfRangeError, Source
from ess_plugins.s3.reading.pace import at_pace
from ess_plugins.s3.reading.stream import ObjectStream
from tests.fixtures.s3list import serving
from tests.fixtures.s3server.objects import Stored

KEY = "a//b/ü *?[x]"
PART, CHUNK = 1000, 300


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Parts so small that an object of some kB has many, read ahead as of a slow server, and no waiting."""
    monkeypatch.setattr(stream, "QUICK_BYTES_PER_S", float("inf"))
    monkeypatch.setattr(stream, "FIRST_BYTES", PART)
    monkeypatch.setattr(stream, "PART_BYTES", PART)
    monkeypatch.setattr(fetch, "CHUNK_BYTES", CHUNK)
    monkeypatch.setattr(patience, "FIRST_PAUSE_S", 0)


def _open(rig, start=0, end=None, key=KEY, bucket="bucket"):
    return ObjectStream(Source(rig.client(), bucket, key), start, end)


def _body(size):
    return Stored(KEY, size).part(0, size)


@pytest.mark.parametrize("size", [0, 1, CHUNK, PART - 1, PART, PART + 1, 25 * PART + 7])
def test_it_is_read_whole_and_knows_size_and_etag(s3list, size):
    rig = s3list({KEY: size})
    with _open(rig) as file:
        assert file.read() == _body(size)
        assert file.read(5) == b""
        assert file.size == size
        assert not size or file.etag == rig.client().head_object(Bucket="bucket", Key=KEY)["ETag"].strip('"')


@settings(max_examples=30)
@given(st.data())
def test_any_range_is_what_a_slice_would_be_however_it_is_read(data):
    size = data.draw(st.integers(0, 4 * PART))
    start = data.draw(st.integers(0, max(0, size - 1)))
    end = data.draw(st.none() | st.integers(start, size + 10))
    pieces = data.draw(st.integers(1, 2 * PART))
    with serving({KEY: size}) as rig, _open(rig, start, end) as file:
        read = b"".join(iter(lambda: file.read(pieces), b""))
    assert read == _body(size)[start:end]


def test_a_buffer_is_filled_as_of_any_file(s3list):
    with _open(s3list({KEY: PART + 5})) as file:
        buffer = bytearray(7)
        assert file.readinto(buffer) == 7
        assert bytes(buffer) + file.readall() == _body(PART + 5)


def test_a_small_object_costs_one_request(s3list):
    rig = s3list({KEY: PART})
    _open(rig).read()
    assert len(rig.requests) == 1


def test_parts_of_a_large_object_come_at_the_same_time(s3list):
    rig = s3list({KEY: 40 * PART}, latency_s=0.02)
    assert _open(rig).read() == _body(40 * PART)
    assert 2 <= rig.most_at_once <= stream.PARTS_AHEAD


def test_where_one_connection_is_quick_it_is_the_only_one(s3list, monkeypatch):
    monkeypatch.setattr(stream, "QUICK_BYTES_PER_S", 0)
    monkeypatch.setattr(stream, "WINDOW_BYTES", PART)
    rig = s3list({KEY: 35 * PART})
    assert _open(rig).read() == _body(35 * PART)
    assert len(rig.requests) == 2


def test_where_it_turns_slow_the_rest_is_read_ahead(s3list, monkeypatch):
    pause_s, some = [0.0], fetch._some

    def slower(body, most):
        time.sleep(pause_s[0])
        return some(body, most)

    monkeypatch.setattr(fetch, "_some", slower)
    monkeypatch.setattr(stream, "QUICK_BYTES_PER_S", 10_000)
    monkeypatch.setattr(stream, "WINDOW_BYTES", 2 * PART)
    rig = s3list({KEY: 25 * PART})
    with _open(rig) as file:
        start = file.read(PART)
        pause_s[0] = 0.05
        assert start + file.read() == _body(25 * PART)
    starts = [int(seen.request.headers["range"][6:].partition("-")[0]) for seen in rig.requests]
    assert {0, PART} <= set(starts)  # answered in any order
    assert len(starts) > 20


@pytest.fixture
def clock(monkeypatch):
    """What paces are measured by; it goes on where a test says so."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(pace, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    return clock


@pytest.fixture
def paced(clock):
    """How many of the chunks come at the pace, and what is said at the end."""

    def paced(chunks, pauses_s=(), **limits):
        def come():
            for chunk, pause_s in itertools.zip_longest(chunks, pauses_s, fillvalue=0):
                clock.now += pause_s
                yield chunk

        given, count = at_pace(come(), **limits), 0
        while True:
            try:
                next(given)
            except StopIteration as end:
                return count, end.value
            count += 1

    return paced


def test_chunks_come_until_some_in_a_row_were_slow(paced):
    limits = {"window_bytes": 200, "least_bytes_per_s": 2_000}
    chunks = [b"x" * 100] * 9
    assert paced(chunks, **limits) == (9, True)
    assert paced(chunks, [0.3], **limits) == (9, True)
    assert paced(chunks, [0, 0, 0.2], **limits) == (3, False)
    assert paced(chunks, [0] * 8 + [0.2], **limits) == (9, False)
    assert paced(chunks, [0, 0.2], window_bytes=float("inf"), least_bytes_per_s=5_000) == (9, False)


def test_the_time_that_the_reader_takes_is_not_the_servers(clock):
    came = 0
    for _chunk in at_pace(iter([b"x" * 1000] * 5), 2000, 20_000):
        clock.now += 0.06
        came += 1
    assert came == 5


def test_who_stops_early_has_asked_for_little_more(s3list):
    rig = s3list({KEY: 100 * PART})
    with _open(rig) as file:
        file.read(10)
    assert len(rig.requests) == 1
    with _open(rig) as file:
        for _ in range(2 * PART // CHUNK):
            file.read(CHUNK)
    time.sleep(0.1)
    assert len(rig.requests) <= 1 + 1 + 4


def test_a_reader_that_is_slow_holds_a_few_parts_only(s3list):
    rig = s3list({KEY: 100 * PART})
    file = _open(rig)
    taken = sum(len(file.read(CHUNK)) for _ in range(60))
    time.sleep(0.2)
    asked = max(int(seen.request.headers["range"].partition("-")[2]) for seen in rig.requests)
    assert asked - taken <= (stream.PARTS_AHEAD + 1) * PART
    file.close()


def test_closing_it_ends_the_reading_ahead(s3list, monkeypatch):
    ended = threading.Event()

    def endless(_parts, _read, _most):
        try:
            yield from itertools.repeat(b"x")
        finally:
            ended.set()

    monkeypatch.setattr(stream, "in_order", endless)
    file = _open(s3list({KEY: 100 * PART}))
    assert [file.read(CHUNK) for _ in range(2 * PART // CHUNK)]
    file.close()
    assert ended.is_set()


def test_no_thread_reads_on_when_nobody_takes_what_it_reads():
    closed = queue.SimpleQueue()

    def endless(part):
        try:
            while True:
                yield b"x"
                time.sleep(0.001)
        finally:
            closed.put(part)

    taken = in_order([1, 2, 3, 4], endless, 2)
    assert next(taken) == b"x"
    taken.close()
    assert sorted(closed.get(timeout=5) for _ in range(2)) == [1, 2]


@pytest.mark.parametrize("fault", ["cut", "truncated", "clipped", "slow_down", "dropped", "error_in_200"])
def test_a_connection_that_fails_is_taken_up_where_it_broke(s3list, fault):
    rig = s3list({KEY: 10 * PART})
    rig.plan(script=(None, *[fault, None] * 10))
    assert _open(rig).read() == _body(10 * PART)
    assert {seen.fault for seen in rig.requests} == {None, fault}
    assert all("if-match" in seen.request.headers for seen in rig.requests[1:])


def test_any_number_of_cuts_is_fine_as_long_as_something_comes(s3list, monkeypatch):
    monkeypatch.setattr(stream, "FIRST_BYTES", 100 * PART)
    rig = s3list({KEY: 100 * PART}, script=("cut",) * (2 * patience.TRIES))
    assert _open(rig).read() == _body(100 * PART)
    assert len(rig.requests) > patience.TRIES


@pytest.mark.parametrize("fault", ["cut", "truncated", "clipped", "slow_down", "error_in_200"])
def test_already_the_first_answer_may_fail(s3list, fault):
    rig = s3list({KEY: PART // 2}, script=(fault,))
    assert _open(rig).read() == _body(PART // 2)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.4])
def test_many_failures_of_all_kinds_change_nothing(s3list, share):
    shares = dict.fromkeys(("cut", "truncated", "clipped", "slow_down"), share / 4)
    rig = s3list({KEY: 60 * PART}, **shares)
    assert _open(rig).read() == _body(60 * PART)


def test_a_server_that_ignores_ranges_is_read_once_from_its_start(s3list, monkeypatch):
    from tests.fixtures.s3server import answers

    part = answers._part
    monkeypatch.setattr(answers, "_part", lambda one, _asked: part(one, ""))
    rig = s3list({KEY: 5 * PART}, script=("cut",))
    assert _open(rig).read() == _body(5 * PART)
    assert len(rig.requests) == 2
    assert _open(rig, 50, 70).read() == _body(5 * PART)[50:70]
    with pytest.raises(OutOfRangeError, match="has 5000 bytes"):
        _open(rig, 5 * PART)


def test_an_object_that_changes_while_it_is_read_is_an_error(s3list):
    rig = s3list({KEY: 5 * PART})
    with _open(rig) as file:
        file.read(10)
        rig.hold({KEY: 6 * PART})
        with pytest.raises(ChangedError, match="was changed while it was read"):
            file.read()


def test_an_object_that_goes_while_it_is_read_is_an_error(s3list):
    rig = s3list({KEY: 5 * PART})
    with _open(rig) as file:
        file.read(10)
        rig.hold({})
        with pytest.raises(ChangedError):
            file.read()


def test_a_server_that_ignores_if_match_cannot_mix_two_objects(s3list, monkeypatch):
    from tests.fixtures.s3server import answers

    whole = answers._object
    rig = s3list({KEY: 5 * PART})
    blind = lambda request, bucket: whole(  # noqa: E731
        replace(request, headers={k: v for k, v in request.headers.items() if k != "if-match"}), bucket
    )
    monkeypatch.setattr(answers, "_object", blind)
    with _open(rig) as file:
        file.read(10)
        rig.hold({KEY: 6 * PART})
        with pytest.raises(ChangedError):
            file.read()


def test_a_connection_that_never_holds_is_given_up_with_the_place(s3list):
    rig = s3list({KEY: 5 * PART})
    with _open(rig) as file:
        file.read(10)
        rig.plan(dropped=1.0)
        with pytest.raises(EssError, match=r"cannot be read on from byte \d+: .* \(6 times in a row\)"):
            file.read()


def test_what_cannot_be_read_is_told_apart(s3list):
    rig = s3list([Stored(KEY, 5), Stored("cold", 5, storage_class="DEEP_ARCHIVE")])
    with pytest.raises(
        NoObjectError, match=f"there is no object 'nosuch' in bucket bucket at {rig.endpoint}"
    ):
        _open(rig, key="nosuch")
    with pytest.raises(NoBucketError, match="there is no bucket nosuch-bucket at"):
        _open(rig, bucket="nosuch-bucket")
    with pytest.raises(ArchivedError, match="s3://bucket/cold is archived"):
        _open(rig, key="cold")
    with pytest.raises(OutOfRangeError, match="there is nothing from byte 5 on"):
        _open(rig, start=5)


def test_a_bucket_elsewhere_is_followed_to_its_region(s3list):
    rig = s3list()
    rig.hold({KEY: 3 * PART}, region="eu-central-1")
    assert _open(rig).read() == _body(3 * PART)


@contextlib.contextmanager
def _stalling(body):
    """A server of ``body`` that sends half of its first answer and no more; the next ones are whole."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            asked.append(self.headers["Range"])
            start, end = (int(number) for number in asked[-1].removeprefix("bytes=").split("-"))
            part = body[start : end + 1]
            self.send_response(206)
            self.send_header("ETag", '"e"')
            self.send_header("Content-Range", f"bytes {start}-{start + len(part) - 1}/{len(body)}")
            self.send_header("Content-Length", str(len(part)))
            self.end_headers()
            self.wfile.write(part if len(asked) > 1 else part[: len(part) // 2])
            if len(asked) == 1:
                over.wait(10)

        def log_message(self, *_args):
            """Say nothing."""

    over = threading.Event()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_server_that_falls_silent_is_asked_again():
    body = _body(PART)
    with _stalling(body) as (endpoint, asked):
        config = Config(read_timeout=0.3, retries={"total_max_attempts": 1})
        s3 = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", config=config)
        assert ObjectStream(Source(s3, "bucket", "key")).read() == body
    assert asked[0] == f"bytes=0-{PART - 1}"
    assert len(asked) == 2
    assert 0 < int(asked[1].removeprefix("bytes=").partition("-")[0]) <= PART // 2
