"""The S3 of the tests itself: boto3 reads it as it reads S3, and its faults are what they are said to be."""

import http.client
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fixtures.s3list import serving
from tests.fixtures.s3server.dialects import DIALECTS
from tests.fixtures.s3server.objects import Stored
from tests.fixtures.s3server.plan import Fate, Fault, Plan

ODD = [
    "//",
    "/a",
    "%2F",
    "a+b c",
    "a/",
    "a//b",
    "a/b",
    "q?x=1&y#z",
    "<&>",
    "back\\slash",
    "\t\n\r",
    "é日本😀",
]
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
KEYS = st.sets(st.one_of(st.sampled_from(ODD), NAMES, st.text("ab/", min_size=1, max_size=5)), max_size=20)
WHEN = datetime(2026, 11, 26, 1, 2, 3, 456000, tzinfo=UTC)


@pytest.fixture(scope="module")
def rigs():
    """One server of each dialect, with three keys a page."""
    with serving(page_size=3) as aws, serving(dialect="seaweed", page_size=3) as seaweed:
        yield {rig: rig.client() for rig in (aws, seaweed)}


def pages_of(client, **asked):
    return list(client.get_paginator("list_objects_v2").paginate(Bucket="bucket", **asked))


def named(pages, what="Contents", name="Key"):
    return [item[name] for page in pages for item in page.get(what, ())]


@given(keys=KEYS, prefix=st.sampled_from(["", "a", "a/", "//"]))
@settings(max_examples=40)
def test_boto3_finds_every_key_in_the_order_of_its_bytes(rigs, keys, prefix):
    expected = sorted((key for key in keys if key.startswith(prefix)), key=str.encode)
    for rig, client in rigs.items():
        rig.hold(keys)
        assert named(pages_of(client, Prefix=prefix)) == expected
        if expected:
            after = expected[len(expected) // 2]
            assert (
                named(pages_of(client, Prefix=prefix, StartAfter=after))
                == expected[expected.index(after) + 1 :]
            )


@given(keys=KEYS)
@settings(max_examples=40)
def test_a_delimiter_rolls_up_what_is_below_it_once(rigs, keys):
    for rig, client in rigs.items():
        rig.hold(keys)
        pages = pages_of(client, Delimiter="/", Prefix="a")
        below = [key for key in keys if key.startswith("a")]
        assert named(pages) == sorted(key for key in below if "/" not in key)
        assert named(pages, "CommonPrefixes", "Prefix") == sorted(
            {key[: key.index("/") + 1] for key in below if "/" in key}
        )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_object_has_all_that_was_given(s3list, dialect):
    one = Stored("a", 7, WHEN, "GLACIER", restored=WHEN)
    client = s3list([one], dialect).client()
    (item,) = client.list_objects_v2(Bucket="bucket", FetchOwner=True)["Contents"]
    milliseconds = 0 if dialect == "seaweed" else 456000
    assert item["LastModified"] == WHEN.replace(microsecond=milliseconds)
    assert (item["Size"], item["StorageClass"], item["ETag"]) == (7, "GLACIER", f'"{one.etag}"')
    assert item["Owner"]["DisplayName"] == "owner"
    head = client.head_object(Bucket="bucket", Key="a")
    assert (head["ContentLength"], head["StorageClass"]) == (7, "GLACIER")
    assert head["Restore"].startswith('ongoing-request="false"')


def test_restores_are_listed_only_where_asked_for(s3list):
    client = s3list([Stored("a", 1, storage_class="GLACIER", restoring=True)]).client()
    asked = client.list_objects_v2(Bucket="bucket", OptionalObjectAttributes=["RestoreStatus"])
    assert asked["Contents"][0]["RestoreStatus"] == {"IsRestoreInProgress": True}
    assert "RestoreStatus" not in client.list_objects_v2(Bucket="bucket")["Contents"][0]


@pytest.mark.parametrize(
    ("asked", "expected"), [("bytes=1-3", b"bcd"), ("bytes=25-", b"zabcd"), ("bytes=-2", b"cd"), ("", None)]
)
@pytest.mark.parametrize("body", [None, b"abcdefghijklmnopqrstuvwxyzabcd"])
def test_a_range_is_that_part_of_the_body(s3list, asked, expected, body):
    client = s3list([Stored("k//", 30, body=body)]).client()
    given = client.get_object(Bucket="bucket", Key="k//", **({"Range": asked} if asked else {}))
    assert given["Body"].read() == (expected or b"abcdefghijklmnopqrstuvwxyzabcd")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"Key": "none"}, "NoSuchKey"),
        ({"Bucket": "none"}, "NoSuchBucket"),
        ({"Range": "bytes=3-"}, "InvalidRange"),
        ({"IfMatch": "other"}, "PreconditionFailed"),
        ({"Key": "cold"}, "InvalidObjectState"),
    ],
)
def test_what_s3_refuses_is_refused(s3list, wrong, code):
    client = s3list([Stored("warm", 3), Stored("cold", storage_class="GLACIER")]).client()
    with pytest.raises(ClientError, match=code):
        client.get_object(**{"Bucket": "bucket", "Key": "warm", **wrong})


