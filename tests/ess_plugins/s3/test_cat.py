"""`s3 cat`: objects as they are, whole or a part of each, one after the other."""

import bz2
import gzip
import random
import subprocess

import pytest

from ess_plugins.s3 import objects
from ess_plugins.s3.reading import patience
from tests.fixtures.s3server.objects import Stored

BODY = bytes(range(256)) * 4
OBJECTS = {
    "a.bin": BODY,
    "b/one": b"one\n",
    "b/two": b"two\n",
    "b/c/three": b"three\n",
    "b/*": b"star\n",
    "empty": b"",
    "odd \n[1]": b"odd\n",
}


@pytest.fixture
def cat(s3list, here):
    """What `cat` prints of objects in `bucket`, as bytes; it must end well."""
    s3list(OBJECTS)

    def cat(*words):
        done = here("s3", "cat", *words)
        assert done.returncode == 0, done.stderr
        return _bytes(done)

    return cat


def _bytes(done):
    return done.stdout.encode("utf-8", "surrogateescape")


def test_an_object_is_printed_byte_by_byte(cat):
    assert cat("bucket/a.bin") == BODY
    assert cat("s3://bucket/a.bin") == BODY
    assert cat("bucket/empty") == b""


def test_several_are_printed_in_the_order_they_are_named(cat):
    assert cat("bucket/b/two", "bucket/empty", "bucket/b/one", "bucket/b/two") == b"two\none\ntwo\n"


def test_a_glob_stands_for_what_it_matches_in_the_order_of_keys(cat):
    assert cat("bucket/b/*") == b"star\none\ntwo\n"
    assert cat("bucket/b/**") == b"star\nthree\none\ntwo\n"
    assert cat("bucket/b/t?o", "bucket/b/one") == b"two\none\n"


def test_literal_takes_a_key_as_it_is(cat):
    assert cat("bucket/b/*", "--literal") == b"star\n"
    assert cat("bucket/odd \n[1]", "--literal") == b"odd\n"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--head", "10"], BODY[:10]),
        (["--head", "0"], b""),
        (["--head", "1M"], BODY),
        (["--tail", "10"], BODY[-10:]),
        (["--tail", "0"], b""),
        (["--tail", "1k"], BODY),
        (["--tail", "1G"], BODY),
        (["--range", "0-0"], BODY[:1]),
        (["--range", "10-19"], BODY[10:20]),
        (["--range", "1000-"], BODY[1000:]),
        (["--range", "1000-9999"], BODY[1000:]),
    ],
)
def test_a_part_is_what_was_asked_for(cat, words, part):
    assert cat("bucket/a.bin", *words) == part


def test_head_and_tail_are_of_each_object(cat):
    assert cat("bucket/b/one", "bucket/empty", "bucket/b/two", "--head", "1") == b"ot"
    assert cat("bucket/b/one", "bucket/empty", "bucket/b/two", "--tail", "2") == b"e\no\n"


def test_the_end_of_an_object_that_changes_meanwhile_is_no_mixture(s3list, here, monkeypatch):
    rig, ask = s3list({"a": 1000}), objects.metadata

    def change_after(source):
        found = ask(source)
        rig.hold({"a": 2000})
        return found

    monkeypatch.setattr(objects, "metadata", change_after)
    done = here("s3", "cat", "bucket/a", "--tail", "10")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ess: s3://bucket/a was changed while it was read")


