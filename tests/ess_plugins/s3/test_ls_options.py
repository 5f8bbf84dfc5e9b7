"""`s3 ls` of many keys: what narrows it, what it shows, how it ends; in every format."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.fixtures.s3server.objects import Stored

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
COUNT = 2500
"""Three pages."""


def stored(number):
    day = START + timedelta(days=number // 100)
    key = f"logs/{day:%Y-%m-%d}/part-{number % 100:03}.{'tmp' if number % 50 == 49 else 'gz'}"
    return Stored(key, number, day, "GLACIER" if number % 10 == 0 else "STANDARD")


OTHERS = [Stored("readme[1].txt", 7, START), Stored("tab\tkey", 1, START)]
OBJECTS = [*map(stored, range(COUNT)), *OTHERS]


@pytest.fixture
def ls(s3list, here, monkeypatch):
    """Runs `ess s3 ls` in UTC on a bucket of logs."""
    rig = s3list(OBJECTS)
    monkeypatch.setenv("TZ", "UTC")

    def run(place, *words):
        return here("s3", "ls", f"bucket{place}", *words)

    run.rig = rig
    return run


def keys(done):
    assert done.stderr == ""
    return [line.split(" ", 3)[3].lstrip().split(" ", 1)[-1] for line in done.stdout.splitlines()]


def names(done):
    return [json.loads(line)["key"] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("words", [[], ["--workers", "1"], ["--no-fast"]])
def test_all_keys_are_listed_in_order_whichever_way(ls, words):
    assert names(ls("", "-r", "-f", "ndjson", *words)) == sorted(one.key for one in OBJECTS)


def test_formats_agree(ls):
    lines = ls("", "-r").stdout.splitlines()
    rows = [json.loads(line) for line in ls("", "-r", "-f", "ndjson").stdout.splitlines()]
    tsv = ls("", "-r", "-f", "tsv").stdout.splitlines()
    assert len(lines) == len(rows) == len(tsv) - 1 == len(OBJECTS)
    assert lines[123] == f"2026-01-02 12:00:00 {rows[123]['size']:>10} {rows[123]['key']}"
    assert tsv[0] == "key\tsize\tlast_modified\tstorage_class\tetag"
    assert tsv[124].split("\t")[:3] == [rows[123]["key"], str(rows[123]["size"]), rows[123]["last_modified"]]
    assert lines[-1].endswith(r" tab\tkey")
    assert rows[-1]["key"] == "tab\tkey"
    assert list(rows[0]) == ["key", "size", "last_modified", "storage_class", "etag"]


@pytest.mark.parametrize(
    ("pattern", "count"),
    [
        ("/logs/2026-01-0[1-3]/*.gz", 294),
        ("/logs/2026-01-0[1-3]/**", 300),
        ("/**/part-00?.gz", 250),
        ("/logs/*", None),
        ("/*.txt", 1),
    ],
)
def test_a_glob_is_over_whole_keys(ls, pattern, count):
    done = ls(pattern, "-f", "ndjson")
    if count is None:
        assert (done.returncode, done.stdout) == (4, "")
    else:
        assert len(names(done)) == count


def test_only_what_a_glob_can_match_is_asked_for(ls):
    assert len(names(ls("/logs/2026-01-0[1-3]/*.gz", "-f", "ndjson"))) == 294
    assert {seen.request.query["prefix"] for seen in ls.rig.listings} == {"logs/2026-01-0"}


def test_a_literal_place_is_no_glob(ls):
    assert names(ls("/readme[1].txt", "--literal", "-f", "ndjson")) == ["readme[1].txt"]
    assert ls("/readme[1].txt").returncode == 4


def test_what_is_excluded_is_left_out(ls):
    found = names(ls("", "-r", "--exclude", "**/*.tmp", "--exclude", "logs/2026-01-0*/**", "-f", "ndjson"))
    assert not [key for key in found if key.endswith(".tmp") or key.startswith("logs/2026-01-0")]
    assert len(found) == 1600 - 32 + 2


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--since", "2026-01-03", "--until", "2026-01-03"], 100),
        (["--since", "2026-01-24T1200"], 200),
        (["--since", "2026-01-24T1201"], 100),
        (["--until", "2026-01-01"], 102),
        (["--until", "2026-01-01T12:00:00"], 102),
        (["--date", "2026-01-03", "2026-01-04"], 200),
        (["--date", "*", "2026-01-01"], 100),
        (["--date", "2026-01-25", "*", "--dateregex", "logs/[:%Y:]-[:%m:]-[:%d:]"], 100),
    ],
)
def test_times_and_dates_narrow_it(ls, words, count):
    assert len(names(ls("", "-r", "-f", "ndjson", *words))) == count


def test_a_limit_ends_it_and_asks_for_no_more_pages(ls):
    assert len(ls("", "-r", "--limit", "3").stdout.splitlines()) == 3
    assert len(ls.rig.listings) == 1
    assert len(names(ls("", "-r", "--limit", "1001", "-f", "ndjson"))) == 1001


def test_a_summary_says_how_many_and_how_large(ls):
    total = sum(one.size for one in OBJECTS)
    assert ls("", "-r", "--summarize").stdout.splitlines()[-2:] == [
        f"Total Objects: {len(OBJECTS)}",
        f"   Total Size: {total}",
    ]
    done = ls("", "-r", "--summarize", "-f", "ndjson")
    assert f"Total Objects: {len(OBJECTS)}" in done.stderr
    assert ls("", "-r", "--limit", "2", "--summarize").stdout.splitlines()[-2] == "Total Objects: 2"


def test_stat_says_what_it_cost(ls):
    said = ls("", "-r", "--stat", "--workers", "1").stderr
    assert said.startswith("requests 3, pages 3, retries 0, ")
    assert said.endswith(" keys/s\n")


def test_lines_show_more_where_asked_for(ls):
    line = ls("/logs/2026-01-03/part-000", "--human", "--storage-class").stdout
    assert line == "2026-01-03 12:00:00      200 B GLACIER             logs/2026-01-03/part-000.gz\n"


def test_restores_are_shown_where_asked_for(ls):
    soon = Stored("soon", 1, START, "GLACIER", restoring=True)
    ls.rig.hold([soon, Stored("warm", 1, START, "GLACIER", restored=START)])
    rows = [json.loads(line) for line in ls("", "--restore-status", "-f", "ndjson").stdout.splitlines()]
    assert [row["restore_status"][:10] for row in rows] == ["ongoing", "2026-01-01"]
    assert "ongoing" in ls("", "--restore-status").stdout


def test_columns_can_be_chosen_for_lines_too(ls):
    assert ls("", "-c", "key").stdout == "logs/\nreadme[1].txt\ntab\\tkey\n"


@pytest.mark.parametrize("keys", [[], ["a"]])
def test_an_empty_bucket_is_fine_and_an_empty_answer_to_a_question_is_exit_code_4(ls, keys):
    ls.rig.hold(keys)
    assert ls("", "-r").returncode == 0
    done = ls("/nosuch", "-r")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == "ess: nothing in bucket begins with 'nosuch'\n"
    done = ls("", "-r", "--exclude", "**")
    assert done.returncode == 4
    assert "nothing in bucket matches 'bucket' and the options" in done.stderr


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("NoSuchBucket", "ess: there is no bucket bucket at http://127.0.0.1:"),
        ("AccessDenied", "ess: not allowed to call ListObjectsV2 on s3://bucket/ at http://127.0.0.1:"),
        ("SignatureDoesNotMatch", "does not accept these credentials for bucket bucket"),
        ("ExpiredToken", "ess: the credentials for bucket bucket at http://127.0.0.1:"),
    ],
)
def test_each_refusal_has_a_sentence_that_names_bucket_and_endpoint(ls, code, message):
    ls.rig.plan(refuse=code)
    done = ls("", "-r")
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--limit", "0"], "'0' is not a whole number from 1"),
        (["--workers", "none"], "'none' is not a whole number from 1 to 256"),
        (["--since", "yesterday"], "'yesterday' is no date"),
        (["--date", "2026-01-02", "2026-01-01"], "2026-01-01 is before 2026-01-02"),
        (["--date", "*", "*", "--dateregex", "[:%Q:]"], "has the unknown class"),
        (["--exclude", "a["], "the pattern 'a[' has a [ without its ]"),
    ],
)
def test_bad_options_are_told_before_anything_is_asked(ls, words, message):
    done = ls("", "-r", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert ls.rig.requests == []


def test_versions_and_delete_markers_are_shown(sandbox, here):
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="versioned")
    s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"three"):
        s3.put_object(Bucket="versioned", Key="a", Body=body)
    s3.delete_object(Bucket="versioned", Key="a")
    try:
        assert here("s3", "ls", "versioned").stdout == ""
        done = here("s3", "ls", "versioned", "--versions", "-f", "ndjson")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        assert [(row["size"], row["is_latest"], row["is_delete_marker"]) for row in rows] == [
            (None, True, True),
            (5, False, False),
            (3, False, False),
        ]
        lines = here("s3", "ls", "versioned", "--versions", "--human").stdout.splitlines()
        assert [line[19:].split() for line in lines] == [
            ["deleted", rows[0]["version_id"], "a"],
            ["5", "B", rows[1]["version_id"], "a"],
            ["3", "B", rows[2]["version_id"], "a"],
        ]
    finally:
        for item in s3.list_object_versions(Bucket="versioned")["Versions"]:
            s3.delete_object(Bucket="versioned", Key="a", VersionId=item["VersionId"])
        for item in s3.list_object_versions(Bucket="versioned")["DeleteMarkers"]:
            s3.delete_object(Bucket="versioned", Key="a", VersionId=item["VersionId"])
        s3.delete_bucket(Bucket="versioned")
