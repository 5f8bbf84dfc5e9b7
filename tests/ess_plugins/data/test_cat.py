"""`ess cat` and `ess lsa`: the bytes that are there, and what is in archives, wherever they lie."""

import gzip
import json

import pytest

from tests.ess_plugins.data.conftest import FILES


def text(body):
    return body.decode("utf-8", "surrogateescape")


def test_files_are_printed_as_they_are_in_the_order_named(anywhere):
    done = anywhere("cat", "tab\there", "raw", "logs/old/2013.txt", "raw")
    expected = FILES["raw"] + b"three\n" + FILES["raw"]
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == text(expected)


def test_a_glob_prints_every_match_decompressed_where_that_is_asked_for(anywhere):
    assert anywhere("cat", "logs/**", "--decompress").stdout == "one\ntwo\nthree\n"
    assert anywhere("cat", "logs/*01*").stdout == text(
        FILES["logs/2014-01-31.csv.gz"] + FILES["logs/2014-02-01.csv.gz"]
    )


def test_what_is_not_there_is_said(anywhere):
    done = anywhere("cat", "raw", "nothing")
    assert done.returncode == 1
    assert done.stdout == text(FILES["raw"])
    assert "nothing" in done.stderr
    done = anywhere("cat", "*.csv")
    assert done.returncode == 4
    assert "matches '*.csv'" in done.stderr


def test_a_key_with_a_star_is_taken_literally_when_asked(local, folder):
    (folder / "a*").write_bytes(b"star\n")
    (folder / "ab").write_bytes(b"letter\n")
    assert local("cat", "a*", "--literal").stdout == "star\n"
    assert local("cat", "a[*]").stdout == "star\n"


def test_a_file_that_is_cut_off_gives_its_good_bytes_and_its_name(local, folder):
    whole = bytes(number * number % 251 for number in range(300_000))
    (folder / "cut.gz").write_bytes(gzip.compress(whole)[:-100])
    done = local("cat", "cut.gz", "--decompress")
    assert done.returncode == 1
    assert "'cut.gz'" in done.stderr
    assert len(done.stdout) > 100_000
    assert text(whole).startswith(done.stdout)


def test_the_members_of_an_archive_are_listed(anywhere):
    rows = json.loads(anywhere("lsa", "archive.zip", "-f", "json").stdout)
    assert rows == [
        {"name": "a.csv", "size": 4, "packed_size": 4, "last_modified": "2026-01-02T03:04:06"},
        {"name": "in/b.csv", "size": 2, "packed_size": 2, "last_modified": "2026-01-02T03:04:06"},
    ]
    lines = anywhere("lsa", "archive.zip", "--pattern", "**/*.csv", "--pattern", "b*").stdout
    assert [line.split()[-2:] for line in lines.splitlines()] == [["4", "a.csv"], ["2", "in/b.csv"]]
    assert (
        anywhere("lsa", "archive.zip", "--pattern", "*.csv", "-f", "value", "-c", "name").stdout == "a.csv\n"
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [(("archive.zip", "--pattern", "x"), 4), (("raw",), 1), (("nothing",), 1)],
)
def test_what_lsa_cannot_show_is_said(local, words, code):
    done = local("lsa", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert words[-1] in done.stderr
