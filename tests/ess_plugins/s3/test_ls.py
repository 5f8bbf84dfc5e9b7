"""`s3 ls`: buckets, objects and prefixes as S3 has them, whatever their names."""

import json
from datetime import UTC, datetime

import pytest

from ess_core.errors import UsageError
from ess_plugins.s3.place import Place, place


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bucket", Place("bucket", "")),
        ("bucket/", Place("bucket", "")),
        ("bucket/a/b", Place("bucket", "a/b")),
        ("s3://bucket/a/", Place("bucket", "a/")),
        ("bucket//a", Place("bucket", "/a")),
        ("bucket/ä %2F", Place("bucket", "ä %2F")),
        ("bucket/s3://", Place("bucket", "s3://")),
    ],
)
def test_a_place_is_a_bucket_and_the_beginning_of_keys(text, expected):
    assert place(text) == expected


@pytest.mark.parametrize(
    "text", ["", "/", "s3://", "s3:///a", "/a", "bad name", "a" * 256, "ä", "a\nb", "http://bucket/a"]
)
def test_a_place_without_a_bucket_is_refused(text):
    with pytest.raises(UsageError, match="names no bucket"):
        place(text)


def test_a_place_is_shown_as_a_url():
    assert str(place("bucket/a b")) == "s3://bucket/a b"


KEYS = {
    "a.csv": 3,
    "b/one.csv": 5,
    "b/two.csv": 7,
    "empty": 0,
    "odd name\twith\\all 'ä'": 1,
    "z%2Fz": 1,
    "~": 1,
}


@pytest.fixture
def bucket(sandbox):
    """A bucket of its own; the sandbox keeps buckets over a reset."""
    s3 = sandbox.client("s3")
    name = "listing"
    s3.create_bucket(Bucket=name)
    for key, size in KEYS.items():
        s3.put_object(Bucket=name, Key=key, Body=b"x" * size)
    yield name
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=name):
        for item in page.get("Contents", ()):
            s3.delete_object(Bucket=name, Key=item["Key"])
    s3.delete_bucket(Bucket=name)


def test_buckets_are_listed_as_lines_and_as_json(here, bucket):
    lines = here("s3", "ls").stdout.splitlines()
    names = [line.split()[-1] for line in lines]
    assert {"essentia-samples", bucket} <= set(names)
    samples = lines[names.index("essentia-samples")]
    assert datetime.fromisoformat(samples[:19]).date() == datetime.now(UTC).date()
    assert samples[19:] == " us-east-1 essentia-samples"
    rows = json.loads(here("s3", "ls", "-f", "json").stdout)
    assert [(row["name"], row["region"]) for row in rows] == [(name, "us-east-1") for name in names]


def test_a_bucket_has_the_region_that_s3_says(s3list, here):
    s3list().hold([], "far", "eu-west-1")
    rows = json.loads(here("s3", "ls", "-f", "json").stdout)
    assert {row["name"]: row["region"] for row in rows} == {"bucket": "us-east-1", "far": "eu-west-1"}


def test_a_limit_counts_buckets_too(s3list, here):
    s3list().hold([], "far")
    assert here("s3", "ls", "--limit", "1").stdout.split()[3:] == ["bucket"]


@pytest.mark.parametrize("words", [["-r"], ["--versions"], ["--exclude", "a*"], ["--storage-class"]])
def test_what_is_about_objects_is_refused_without_a_bucket(s3list, here, words):
    rig = s3list()
    done = here("s3", "ls", *words)
    assert (done.returncode, done.stdout, rig.requests) == (2, "", [])
    assert done.stderr.endswith(" is about objects, and no bucket is named\nhint: ess s3 ls BUCKET\n")


def test_the_first_level_has_objects_and_prefixes_in_key_order(here, bucket):
    rows = json.loads(here("s3", "ls", bucket, "-f", "json").stdout)
    assert [row["key"] for row in rows] == ["a.csv", "b/", *sorted(KEYS)[3:]]
    assert [row["size"] for row in rows] == [3, None, 0, 1, 1, 1]
    assert rows[0]["storage_class"] == "STANDARD"
    assert rows[0]["etag"] == "f561aaf6ef0bf14d4208bb46a4ccb3ad"
    assert rows[1] == {"key": "b/", "size": None, "last_modified": None, "storage_class": "", "etag": ""}


def test_lines_look_as_aws_writes_them_and_a_name_keeps_to_its_line(here, bucket):
    lines = here("s3", "ls", bucket).stdout.splitlines()
    assert [line[19:] for line in lines] == [
        "          3 a.csv",
        "        PRE b/",
        "          0 empty",
        r"          1 odd name\twith\\all 'ä'",
        "          1 z%2Fz",
        "          1 ~",
    ]


@pytest.mark.parametrize(
    ("where", "keys"),
    [("b/", ["b/one.csv", "b/two.csv"]), ("b", ["b/"]), ("b/t", ["b/two.csv"]), ("z%2", ["z%2Fz"])],
)
def test_a_prefix_is_the_beginning_of_a_key(here, bucket, where, keys):
    rows = json.loads(here("s3", "ls", f"s3://{bucket}/{where}", "-f", "json").stdout)
    assert [row["key"] for row in rows] == keys


def test_a_prefix_that_nothing_begins_with_is_exit_code_4(here, bucket):
    done = here("s3", "ls", f"{bucket}/nosuch")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == f"ess: nothing in {bucket} begins with 'nosuch'\n"


def test_an_empty_bucket_is_no_error(sandbox, here):
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="vacant")
    assert (here("s3", "ls", "vacant").returncode, here("s3", "ls", "vacant").stdout) == (0, "")
    s3.delete_bucket(Bucket="vacant")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["nosuch-bucket"], 1, "ess: there is no bucket nosuch-bucket at http://127.0.0.1:"),
        (["s3://"], 2, "ess: 's3://' names no bucket"),
        ([""], 2, "ess: '' names no bucket"),
        (["bad name"], 2, "ess: 'bad name' names no bucket"),
        (["a", "b"], 2, "ess: unexpected arguments: b"),
    ],
)
def test_what_is_no_bucket_is_said(here, sandbox, words, code, message):
    done = here("s3", "ls", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(message)


def test_a_denied_listing_is_said(sandbox, here):
    sandbox.plan(deny=["ListBuckets"])
    done = here("s3", "ls")
    assert done.returncode == 1
    assert done.stderr.startswith("ess: not allowed to call ListBuckets: ")


def test_the_answer_takes_one_call_a_page(sandbox, here, bucket):
    sandbox.door.clear_calls()
    here("s3", "ls", bucket)
    assert sandbox.counts() == {"s3:ListObjectsV2": 1}
