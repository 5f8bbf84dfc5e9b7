"""`s3 du`: what there is, added up right, however it is grouped."""

import csv
import io
from datetime import UTC, datetime

import pytest

from tests.fixtures.s3server.objects import Stored

OBJECTS = [
    Stored("a/b/one.csv", 1, datetime(2026, 1, 1, tzinfo=UTC)),
    Stored("a/b/two.CSV.gz", 20, datetime(2026, 1, 1, 23, 59, tzinfo=UTC), "GLACIER"),
    Stored("a/c/three.tar.gz", 300, datetime(2026, 1, 2, tzinfo=UTC)),
    Stored("a/four", 4000, datetime(2026, 1, 2, tzinfo=UTC)),
    Stored("b/.hidden", 50_000, datetime(2026, 1, 2, tzinfo=UTC)),
    Stored("top.csv", 600_000, datetime(2026, 1, 3, tzinfo=UTC)),
]


@pytest.fixture
def du(s3list, here):
    """Runs `ess s3 du` and returns its rows."""
    rig = s3list(OBJECTS, page_size=2)

    def run(place, *words):
        done = here("s3", "du", place, "-f", "csv", *words)
        assert (done.returncode, done.stderr) == (0, "")
        (_, *rows) = csv.reader(io.StringIO(done.stdout))
        return [(name, int(objects), int(size)) for name, objects, size in rows]

    run.rig = rig
    return run


def test_a_place_is_one_line(du):
    assert du("bucket") == [("bucket", 6, 654_321)]
    assert du("s3://bucket/a/") == [("s3://bucket/a/", 4, 4321)]
    assert du("bucket/a/b/*.csv") == [("bucket/a/b/*.csv", 1, 1)]


@pytest.mark.parametrize(
    ("place", "depth", "expected"),
    [
        ("bucket", 1, [("bucket/", 1, 600_000), ("bucket/a/", 4, 4321), ("bucket/b/", 1, 50_000)]),
        ("bucket/a/", 1, [("bucket/a/", 1, 4000), ("bucket/a/b/", 2, 21), ("bucket/a/c/", 1, 300)]),
        ("bucket/a", 1, [("bucket/a/", 4, 4321)]),
        (
            "bucket",
            9,
            [
                ("bucket/", 1, 600_000),
                ("bucket/a/", 1, 4000),
                ("bucket/a/b/", 2, 21),
                ("bucket/a/c/", 1, 300),
                ("bucket/b/", 1, 50_000),
            ],
        ),
    ],
)
def test_a_depth_tells_folders_apart(du, place, depth, expected):
    assert du(place, "--depth", depth) == expected


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("class", [("GLACIER", 1, 20), ("STANDARD", 5, 654_301)]),
        ("day", [("2026-01-01", 2, 21), ("2026-01-02", 3, 54_300), ("2026-01-03", 1, 600_000)]),
        ("extension", [("(none)", 2, 54_000), ("csv", 2, 600_001), ("gz", 1, 20), ("tar.gz", 1, 300)]),
    ],
)
def test_groups(du, by, expected):
    assert du("bucket", "--by", by) == expected


def test_a_name_that_ends_in_a_dot_has_no_extension(du):
    du.rig.hold({"..": 1, "a.": 2, "b/.": 3, "c": 4})
    assert du("bucket", "--by", "extension") == [("(none)", 4, 10)]


def test_sizes_are_for_people_where_asked_for(du, here):
    table = here("s3", "du", "bucket", "--human").stdout
    assert "639.0 KiB" in table


def test_what_narrows_a_listing_narrows_it(du):
    assert du("bucket", "--exclude", "a/**", "--since", "2026-01-03") == [("bucket", 1, 600_000)]


def test_an_empty_bucket_is_nothing_and_no_match_is_exit_code_4(du, here):
    assert here("s3", "du", "bucket/nosuch/").returncode == 4
    du.rig.hold([])
    assert du("bucket") == [("bucket", 0, 0)]


@pytest.mark.parametrize(
    "words", [["--depth", "-1"], ["--depth", "x"], ["--by", "owner"], ["--by", "day", "--depth", "1"]]
)
def test_bad_options_are_refused(du, here, words):
    assert here("s3", "du", "bucket", *words).returncode == 2