@pytest.mark.parametrize("code", ["AccessDenied", "SignatureDoesNotMatch", "ExpiredToken"])
def test_a_refusal_by_plan_meets_every_request(s3list, code):
    rig = s3list(["a"], refuse=code)
    with pytest.raises(ClientError, match=code):
        rig.client().list_objects_v2(Bucket="bucket")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("slow_down", "SlowDown"),
        ("error_in_200", "InternalError"),
        ("cut", "Connection was closed|Connection broken|Connection reset"),
        ("truncated", "500"),  # what boto3 makes of XML that has no end
        ("clipped", "500"),
        ("dropped", "Connection was closed"),
    ],
)
def test_a_scripted_fault_befalls_one_answer_and_is_noted(s3list, fault, said):
    rig = s3list([f"{number:04}" for number in range(1000)], script=[fault])
    client = rig.client()
    with pytest.raises((BotoCoreError, ClientError), match=said):
        client.list_objects_v2(Bucket="bucket")
    assert client.list_objects_v2(Bucket="bucket")["KeyCount"] == 1000
    assert [seen.fault for seen in rig.listings] == [fault, None]


def test_a_truncated_body_is_short_of_its_length_and_a_clipped_one_is_not(s3list):
    rig = s3list({"a": b"0123456789"}, script=["truncated", "clipped"])
    with closing(http.client.HTTPConnection(rig.endpoint.removeprefix("http://"))) as connection:
        connection.request("GET", "/bucket/a")
        with pytest.raises(http.client.IncompleteRead) as short:
            connection.getresponse().read()
        assert short.value.partial == b"01234"
        connection.close()
        connection.request("GET", "/bucket/a")
        assert connection.getresponse().read() == b"01234"


def test_a_share_of_faults_is_about_that_share():
    fate = Fate(Plan(slow_down=0.2, cut=0.05))
    drawn = Counter(fate.draw() for _ in range(10_000))
    assert 1800 < drawn[Fault.SLOW_DOWN] < 2200
    assert 400 < drawn[Fault.CUT] < 600
    assert drawn[None] == 10_000 - drawn[Fault.SLOW_DOWN] - drawn[Fault.CUT]


def test_another_region_is_told_and_boto3_finds_it(s3list):
    rig = s3list()
    rig.hold(["a"], "far", "eu-west-1")
    assert rig.client(attempts=3).list_objects_v2(Bucket="far")["KeyCount"] == 1
    assert rig.requests[0].status == 301
    assert rig.requests[-1].request.signed_for == "eu-west-1"


def test_chunks_and_latency_and_numbers_at_once_are_as_planned(s3list):
    rig = s3list(["a"], chunked=True, latency_s=0.05)
    client = rig.client()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: client.list_objects_v2(Bucket="bucket"), range(4)))
    assert 1 < rig.most_at_once <= 4


def elements(client, bucket, **asked):
    """The tags of a listing, in the order in which they came."""
    bodies = []
    client.meta.events.register(
        "before-parse.s3.ListObjectsV2", lambda **of: bodies.append(of["response_dict"]["body"])
    )
    client.list_objects_v2(Bucket=bucket, **asked)
    return re.findall(r"<(\w+)", bodies[0].decode().partition("?>")[2])


@pytest.mark.parametrize(
    "asked", [{}, {"MaxKeys": 1}, {"Delimiter": "/"}, {"StartAfter": "a", "Prefix": "b", "FetchOwner": True}]
)
def test_the_dialect_of_seaweedfs_is_what_seaweedfs_writes(s3list, seaweed, asked):
    objects = {"a": b"abc", "b/c d": b"", "b/e": b"1"}
    here = elements(s3list(objects, "seaweed").client(), "bucket", **asked)
    assert here == elements(seaweed.client(), seaweed.bucket(objects), **asked)


def test_ess_is_pointed_to_it(s3list, here):
    rig = s3list({"a": 3})
    done = here("s3", "ls", rig.bucket)
    assert (done.returncode, done.stdout.split()[-2:]) == (0, ["3", "a"])
