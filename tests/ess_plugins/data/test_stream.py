"""`ess stream`: every file of a category through a command, its output whole, in order, or not at all."""

import contextlib
import gzip
import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from ess_core.cloud import Cloud
from ess_core.conf import load
from ess_core.files.commandline import About
from ess_core.files.local import Local
from ess_core.files.running import CommandError
from ess_core.nodes.executors import LostError, Outcome
from ess_core.nodes.processes import LocalExecutor
from ess_plugins.data import undone
from ess_plugins.data.stream import Done, Job, Plain, Target, run
from ess_plugins.data.stream_targets import flat
from ess_plugins.data.streaming import WAITING, streamed
from ess_plugins.s3.datastore import Store
from tests.ess_core.host.terminal import Terminal
from tests.fixtures.processes import alive
from tests.fixtures.sandbox import ESS
from tests.fixtures.waiting import until

DAYS = [f"2014-01-{day:02}" for day in range(1, 9)]


@pytest.fixture
def days(here, ess):
    """A category of a file for each of DAYS, gzipped but one; returns ``here``."""
    folder = ess.cwd / "in"
    (folder / "logs").mkdir(parents=True)
    for number, day in enumerate(DAYS):
        body = "".join(f"{day},{line}\n" for line in range(number + 1)).encode()
        (folder / "logs" / f"{day}.csv").write_bytes(gzip.compress(body) if number else body)
    _add(here, folder, "logs/*", "--columnspec", "S:day,I:line")
    return here


def _add(here, folder, *words):
    assert here("select", "local", folder).returncode == 0
    done = here("category", "add", "days", *words)
    assert done.returncode == 0, done.stderr


def test_without_a_command_all_is_printed_in_the_order_of_files(days):
    done = days("stream", "days", "*", "*")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "".join(
        f"{day},{line}\n" for number, day in enumerate(DAYS) for line in range(number + 1)
    )
    assert done.stderr == ""


def test_the_command_runs_for_each_file_and_knows_it(days, ess):
    done = days(
        "stream", "days", "2014-01-02", "2014-01-03", 'echo "$ESS_FILE" %path %date "$ESS_COLS"; wc -l'
    )
    assert done.stdout.split("\n") == [
        f"logs/2014-01-02.csv {ess.cwd}/in/logs/2014-01-02.csv 2014-01-02 S:day,I:line",
        "2",
        f"logs/2014-01-03.csv {ess.cwd}/in/logs/2014-01-03.csv 2014-01-03 S:day,I:line",
        "3",
        "",
    ]


def test_order_holds_where_the_first_file_takes_longest(days):
    done = days("stream", "days", "*", "*", "test %date != 2014-01-01 || sleep 0.5; head -1 | cut -d, -f1")
    assert done.stdout.split() == DAYS


def test_files_are_excluded_and_limited(days):
    words = ("--exclude", "**/*-01.csv", "head -1 | cut -d, -f1", "--limit", 2)
    assert days("stream", "days", "*", "*", *words).stdout.split() == DAYS[1:3]


def test_a_failed_file_is_listed_with_its_code_and_stderr_and_the_others_are_done(days):
    command = "test %date != 2014-01-03 || { echo one >&2; echo two >&2; exit 9; }; cut -d, -f1 | head -1"
    done = days("stream", "days", "*", "*", command)
    assert done.returncode == 3
    assert done.stdout.split() == DAYS[:2] + DAYS[3:]
    *lines, hint = done.stderr.splitlines()
    assert lines == [
        "ess: warning: 'logs/2014-01-03.csv': the command ended with code 9: two",
        "  one",
        "ess: 7 of 8 files done: 1 failed",
    ]
    assert left(hint) == ["logs/2014-01-03.csv"]


def left(hint):
    """The files that the command of a hint goes on with."""
    assert hint.startswith("hint: ess stream days ")
    listed = Path(hint.rpartition(" --only=")[2]).read_text()
    return [json.loads(line) for line in listed.splitlines()]


