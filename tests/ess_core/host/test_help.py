"""Help: for everything, without a pager, and without importing what it does not need."""

import os
import pty
import statistics
import subprocess
import sys
import time

import pytest

from ess_core.errors import UsageError
from ess_core.host import Command
from ess_core.host.commandtable import CommandTable
from tests.ess_core.host.conftest import Env
from tests.fixtures.sandbox import ESS, Ess

HEAVY = "asyncssh boto3 botocore cerberus cmd2 distributed duckdb prettytable rich yaml"
IMPORTED = """
import sys
from ess_core.host.main import main
code = main(sys.argv[2:])
sys.stderr.write(" ".join(name for name in sys.argv[1].split() if name in sys.modules))
sys.exit(code)
"""


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"], ["-q", "--help"]])
def test_ess_alone_shows_every_command(words: list[str], ess: Ess) -> None:
    done = ess(*words)
    assert done.returncode == 0
    assert done.stdout.startswith("usage: ess ")
    assert "\n  instance ec2 create     Launch workers" in done.stdout
    assert "--no-plugins" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("words", [["instance"], ["instance", "--help"], ["help", "instance"]])
def test_a_group_lists_its_commands(words: list[str], ess: Ess) -> None:
    done = ess(*words)
    assert done.returncode == 0
    assert "instance ec2 create" in done.stdout
    assert "instance status" in done.stdout
    assert "s3 ls" not in done.stdout


def test_a_group_in_a_group_lists_its_own_commands(ess: Ess) -> None:
    done = ess("help", "instance", "ec2")
    assert "instance ec2 create" in done.stdout
    assert "instance status" not in done.stdout


@pytest.mark.parametrize("words", ["plugin list --help", "--help plugin list", "help plugin list"])
def test_a_command_explains_itself(words: str, ess: Ess) -> None:
    done = ess(*words.split(), env={"COLUMNS": "120"})
    assert done.returncode == 0
    assert done.stdout.startswith("usage: ess plugin list")
    assert "Show the installed plugins" in done.stdout
    assert "one of csv, json, ndjson, table, text, tsv, value, yaml" in done.stdout
    assert "--max-width" in done.stdout


def test_help_is_shown_even_where_arguments_are_missing_or_wrong(ess: Ess, probe: Env) -> None:
    done = ess("trial", "end", "--help", env=probe)
    assert (done.returncode, done.stdout.split()[:4]) == (0, ["usage:", "ess", "trial", "end"])


def test_a_help_text_that_cannot_be_shown_hurts_only_that_help(ess: Ess, probe: Env) -> None:
    done = ess("trial", "percent", "--help", env=probe)
    assert done.returncode == 1
    assert done.stderr.endswith(" (a bug; --debug shows where)\n")
    assert ess("trial", "percent", env=probe).stdout == "fine\n"


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("instance ec2 creat", "did you mean: ess instance ec2 create"),
        ("instanc", "did you mean: ess instance"),
        ("instance ec", "did you mean: ess instance ec2"),
        ("instance ec2 xyzzy", "did you mean: ess instance ec2"),
        ("terminate", "did you mean: ess instance ec2 terminate"),
        ("instance ec2 terminat all", "did you mean: ess instance ec2 terminate"),
        ("i e t", "ess help"),
        ("xyzzy", "ess help"),
        ("", "ess help"),
    ],
)
def test_a_command_that_is_not_there_is_answered_with_what_comes_close(typed: str, hint: str) -> None:
    table = CommandTable()
    for name in ("instance ec2 create", "instance ec2 terminate", "instance status", "plugin list"):
        table.add("some", Command(name, "some:Class", "Work."))
    with pytest.raises(UsageError) as caught:
        table.split(typed.split(" "))
    assert caught.value.message == f"'{typed}' is not an ess command"
    assert caught.value.hint.split(",")[0] == hint


@pytest.mark.parametrize("words", [["instance", "ec2", "term", "all"], [""], ["help", "pluginn"]])
def test_an_unknown_command_never_runs(words: list[str], ess: Ess) -> None:
    done = ess(*words)
    assert done.returncode == 2
    first, second = done.stderr.splitlines()
    assert first.endswith("is not an ess command")
    assert second.startswith("hint: ")
    assert done.stdout == ""


@pytest.mark.parametrize("words", ["--version", "--help", "complete", "plugin list --help", "s3 ls --help"])
def test_fast_answers_import_nothing_heavy(words: str, ess: Ess) -> None:
    command = [sys.executable, "-c", IMPORTED, HEAVY, *words.split()]
    done = subprocess.run(command, env=ess.env, cwd=ess.cwd, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout


def test_only_the_command_that_runs_is_imported(ess: Ess) -> None:
    names = ("data", "ec2", "redshift", "s3", "sandbox", "workers")
    commands = " ".join(f"ess_plugins.{name}.commands" for name in names)
    command = [sys.executable, "-c", IMPORTED, commands, "s3", "ls", "--help"]
    done = subprocess.run(command, env=ess.env, cwd=ess.cwd, capture_output=True, text=True, check=True)
    assert done.stderr == "ess_plugins.s3.commands"


@pytest.mark.slow
def test_the_version_takes_at_most_three_times_as_long_as_python_itself(ess: Ess) -> None:
    commands = {"version": [str(ESS), "--version"], "python": [sys.executable, "-c", "pass"]}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(21):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, env=ess.env, capture_output=True, check=True)
            times[name].append(time.perf_counter() - started)
    assert statistics.median(times["version"]) <= 3 * statistics.median(times["python"])


def test_help_for_ess_does_not_even_import_cliff(ess: Ess) -> None:
    heavy = "cliff stevedore importlib.metadata logging asyncio socket"
    source = f"import sys; sys.path[:0] = {sys.path!r}\n{IMPORTED}"  # -S: no .pth file imports anything
    command = [sys.executable, "-S", "-c", source, heavy, "--help"]
    env = {name: value for name, value in ess.env.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, env=env, cwd=ess.cwd, capture_output=True, text=True, check=True)
    assert done.stderr == ""


@pytest.mark.parametrize("words", [["--help"], ["plugin", "list", "--help"], ["plugin", "list"]])
def test_nothing_goes_through_a_pager(words: list[str], ess: Ess) -> None:
    master, slave = pty.openpty()
    env = dict(ess.env) | {"PAGER": "echo PAGED", "LESS": "", "TERM": "xterm", "COLUMNS": "80"}
    process = subprocess.Popen([ESS, *words], env=env, cwd=ess.cwd, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    shown = b""
    while chunk := _read(master):
        shown += chunk
    assert process.wait(20) == 0
    assert b"PAGED" not in shown
    assert b"\x1b" not in shown
    os.close(master)


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # Linux says so when the last writer has gone
        return b""


def test_version_is_the_packages(ess: Ess) -> None:
    from ess_core import __version__

    for words in (["--version"], ["-q", "--version"], ["--version", "--debug"]):
        assert ess(*words).stdout == f"ess {__version__}\n"
