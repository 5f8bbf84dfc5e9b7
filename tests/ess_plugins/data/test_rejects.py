"""`ess category rejects`: how many rows do not fit and why, then each; and `ess cache`."""

import gzip
import json
import os
import signal
from pathlib import Path

import pytest

from ess_core.tables.cache.cache import status
from tests.ess_core.files.made import zipped
from tests.ess_core.tables.preparing_setup import added, table, write
from tests.fixtures.waiting import until


@pytest.fixture
def logs(here, ess):
    """A category of three files of which two have rows that do not fit; returns ``here``."""
    folder = ess.cwd / "data"
    write(folder, "2014-01-01.csv", table(10, 3, bad=2))
    write(folder, "2014-01-02.csv.gz", table(20, 3))
    write(folder, "2014-01-03.zip", zipped({"a.csv": table(0, 3) + b'1,a,b\n"it\'s",\ty\n'}))
    added(folder)
    return here


def rows(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_person_sees_reasons_first_then_each_row(logs, ess):
    done = logs("category", "rejects", "logs")
    where = f"file://{ess.cwd}/data"
    assert done.stdout == (
        f"rows  column  reason              first\n"
        f"   3  id      not a whole number  {where}/2014-01-01.csv:5\n"
        f"   1  -       3 columns, not 2    {where}/2014-01-03.zip:a.csv:5\n"
        f"\n"
        f"{where}/2014-01-01.csv:5: id: 'x' is not a whole number: x,y\n"
        f"{where}/2014-01-01.csv:6: id: 'x' is not a whole number: x,y\n"
        f"{where}/2014-01-03.zip:a.csv:5: 3 columns, not 2: 1,a,b\n"
        f'{where}/2014-01-03.zip:a.csv:6: id: "it\'s" is not a whole number: "it\'s",\\ty\n'
    )
    assert (done.returncode, done.stderr) == (0, "3 files: 9 rows kept, 4 rejected\n")


def test_a_script_gets_the_rows(logs, ess):
    done = logs("category", "rejects", "logs", "-f", "ndjson", "--limit", 3)
    assert rows(done)[2] == {
        "source": f"file://{ess.cwd}/data/2014-01-03.zip",
        "member": "a.csv",
        "line": 5,
        "column": "",
        "reason": "3 columns, not 2",
        "raw": "1,a,b",
    }
    assert len(rows(done)) == 3


def test_the_reasons_alone(logs, ess):
    done = logs("category", "rejects", "logs", "--summary", "-f", "ndjson")
    assert [(row["rows"], row["column"], row["reason"], row["line"]) for row in rows(done)] == [
        (3, "id", "not a whole number", 5),
        (1, "", "3 columns, not 2", 5),
    ]
    assert logs("category", "rejects", "logs", "--summary").stdout.count("\n") == 3


def test_only_the_range_is_asked_for(logs):
    done = logs("category", "rejects", "LOGS", "2014-01-01", "2014-01-02", "-f", "ndjson")
    assert (len(rows(done)), done.stderr) == (2, "2 files: 6 rows kept, 2 rejected\n")
    done = logs("category", "rejects", "logs", "2019-01-01")
    assert (done.returncode, done.stderr) == (4, "ess: there are no files of logs from 2019-01-01 to *\n")
    assert logs("category", "rejects", "logs", "soon").returncode == 2


@pytest.mark.parametrize(
    "words", [(), ("-f", "ndjson"), ("--summary",), ("--summary", "-f", "tsv", "-c", "rows")]
)
def test_where_nothing_is_rejected_nothing_is_shown(logs, words):
    done = logs("category", "rejects", "logs", "2014-01-02", "2014-01-02", *words)
    assert (done.returncode, done.stdout) == (0, "rows\n" if "tsv" in words else "")
    assert done.stderr == "1 file: 3 rows kept, 0 rejected\n"


def test_bad_files_end_it_or_are_named_at_the_end(logs, ess):
    packed = gzip.compress(table(0, 2000))
    (ess.cwd / "data" / "2014-01-04.gz").write_bytes(packed[:-8] + b"????????")
    (ess.cwd / "data" / "2014-01-05.gz").write_bytes(packed[: len(packed) // 2])
    done = logs("category", "rejects", "logs", "-f", "ndjson")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ess: '2014-01-04.gz' is corrupt")
    assert done.stderr.endswith("hint: --skip-bad-files goes on without such files\n")
    for words in (("-f", "ndjson"), ()):
        done = logs("category", "rejects", "logs", "--skip-bad-files", *words)
        assert (done.returncode, done.stdout.count("whole number")) == (3, 3 if words else 4)
        assert "ess: warning: '2014-01-04.gz' is corrupt" in done.stderr
        assert "ess: warning: '2014-01-05.gz' is cut off" in done.stderr
        assert done.stderr.endswith("ess: 2 files could not be read whole\n")


def test_what_may_be_a_surprise_is_said(logs, ess):
    data = ess.cwd / "data"
    write(data, "2014-02-01.csv", b"name,id\na,1\n")
    write(data, "2014-02-02.csv", b"name,id\n\xfc,1\n\xfc,2\n")
    write(data, "2014-02-03.csv", b"id,name,city\n1,a,b\n")
    for _ in range(2):
        done = logs("category", "rejects", "logs", "2014-02-01")
        assert (done.returncode, done.stderr) == (
            0,
            "3 files: 4 rows kept, 0 rejected\n"
            "ess: warning: 2 lines of logs not UTF-8, and read as Windows-1252\n"
            "ess: warning: 2 files of logs with another header: columns in another order, "
            "such as '2014-02-01.csv'\n"
            "ess: warning: 1 file of logs with another header: with city, "
            "such as '2014-02-03.csv'\n",
        )


def test_nothing_is_left_and_the_cache_has_it(logs, ess):
    logs("category", "rejects", "logs")
    home = Path(ess.env["ESS_HOME"])
    assert os.listdir(home / "cache" / "in-use") == []
    found = json.loads(logs("cache", "status", "-f", "json").stdout)
    kept = [path for path in (home / "cache").rglob("*") if path.is_file()]
    assert found.pop("oldest_use").startswith("20")
    assert found == {
        "files": 3,
        "size": 4096 * len(kept),
        "limit": 20 * 10**9,
        "folder": str(home / "cache"),
    }


def test_the_cache_is_cleared_and_filled_again(logs, ess):
    assert logs("cache", "clear").stderr == "removed the parts of 0 files, 0 B\n"
    before = logs("category", "rejects", "logs").stdout
    assert logs("cache", "clear").stderr.startswith("removed the parts of 3 files, ")
    assert json.loads(logs("cache", "status", "-f", "json").stdout)["files"] == 0
    assert logs("category", "rejects", "logs").stdout == before


def test_the_limit_is_the_one_of_the_conf(logs, ess):
    (ess.cwd / "instance.conf").write_text("[Data]\ncache_size: 1MiB\n")
    assert json.loads(logs("cache", "status", "-f", "json").stdout)["limit"] == 1 << 20
    (ess.cwd / "instance.conf").write_text("[Data]\ncache_size: some\n")
    done = logs("cache", "status")
    assert done.returncode == 2
    assert "instance.conf:2: [Data] cache_size: 'some' is not a size such as 20GB" in done.stderr


def test_a_category_that_is_not_there_is_said(logs):
    done = logs("category", "rejects", "other")
    assert done.returncode == 2
    assert done.stderr.startswith("ess: there is no category 'other'\nhint: there are: logs in file://")


@pytest.mark.slow
def test_ctrl_c_leaves_nothing_but_what_is_done(logs, ess):
    for number in range(400):
        write(ess.cwd / "data", f"more-{number}.csv", table(number, 100, bad=1))
    running = ess.start("-q", "category", "rejects", "logs")
    until(lambda: status().files or running.poll() is not None)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, out, err) == (130, "", "")
    assert os.listdir(Path(ess.env["ESS_HOME"]) / "cache" / "in-use") == []
    assert 0 < status().files < 403
    said = logs("category", "rejects", "logs").stderr
    assert said.endswith("403 files: 40,009 rows kept, 404 rejected\n")