def test_where_nothing_is_done_that_has_failed(days):
    done = days("stream", "days", "*", "*", "cat; exit 1")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.endswith("ess: 0 of 8 files done: 8 failed\n")


def test_a_file_whose_process_is_killed_is_begun_once_more_and_then_listed(days, ess):
    killed = f"""
        if test %date = 2014-01-03; then
            test -e {ess.cwd}/$WHEN && exec head -1
            touch {ess.cwd}/once; kill -9 $PPID; sleep 600
        fi
        head -1
    """
    done = days("stream", "days", "*", "*", killed.replace("$WHEN", "once"))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == [f"{day},0" for day in DAYS]
    done = days("stream", "days", "*", "*", killed.replace("$WHEN", "never"))
    assert done.returncode == 3
    assert done.stdout.split() == [f"{day},0" for day in DAYS if day != "2014-01-03"]
    assert "'logs/2014-01-03.csv': the process that worked on it was killed by SIGKILL, 2" in done.stderr


def test_what_is_lost_can_be_gone_on_with(days, ess):
    killed = f"test %date != 2014-01-03 || test -e {ess.cwd}/calm || kill -9 $PPID\nhead -1"
    done = days("stream", "days", "2014-01-02", "2014-01-04", killed)
    assert (done.returncode, done.stdout.split()) == (3, ["2014-01-02,0", "2014-01-04,0"])
    hint = done.stderr.rpartition("hint: ")[2]
    assert hint.count("\n") == 1
    (ess.cwd / "calm").touch()
    again = subprocess.run(
        ["bash", "-c", hint.replace("ess ", f"{ESS} ", 1)],
        env=ess.env,
        cwd=ess.cwd,
        capture_output=True,
        text=True,
    )
    assert (again.returncode, again.stdout) == (0, "2014-01-03,0\n"), again.stderr


def test_only_the_files_of_a_list_are_taken(days, ess):
    (ess.cwd / "list").write_text('logs/2014-01-03.csv\n"logs/2014-01-02.csv"\n\nlogs/none\n')
    done = days("stream", "days", "*", "*", "head -1", "--only", "list")
    assert (done.returncode, done.stdout.split()) == (0, ["2014-01-02,0", "2014-01-03,0"])
    (ess.cwd / "list").write_text('"logs/\n')
    done = days("stream", "days", "*", "*", "head -1", "--only", "list")
    assert (done.returncode, done.stderr) == (2, "ess: list:1: this is no key in JSON's quotes\n")
    done = days("stream", "days", "*", "*", "head -1", "--only", "none")
    assert (done.returncode, done.stderr) == (1, "ess: cannot read none: No such file or directory\n")


def test_a_list_has_any_key_and_goes_when_it_is_old(monkeypatch, tmp_path):
    monkeypatch.setenv("ESS_HOME", str(tmp_path))
    keys = ["a b", 'quo"te', "new\nline", "\u2028", "\udcff", "é", '"']
    first = undone.keep(keys)
    assert undone.keys(str(first)) == frozenset(keys)
    assert oct(first.stat().st_mode & 0o777) == "0o600"
    os.utime(first, (1, 1))
    second = undone.keep([])
    assert [path.name for path in first.parent.iterdir()] == [second.name]


@pytest.mark.parametrize(
    "word", ["a b", "*", "it's", "two\nlines", "a\\\nb", "\x1b[0m'", "é\n", "", "$x\t`y`"]
)
def test_a_command_is_shown_as_bash_reads_it(word):
    shown = undone.typed(["printf", "%s", word])
    assert shown.isprintable()
    assert subprocess.run(["bash", "-c", shown], capture_output=True, text=True).stdout == word


def test_progress_on_the_same_terminal_leaves_the_output_whole(days, ess):
    words = ("stream", "days", "*", "*", "sleep 0.1; head -1", "--progress")
    terminal = Terminal(*words, env=ess.env | {"TERM": "xterm"}, cwd=ess.cwd)
    assert terminal.end() == 0
    assert "8/8" in terminal.shown
    printed = re.findall(r"(?:\n|\r\x1b\[2K)([-0-9]+),0\r(?=\n)", terminal.shown)
    assert printed == DAYS


