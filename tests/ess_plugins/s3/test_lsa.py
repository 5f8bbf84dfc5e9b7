"""`s3 lsa`: what is in an archive that lies in a bucket."""

import io
import json
import tarfile
import zipfile

import pytest

FILES = {"a.csv": b"1,2\n" * 5000, "logs/2026-01-01.csv": b"3\n", "logs/ü b.csv": b"4\n" * 7}
COLUMNS = ["name", "size", "packed_size", "last_modified"]


def _zip(files, before=b""):
    made = io.BytesIO(before)
    made.seek(len(before))
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), body, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _tar(files, mode="w"):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:
        for name, body in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(body), 1_767_323_046
            archive.addfile(member, io.BytesIO(body))
    return made.getvalue()


def _rows(here, *words):
    done = here("s3", "lsa", *words, "-f", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_zip_says_name_sizes_and_time_of_each_member(s3list, here):
    s3list({"data.zip": _zip(FILES)})
    rows = _rows(here, "bucket/data.zip")
    assert [list(row) for row in rows] == [COLUMNS] * 3
    assert [(row["name"], row["size"]) for row in rows] == [(n, len(b)) for n, b in FILES.items()]
    assert rows[0]["packed_size"] < 1000
    assert rows[0]["last_modified"].startswith("2026-01-02T03:04:06")


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_does_too_however_it_is_compressed_and_named(s3list, here, mode):
    s3list({"data.bin": _tar(FILES, mode)})
    rows = _rows(here, "s3://bucket/data.bin")
    assert [(row["name"], row["size"]) for row in rows] == [(n, len(b)) for n, b in FILES.items()]
    assert rows[0]["last_modified"] == "2026-01-02T03:04:06Z"


def test_lines_look_as_those_of_ls(s3list, here):
    s3list({"data.tar": _tar(FILES)})
    lines = here("s3", "lsa", "bucket/data.tar").stdout.splitlines()
    assert [line[19:] for line in lines] == [
        "      20000 a.csv",
        "          2 logs/2026-01-01.csv",
        "         14 logs/ü b.csv",
    ]


def test_a_pattern_is_a_glob_over_whole_names(s3list, here):
    s3list({"data.zip": _zip(FILES)})
    assert [row["name"] for row in _rows(here, "bucket/data.zip", "--pattern", "*.csv")] == ["a.csv"]
    two = _rows(here, "bucket/data.zip", "--pattern", "*.csv", "--pattern", "**/2026-*")
    assert [row["name"] for row in two] == ["a.csv", "logs/2026-01-01.csv"]
    done = here("s3", "lsa", "bucket/data.zip", "--pattern", "x*")
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == "ess: nothing in bucket/data.zip matches 'x*'\n"


def test_of_a_large_zip_only_the_end_is_fetched(s3list, here):
    rig = s3list({"data.zip": _zip(FILES, before=bytes(20_000_000))})
    assert len(_rows(here, "bucket/data.zip")) == 3
    ranges = [seen.request.headers.get("range", "") for seen in rig.requests if seen.request.method == "GET"]
    fetched = [[int(end) for end in one.removeprefix("bytes=").split("-")] for one in ranges]
    assert sum(end - start for start, end in fetched) < 1_000_000
    assert len(ranges) <= 4


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("text", "ess: 'text' is no zip and no tar"),
        ("nosuch", "ess: there is no object 'nosuch' in bucket bucket at http://127"),
    ],
)
def test_what_is_no_archive_is_said(s3list, here, key, message):
    s3list({"text": b"a,b\n"})
    done = here("s3", "lsa", f"bucket/{key}")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(message)


def test_an_archive_that_is_cut_off_shows_what_is_there_and_fails(s3list, here):
    s3list({"cut.tar": _tar(FILES)[: 512 + 20480 + 512 + 100]})
    done = here("s3", "lsa", "bucket/cut.tar")
    assert done.returncode == 1
    assert "a.csv" in done.stdout
    assert "cut.tar" in done.stderr


def test_options_of_access_reach_every_request(s3list, here):
    rig = s3list({"data.zip": _zip(FILES)})
    here("s3", "lsa", "bucket/data.zip", "--request-payer", "--no-sign-request")
    assert len(rig.requests) >= 2
    for seen in rig.requests:
        assert seen.request.headers["x-amz-request-payer"] == "requester"
        assert "authorization" not in seen.request.headers


def test_a_bucket_alone_is_no_archive(s3list, here):
    assert here("s3", "lsa", "bucket").returncode == 2
