"""`ess ls`: the same answers from a folder and from a bucket."""

import json

import pytest

from tests.ess_plugins.data.conftest import FILES


def keys(here, *words):
    done = here("ls", "-f", "ndjson", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["key"] for line in done.stdout.splitlines()]


def test_which_files_are_listed(anywhere):
    gz = ["logs/2014-01-31.csv.gz", "logs/2014-02-01.csv.gz"]
    for words, expected in (
        ((), ["archive.zip", "logs/", "raw", "tab\there"]),
        (("logs/",), [*gz, "logs/old/"]),
        (("lo", "r", "lo"), ["logs/", "raw"]),
        (("-r",), list(FILES)),
        (("-r", "logs/"), [*gz, "logs/old/2013.txt"]),
        (("-r", "raw", "archive"), ["archive.zip", "raw"]),
        (("**/*.gz",), gz),
        (("logs/*",), gz),
        (("logs/*", "raw"), [*gz, "raw"]),
        (("-r", "logs/*", "tab"), [*gz, "tab\there"]),
        (
            ("-r", "--exclude", "**/*.gz", "--exclude", "raw"),
            ["archive.zip", "logs/old/2013.txt", "tab\there"],
        ),
        (("--exclude", "logs/", "--exclude", "*.zip"), ["raw", "tab\there"]),
        (("-r", "--limit", "2"), ["archive.zip", gz[0]]),
        (("--limit", "2"), ["archive.zip", "logs/"]),
    ):
        assert keys(anywhere, *words) == expected, words


def test_nothing_that_matches_ends_with_4(anywhere):
    for words in (
        ("nothing",),
        ("*.csv",),
        ("-r", "no"),
        ("-r", "--exclude", "**"),
        ("logs/", "--exclude", "**"),
    ):
        done = anywhere("ls", *words)
        assert (done.returncode, done.stdout) == (4, ""), words
        assert "matches" in done.stderr


def test_an_empty_datastore_is_fine(here, ess):
    here("select", "local")
    for words in ((), ("-r",)):
        done = here("ls", *words)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture
def zone(monkeypatch):
    """A clock that is not UTC's."""
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_line_has_local_time_size_date_and_key(local, zone):
    assert local("ls").stdout.splitlines() == [
        f"2026-01-02 12:04:06 {len(FILES['archive.zip']):>10} -          archive.zip",
        "                           PRE -          logs/",
        "2026-01-02 12:04:06        256 -          raw",
        "2026-01-02 12:04:06          0 -          tab\\there",
    ]
    assert local("ls", "-r", "logs/20", "--nosize").stdout.splitlines() == [
        "2026-01-02 12:04:06 2014-01-31 logs/2014-01-31.csv.gz",
        "2026-01-02 12:04:06 2014-02-01 logs/2014-02-01.csv.gz",
    ]
    assert local("ls", "raw", "--nodate").stdout == "2026-01-02 12:04:06        256 raw\n"
    assert local("ls", "raw", "--dateregex", "none").stdout == "2026-01-02 12:04:06        256 raw\n"
    assert local("ls", "raw", "--nodate", "--nosize").stdout == "2026-01-02 12:04:06 raw\n"
    assert local("ls", "-r", "--nameonly", "t").stdout == "tab\\there\n"


def test_scripts_get_every_column(anywhere):
    row = json.loads(anywhere("ls", "-r", "logs/2014-01", "-f", "json").stdout)[0]
    assert row["size"] == len(FILES["logs/2014-01-31.csv.gz"])
    assert row["date"] == "2014-01-31"
    assert row["last_modified"].endswith("Z")
    assert row["etag"]
    assert list(row) == ["key", "size", "date", "last_modified", "storage_class", "etag"]
    folder = json.loads(anywhere("ls", "logs", "-f", "json").stdout)[0]
    assert folder == {
        "key": "logs/",
        "size": None,
        "date": None,
        "last_modified": None,
        "storage_class": "",
        "etag": "",
    }
    assert anywhere("ls", "-r", "logs/2014-01", "-f", "csv", "-c", "key").stdout.splitlines()[1:] == [
        '"logs/2014-01-31.csv.gz"'
    ]


def test_the_date_is_read_as_dateregex_says(local):
    words = ("ls", "-r", "logs/old", "-f", "json", "--dateregex")
    assert json.loads(local(*words, "auto").stdout)[0]["date"] is None
    assert json.loads(local(*words, "[:%Y:].txt").stdout)[0]["date"] == "2013"
    assert "date" not in json.loads(local(*words, "none").stdout)[0]
    done = local(*words, "[:%Q:]")
    assert (done.returncode, done.stdout) == (2, "")


def test_cat_says_which_categories_a_file_belongs_to(anywhere):
    for name, *patterns in (("gz", "**/*.gz"), ("logs", "logs/**", "--exclude", "logs/old/*"), ("raw", "r*")):
        assert anywhere("category", "add", name, *patterns, "--noprobe").returncode == 0
    rows = json.loads(anywhere("ls", "-r", "--cat", "-f", "json").stdout)
    assert {row["key"]: row["categories"] for row in rows} == {
        "archive.zip": [],
        "logs/2014-01-31.csv.gz": ["gz", "logs"],
        "logs/2014-02-01.csv.gz": ["gz", "logs"],
        "logs/old/2013.txt": [],
        "raw": ["raw"],
        "tab\there": [],
    }
    lines = anywhere("ls", "--cat", "--nodate", "--nosize").stdout.splitlines()
    assert [line.split()[-2:] for line in lines[:1] + lines[2:]] == [
        ["-", "archive.zip"],
        ["raw", "raw"],
        ["-", "tab\\there"],
    ]
    assert "categories" not in anywhere("ls", "-f", "json").stdout


def test_a_malformed_pattern_is_said_before_anything_is_listed(local):
    for words in (("[a",), ("--exclude", "[a")):
        done = local("ls", *words)
        assert (done.returncode, done.stdout) == (2, "")


def test_rows_are_written_as_they_come(local, monkeypatch):
    from ess_core.files.local import Local

    listed = Local.list

    def failing(self, prefix=""):
        yield from list(listed(self, prefix))[:2]
        raise RuntimeError("not to be asked for")

    monkeypatch.setattr(Local, "list", failing)
    done = local("ls", "-r", "--nameonly")
    assert done.stdout.splitlines() == list(FILES)[:2]
    assert done.returncode == 1