def test_few_outputs_wait_for_one_that_takes_long():
    class Slow:
        def map(self, fn, items, retries, window):
            self.window = window
            yield from (Outcome(job, Done("")) for job in reversed(list(items)))

    jobs = [Job(number, None, "", About(), "") for number in range(5)]
    executor = Slow()
    found = [outcome.item.number for outcome in streamed(executor, jobs, in_order=True)]
    assert (found, executor.window) == ([0, 1, 2, 3, 4], WAITING)


def test_quitonerror_stops_at_the_first_that_fails(days):
    done = days(
        "stream", "days", "*", "*", "--quitonerror", "test %date != 2014-01-03 && cut -c9-10 | head -1"
    )
    assert done.returncode == 3
    assert done.stdout.split() == ["01", "02"]
    *_, said, hint = done.stderr.splitlines()
    assert said == "ess: 2 of 8 files done: 1 failed, 5 not tried"
    assert left(hint) == [f"logs/{day}.csv" for day in DAYS[2:]]


def test_a_range_without_files_matches_nothing(days):
    done = days("stream", "days", "2015-01-01", "*")
    assert done.returncode == 4
    assert "category days has no such file" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("days", "yesterday", "*"),
        ("days", "2014-01-02", "2014-01-01"),
        ("nights", "*", "*"),
        ("days", "*"),
        ("days", "*", "*", "cat", "cat"),
        ("days", "*", "*", "--threads", "0"),
        ("days", "*", "*", "--out", "out", "--s3out", "s3://bucket"),
        ("days", "*", "*", "--s3out", "bucket"),
        ("days", "*", "*", "--exclude", "a[", "cat"),
    ],
)
def test_what_cannot_be_is_said_before_anything_runs(days, ess, words):
    done = days("stream", *words, "--label", "local")
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("ess: ")


def test_a_name_that_is_not_plain_fails_its_file_and_the_way_out_is_said(here, ess):
    folder = ess.cwd / "in"
    folder.mkdir()
    for name in ("a b;c", "plain"):
        (folder / name).write_text("1\n")
    _add(here, folder, "*")
    done = here("stream", "days", "*", "*", "echo %file")
    assert (done.returncode, done.stdout) == (3, "plain\n")
    assert "'a b;c'" in done.stderr
    assert 'hint: write "$ESS_FILE" in its place' in done.stderr
    assert here("stream", "days", "*", "*", 'echo "$ESS_FILE"').stdout == "a b;c\nplain\n"


def test_a_file_that_is_cut_off_gives_what_it_has_and_is_named(days, ess):
    path = ess.cwd / "in/logs/2014-01-08.csv"
    path.write_bytes(gzip.compress(b"1\n" * 100_000)[:150])
    done = days("stream", "days", "2014-01-07", "*", "sed -n 1p")
    assert done.returncode == 3
    assert done.stdout == "2014-01-07,0\n1\n"
    assert "'logs/2014-01-08.csv' is cut off" in done.stderr
    assert "2 of 2 files done: 1 damaged" in done.stderr


def test_what_follows_the_data_of_a_file_is_left_out_and_the_file_named(days, ess):
    (ess.cwd / "in/logs/2014-01-08.csv").write_bytes(gzip.compress(b"1,2\n") + b"oops")
    done = days("stream", "days", "2014-01-08", "*")
    assert (done.returncode, done.stdout) == (3, "1,2\n")
    assert "'logs/2014-01-08.csv' goes on after its gzip data" in done.stderr


def test_a_hint_for_many_files_is_said_once(here, ess):
    folder = ess.cwd / "in"
    folder.mkdir()
    for name in ("a b", "c d", "e\nf"):
        (folder / name).write_text("1\n")
    _add(here, folder, "*")
    done = here("stream", "days", "*", "*", "echo %file")
    assert (done.returncode, done.stdout, done.stderr.count("hint:")) == (1, "", 1)
    shown = here("stream", "days", "*", "*", "true", "--debug").stderr.splitlines()
    assert shown == ["a b: true", "c d: true", r"e\nf: true"]


