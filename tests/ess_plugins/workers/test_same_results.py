"""Stream and query give the same on workers as on this machine, to the byte; and nothing of it stays."""

import gzip
import os
import re
import shutil
from pathlib import Path

import pytest

from ess_plugins.workers import run as running
from ess_plugins.workers.parcels import packed
from tests.ess_plugins.workers.days import STAYS


@pytest.fixture
def days(days, nodes):
    days.hide()
    yield days
    assert days.touched == "", "a node has read what is the master's"
    assert days.keys("tmp/") == {}, "something stays in scratch"
    assert not [*Path(os.environ["ESS_HOME"]).glob("cache/in-use/*")], "something stays in a workspace"
    for name in ("node-1", "node-2"):
        assert not [*nodes.home(name).glob("cache/in-use/*")], "something stays on a node"


def way_on(said):
    """What was said, but for where the list of what is not done is, and where to do that."""
    return re.sub(r"( --master)?( --only=\S+/)\w+\.txt$", r"\2", said, flags=re.MULTILINE)


@pytest.fixture
def both(days):
    """Run `ess` here, then on workers; they must not differ. Returns what it printed and said."""

    def run(*words, written=lambda: None):
        done, kept = [], []
        for where in (["--master"], []):
            done.append(days.here(*words, *where))
            kept.append(written())
        there, workers = done
        assert there.stderr.startswith(f"{STAYS}--master\n")
        assert workers.stdout == there.stdout
        assert way_on(workers.stderr) == way_on(there.stderr.removeprefix(f"{STAYS}--master\n"))
        assert (workers.returncode, kept[1]) == (there.returncode, kept[0])
        return workers

    return run


def test_files_are_printed_in_their_order(both):
    assert both("stream", "days", "*", "*").stdout.splitlines()[0::3][:2] == ["2014-01-01,0", "2014-01-02,1"]


def test_a_command_knows_the_file_and_one_that_fails_is_named(both):
    command = (
        'test %date != 2014-01-03 || { echo why >&2; exit 9; }; echo "$ESS_FILE" %path "$ESS_COLS"; wc -l'
    )
    done = both("stream", "days", "*", "*", command)
    assert done.returncode == 3
    assert "'logs/2014-01-03.csv': the command ended with code 9: why" in done.stderr


def test_damaged_files_give_what_is_good_and_are_named(days, both):
    whole = gzip.compress(b"1,2\n" * 100_000)
    days.put("logs/2014-01-09.csv", whole[:150])
    days.put("logs/2014-01-10.csv", whole[:-8] + b"12345678")
    done = both("stream", "days", "2014-01-08", "*", "wc -l")
    assert done.returncode == 3
    assert "is cut off" in done.stderr
    assert "is corrupt" in done.stderr
    assert both("stream", "days", "2014-01-08", "*", "--clean", "wc -l").returncode == 3


def test_outputs_are_written_to_a_folder_of_the_master(days, ess, both):
    def written():
        found = {path.name: path.read_text() for path in (ess.cwd / "out").iterdir()}
        shutil.rmtree(ess.cwd / "out")
        return found

    assert both("stream", "days", "*", "*", "wc -l", "--out", "out", written=written).returncode == 0


def test_outputs_are_written_to_a_bucket(days, both):
    def written():
        found = days.keys(place)
        for key in found:
            days.s3.delete_object(Bucket=days.bucket, Key=place + key)
        return found

    place = "out/ess-scratch/"  # where ess_iam lets commands write
    words = ("--s3out", f"s3://{days.bucket}/{place}")
    done = both("stream", "days", "*", "2014-01-03", "wc -l", *words, written=written)
    assert done.stderr.startswith("3 files written to s3://")


def test_cleaned_rows_and_all_files_at_once_go_through_a_command(both):
    both("stream", "days", "*", "*", "--clean", "cut -f2")
    both("stream", "days", "*", "*", "--clean", "--bulk", "wc -l")


def test_files_are_cleaned_for_a_query_and_kept_for_the_next(days, both):
    words = ("query", "select day, count(*), sum(line) from days group by day order by day", "-f", "tsv")
    assert len(both(*words, "--fresh").stdout.splitlines()) == 9
    calls = days.sandbox.counts()["sts:GetFederationToken"]
    assert days.here(*words).returncode == 0
    assert days.sandbox.counts()["sts:GetFederationToken"] == calls, "the workers were asked again"


@pytest.mark.slow
def test_rejects_come_with_their_lines(both):
    done = both("category", "rejects", "days", "*", "*", "--fresh")
    assert done.stdout.count("TBD,x") == 4


@pytest.mark.slow
def test_a_query_on_a_file_that_cannot_be_used_prints_nothing(days, both):
    days.put("logs/2014-01-09.csv", gzip.compress(b"a,1\n" * 9)[:-8] + b"12345678")
    done = both("query", "select count(*) from days")
    assert (done.returncode, done.stdout) == (1, "")
    assert both("query", "select count(*) from days", "--skip-bad-files").returncode == 3


def test_what_is_sent_has_no_key_and_no_path_of_the_master(days, monkeypatch):
    sent = []

    def watched(fn, item):
        sent.append(packed(fn, item))
        return sent[-1]

    monkeypatch.setattr(running, "packed", watched)
    for words in (("--clean", "cat"), ("cat", "--out", "out"), ("cat",)):
        assert days.here("stream", "days", "*", "2014-01-03", *words).returncode == 0
    assert len(sent) >= 12
    key = days.sandbox.key
    for secret in (key.secret_access_key, key.access_key_id, days.ess.env["ESS_HOME"], str(days.ess.cwd)):
        assert not [data for data in sent if secret.encode() in data]