def test_the_first_bytes_cost_those_bytes(s3list, here):
    rig = s3list({"large": 50_000_000})
    assert _bytes(here("s3", "cat", "bucket/large", "--head", "4")) == b"abcd"
    assert [seen.request.headers["range"] for seen in rig.requests] == ["bytes=0-3"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["bucket"], "'bucket' names a bucket and no object in it"),
        (["bucket/"], "'bucket/' names a bucket and no object in it"),
        (["bucket/[a"], "the pattern '[a' has a [ without its ]"),
        (["bucket/a", "--head", "x"], "'x' is not a number of bytes"),
        (["bucket/a", "--head", "-1"], "--head"),
        (["bucket/a", "--range", "5"], "'5' is not a range"),
        (["bucket/a", "--range", "5-4"], "'5-4' ends before it begins"),
        (["bucket/a", "--head", "5", "--tail", "5"], "not allowed with"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(s3list, here, words, message):
    rig = s3list(OBJECTS)
    done = here("s3", "cat", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert rig.requests == []


@pytest.mark.parametrize(
    ("word", "code", "message"),
    [
        ("bucket/nosuch", 1, "ess: there is no object 'nosuch' in bucket bucket at http://127"),
        ("nosuch-bucket/a", 1, "ess: there is no bucket nosuch-bucket at http://127"),
        ("nosuch-bucket/*", 1, "ess: there is no bucket nosuch-bucket at http://127"),
        ("bucket/x*", 4, "ess: nothing in bucket matches 'x*'\nhint: --literal takes"),
    ],
)
def test_what_is_not_there_ends_it_after_what_came_before(s3list, here, word, code, message):
    s3list(OBJECTS)
    done = here("s3", "cat", "bucket/b/one", word, "bucket/b/two")
    assert (done.returncode, done.stdout) == (code, "one\n")
    assert done.stderr.startswith(message)


PLAIN = bytes(range(256)) * 4000
PACKED = {"a.gz": gzip.compress(PLAIN), "b.txt": bz2.compress(b"two\n"), "c.gz": b"not packed\n", "d": b""}


def test_decompress_goes_by_the_data_and_not_by_the_name(s3list, here):
    s3list(PACKED)
    done = here("s3", "cat", "bucket/*", "--decompress")
    assert _bytes(done) == PLAIN + b"two\nnot packed\n"


def test_head_of_decompressed_data_counts_what_is_printed(s3list, here):
    s3list(PACKED)
    done = here("s3", "cat", "bucket/*", "--decompress", "--head", "3")
    assert _bytes(done) == PLAIN[:3] + b"twonot"
    assert _bytes(here("s3", "cat", "bucket/a.gz", "--decompress", "--head", "1G")) == PLAIN


def test_head_of_decompressed_data_leaves_the_rest_where_it_is(s3list, here):
    rig = s3list({"large.gz": gzip.compress(random.Random(1).randbytes(20_000_000), 1)})
    assert len(_bytes(here("s3", "cat", "bucket/large.gz", "--decompress", "--head", "100"))) == 100
    assert len(rig.requests) == 1


def test_compressed_data_that_ends_too_early_gives_what_is_good_and_an_error(s3list, here):
    s3list({"cut.gz": gzip.compress(random.Random(1).randbytes(500_000))[:300_000]})
    done = here("s3", "cat", "bucket/cut.gz", "--decompress")
    assert done.returncode == 1
    assert len(_bytes(done)) > 250_000
    assert "s3://bucket/cut.gz" in done.stderr


@pytest.mark.parametrize("words", [["--tail", "5"], ["--range", "0-5"]])
def test_the_end_of_compressed_data_cannot_be_asked_for(s3list, here, words):
    rig = s3list(PACKED)
    done = here("s3", "cat", "bucket/a.gz", "--decompress", *words)
    assert (done.returncode, rig.requests) == (2, [])
    assert "hint: compressed data can only be read from its start" in done.stderr


COLD = [
    Stored("a", body=b"a\n"),
    Stored("b", body=b"b\n", storage_class="GLACIER"),
    Stored("c", body=b"c\n", storage_class="DEEP_ARCHIVE", restored=Stored("x").last_modified),
    Stored("d", body=b"d\n", storage_class="GLACIER_IR"),
    Stored("e", body=b"e\n", storage_class="DEEP_ARCHIVE", restoring=True),
]


def test_archived_objects_are_skipped_with_a_warning_and_a_count(s3list, here):
    s3list(COLD)
    done = here("s3", "cat", "bucket/*")
    assert (done.returncode, done.stdout) == (3, "a\nc\nd\n")
    assert done.stderr.splitlines()[:3] == [
        "ess: warning: skipped: s3://bucket/b is archived and not restored",
        "ess: warning: skipped: s3://bucket/e is archived and not restored",
        "ess: 2 of 5 objects are archived and not restored, and were skipped",
    ]


def test_where_all_are_archived_nothing_is_done(s3list, here):
    s3list(COLD)
    assert here("s3", "cat", "bucket/b").returncode == 1


def test_an_object_that_cannot_be_read_to_its_end_is_an_error(s3list, here, monkeypatch):
    monkeypatch.setattr(patience, "TRIES", 1)
    s3list({"large": 3_000_000}, script=("cut",))
    done = here("s3", "cat", "bucket/large")
    assert done.returncode == 1
    assert len(done.stdout) < 3_000_000
    assert "ess: s3://bucket/large at http://127.0.0.1" in done.stderr
    assert " cannot be read on from byte " in done.stderr


def test_many_small_objects_are_asked_for_before_it_is_their_turn(s3list, here):
    rig = s3list({f"{number:03}": f"{number}\n".encode() for number in range(60)}, latency_s=0.02)
    assert here("s3", "cat", "bucket/*").stdout.split() == [str(number) for number in range(60)]
    assert rig.most_at_once > 2


def test_a_reader_that_has_enough_ends_it_quietly(s3list, ess):
    s3list({"large": 30_000_000})
    child = ess.start("s3", "cat", "bucket/large")
    assert child.stdout.read(4) == "abcd"
    child.stdout.close()
    assert child.wait(timeout=20) == 141
    assert child.stderr.read() == ""


def test_a_large_object_goes_through_a_pipe_whole(s3list, ess):
    s3list({"large": 40_000_003}, cut=0.1, truncated=0.1, seed=3)
    child = subprocess.Popen(
        ess._command(("s3", "cat", "bucket/large")), env=ess.env, cwd=ess.cwd, stdout=subprocess.PIPE
    )
    read, _ = child.communicate(timeout=60)
    assert child.returncode == 0
    assert read == Stored("large", 40_000_003).part(0, 40_000_003)