def test_a_corrupt_file_gives_nothing(days, ess):
    body = bytearray(gzip.compress(b"1,2\n" * 1000))
    body[-5] ^= 1
    (ess.cwd / "in/logs/2014-01-08.csv").write_bytes(body)
    done = days("stream", "days", "2014-01-07", "*")
    assert done.returncode == 3
    assert done.stdout.startswith("2014-01-07,0\n")
    assert len(done.stdout.splitlines()) == 7
    assert "'logs/2014-01-08.csv' is corrupt" in done.stderr


def test_archived_files_are_left_out_and_counted(days, monkeypatch):
    whole, kept = Local.facts, "2014-01-08"

    def frozen(self, prefix=""):
        return ((*fact[:-1], "" if kept in fact[0] else "GLACIER") for fact in whole(self, prefix))

    monkeypatch.setattr(Local, "facts", frozen)
    done = days("stream", "days", "2014-01-06", "*", "wc -l")
    assert (done.returncode, done.stdout) == (0, "8\n")
    assert done.stderr == "ess: warning: 2 files are archived, and not read before they are restored\n"
    done = days("query", "select count(*) from days:2014-01-07:*", "-f", "tsv")
    assert done.stderr.endswith("days: 1 file is archived, and not read before it is restored\n")
    kept = "none"
    done = days("stream", "days", "2014-01-08", "*", "wc -l")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ess: 1 file is archived, and not read before it is restored\nhint: ")


def test_members_of_archives_are_one_after_the_other_and_may_be_chosen(local):
    assert local("category", "add", "zips", "*.zip").returncode == 0
    assert local("stream", "zips", "*", "*").stdout == "1,2\n3\n"
    assert local("stream", "zips", "*", "*", "--archive", "in/*").stdout == "3\n"


def test_a_preprocess_command_comes_first(local):
    words = ("raw/*", "logs/*.gz", "--preprocess", "tr a-z A-Z", "--noprobe")
    assert local("category", "add", "loud", *words).returncode == 0
    assert local("stream", "loud", "*", "*").stdout == "ONE\nTWO\n"


def test_out_writes_a_file_for_each_and_prints_nothing(days, ess):
    done = days("stream", "days", "*", "*", "wc -l", "--out", "out")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "8 files written to out\n")
    found = {path.name: path.read_text().strip() for path in (ess.cwd / "out").iterdir()}
    assert found == {f"logs%2F{day}.csv": str(number + 1) for number, day in enumerate(DAYS)}


def test_a_file_that_fails_leaves_its_earlier_output_as_it_was(days, ess):
    assert days("stream", "days", "*", "*", "wc -l", "--out", "out").returncode == 0
    done = days("stream", "days", "*", "*", "echo half; test %date != 2014-01-01", "--out", "out")
    assert done.returncode == 3
    assert (ess.cwd / "out/logs%2F2014-01-01.csv").read_text().strip() == "1"
    assert (ess.cwd / "out/logs%2F2014-01-02.csv").read_text() == "half\n"
    assert len(list((ess.cwd / "out").iterdir())) == 8


def test_outputs_that_would_be_files_of_the_category_are_refused(days, ess):
    (ess.cwd / "link").symlink_to(ess.cwd / "in")
    before = {path: path.read_bytes() for path in (ess.cwd / "in/logs").iterdir()}
    for words in (("--out", "in/logs"), ("--out", "link/logs"), ("--s3out", f"file://{ess.cwd}/in")):
        done = days("stream", "days", "*", "*", "wc -l", *words)
        assert done.returncode == 2, done.stderr
        assert "would itself be a file of category days" in done.stderr
    done = ess("stream", "days", "*", "*", "--bulk", "wc -l", "--out", "in/logs")
    assert done.returncode == 2, done.stderr
    assert before == {path: path.read_bytes() for path in (ess.cwd / "in/logs").iterdir()}


def test_s3out_keeps_the_keys_of_files(days, ess):
    done = days("stream", "days", "*", "2014-01-02", "wc -l", "--s3out", f"file://{ess.cwd}/else")
    assert done.returncode == 0, done.stderr
    assert [int((ess.cwd / f"else/logs/{day}.csv").read_text()) for day in DAYS[:2]] == [1, 2]


def test_an_output_can_be_an_object(tmp_path, sandbox, bucket, monkeypatch):
    for name, value in sandbox.env.items():
        monkeypatch.setenv(name, value)
    store = Store(f"s3://{bucket}", Cloud(load()))
    source = Plain(store, store.stat("in/logs/2014-01-31.csv.gz"))
    target = Target(store, "in/raw")
    for command, wanted in (("tr a-z A-Z", b"ONE\n"), ("cat; exit 1", b"ONE\n")):
        with contextlib.suppress(CommandError):
            run(Job(0, source, command, About(), str(tmp_path / "output"), target))
        with store.open("in/raw") as stream:
            assert stream.read() == wanted
        assert not (tmp_path / "output").exists()


def test_files_of_a_bucket_are_streamed(here, bucket):
    assert here("select", f"s3://{bucket}/in").returncode == 0
    assert here("category", "add", "days", "logs/*.gz").returncode == 0
    done = here("stream", "days", "2014-02-01", "*", "cat; echo %path")
    assert done.stdout == f"two\ns3://{bucket}/in/logs/2014-02-01.csv.gz\n", done.stderr


def test_bulk_runs_the_command_once_for_all(days, ess):
    done = ess("stream", "days", "*", "*", "--bulk", "wc -l; echo once")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["36", "once"]
    done = ess("stream", "days", "*", "*", "--bulk", "wc -l", "--out", "out")
    assert (ess.cwd / "out/days").read_text().strip() == "36"
    assert (done.returncode, done.stdout) == (0, "")


def test_bulk_that_fails_has_done_nothing(days, ess):
    done = ess("stream", "days", "*", "*", "--bulk", "cat > /dev/null; echo why >&2; exit 5", "--out", "out")
    assert done.returncode == 1
    assert "the command ended with code 5: why" in done.stderr
    assert not (ess.cwd / "out").exists()


def test_bulk_is_not_taken_for_whole_where_all_workers_are_lost(days, ess, monkeypatch):
    def losing(self, fn, items, retries=0, window=None):
        first = next(iter(items))
        yield Outcome(first, fn(first))
        raise LostError("the workers are lost: nobody answers", "type the command again")

    monkeypatch.setattr(LocalExecutor, "map", losing)
    done = days("stream", "days", "*", "*", "--bulk", f"wc -l; touch '{ess.cwd}/whole'", "--out", "out")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "ess: the workers are lost: nobody answers",
        "hint: type the command again",
    ]
    assert not (ess.cwd / "whole").exists()
    assert not (ess.cwd / "out").exists()


@pytest.fixture
def dirty(here, ess):
    """A category of two files with a row each that is rejected, and one that is corrupt; returns ``here``."""
    folder = ess.cwd / "in"
    folder.mkdir()
    (folder / "2014-01-01.csv").write_bytes(b'id,text\n1,"tab\there\nand \\"\nTBD,x\n2,\n')
    (folder / "2014-01-02.csv").write_bytes(b"id,text\n3,caf\xe9\n-4,y\n")
    (folder / "2014-01-03.csv").write_bytes(gzip.compress(b"id,text\n5,z\n")[:-8] + b"12345678")
    _add(here, folder, "*.csv", "--columnspec", "I:id S:text")
    return here


def test_clean_gives_the_rows_that_were_kept_each_on_a_line(dirty):
    done = dirty("stream", "days", "*", "2014-01-02", "--clean", 'echo "$ESS_COLS"; cat')
    assert done.returncode == 0, done.stderr
    assert done.stdout == "I:id S:text\n1\ttab\\there\\nand \\\\\n2\t\nI:id S:text\n3\tcafé\n"
    assert done.stderr == "2 of 5 rows are rejected: `ess category rejects days` says why\n"


def test_no_part_of_the_path_of_ess_home_is_a_cell(dirty, ess, monkeypatch):
    monkeypatch.setenv("ESS_HOME", str(ess.cwd / "id=9"))
    _add(dirty, ess.cwd / "in", "*.csv", "--columnspec", "I:id S:text")
    done = dirty("stream", "days", "2014-01-02", "2014-01-02", "--clean")
    assert (done.returncode, done.stdout) == (0, "3\tcafé\n")
    done = dirty("category", "rejects", "days", "2014-01-02", "2014-01-02", "-f", "csv", "-c", "line")
    assert done.stdout.splitlines()[1:] == ["3"]


def test_clean_cleans_only_what_is_streamed(dirty):
    done = dirty("stream", "days", "*", "*", "--clean", "wc -l", "--limit", 2, "--exclude", "*-01.csv")
    assert done.returncode == 3
    assert done.stdout.strip() == "1"
    assert "of 2 rows are rejected" in done.stderr


def test_a_file_that_cannot_be_cleaned_has_failed(dirty):
    done = dirty("stream", "days", "*", "*", "--clean", "--quitonerror")
    assert done.returncode == 3
    assert done.stdout.startswith("1\ttab")
    assert "'2014-01-03.csv'" in done.stderr
    *_, said, hint = done.stderr.splitlines()
    assert said == "ess: 2 of 3 files done: 1 failed"
    assert left(hint) == ["2014-01-03.csv"]


def test_clean_and_bulk_go_together(dirty, ess):
    done = ess("stream", "days", "*", "2014-01-02", "--clean", "--bulk", "cut -f1")
    assert done.stdout.split() == ["1", "2", "3"]


def test_bulk_may_want_only_the_beginning(days, ess):
    done = ess("-q", "stream", "days", "*", "*", "--bulk", "head -1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "2014-01-01,0\n", "")


def test_debug_shows_each_command_and_what_it_said(days):
    done = days("stream", "days", "*", "2014-01-01", "--debug", "echo %date; echo well >&2")
    assert done.stdout == "2014-01-01\n"
    assert done.stderr == "logs/2014-01-01.csv: echo 2014-01-01; echo well >&2\n  well\n"


def test_a_reader_that_goes_ends_it(days, ess):
    command = ess.start("-q", "stream", "days", "*", "*", "cat; sleep 0.2")
    command.stdout.close()
    assert command.wait(60) == 141
    assert command.stderr.read() == ""


@pytest.mark.parametrize(
    "signum", [signal.SIGINT, signal.SIGTERM, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("bulk", [(), ("--bulk",)])
def test_commands_end_with_ess_and_leave_nothing(days, ess, signum, bulk):
    script = f"echo $$ > {ess.cwd}/new; mv {ess.cwd}/new {ess.cwd}/pid; sleep 600"
    with ess.start("stream", "days", "*", "2014-01-01", *bulk, script) as command:
        until((ess.cwd / "pid").exists)
        pid = int((ess.cwd / "pid").read_text())
        command.send_signal(signum)
        assert command.wait(60) == (-signum if signum == signal.SIGKILL else 128 + signum)
        until(lambda: not alive(pid))
    if signum != signal.SIGKILL:
        assert not list(Path(ess.env["ESS_HOME"]).glob("**/in-use/*")), "outputs are left on the disk"


def test_names_of_outputs_are_never_the_same_and_never_hidden():
    keys = ["a/b", "a_b", "a%2Fb", ".a", "..", "é", "\udcff", "k" * 1000, "k" * 999 + "l", "a b", "a\nb"]
    names = [flat(key) for key in keys]
    assert len(set(names)) == len(keys)
    assert all(name and len(name) <= 200 and name.isprintable() and name[0] != "." for name in names)
    assert not any("/" in name for name in names)
