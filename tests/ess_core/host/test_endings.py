"""However a command ends: one exit code, a line or two, never a traceback."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.ess_core.host.conftest import Env
from tests.fixtures.sandbox import ESS, Ess

BUG = " (a bug; --debug shows where)\n"
ENDINGS = {
    "nothing": (0, ""),
    "seven": (7, ""),
    "failed": (1, "ess: it failed: the disk\\x1b[2J is full\nhint: free some space\n"),
    "usage": (2, "ess: that cannot be\n"),
    "config": (2, "ess: instance.conf:6: no\n"),
    "partly": (3, "ess: 1 of 2\n"),
    "no-match": (4, "ess: none\n"),
    "bug": (1, f"ess: KeyError: 'missing'{BUG}"),
    "base": (1, f"ess: BaseException: odd{BUG}"),
    "text": (1, f"ess: TypeError: 'trial end' returned str, not an exit code{BUG}"),
    "exit": (0, ""),
    "exit-5": (5, ""),
    "exit-text": (1, "ess: enough\n"),
    "interrupt": (130, ""),
    "signal-in-import": (143, ""),
    "broken-connection": (1, f"ess: BrokenPipeError: [Errno 32] Broken pipe{BUG}"),
}


@pytest.mark.parametrize("how", ENDINGS)
def test_an_ending_has_its_exit_code_and_its_lines(how: str, ess: Ess, probe: Env) -> None:
    done = ess("trial", "end", how, env=probe)
    assert (done.returncode, done.stderr) == ENDINGS[how]
    assert done.stdout == ""


def test_debug_shows_where_a_bug_is(ess: Ess, probe: Env) -> None:
    done = ess("trial", "end", "bug", "--debug", env=probe)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert 'return {}["missing"]' in done.stderr
    assert done.stderr.endswith(f"ess: KeyError: 'missing'{BUG}")


@pytest.mark.parametrize(
    ("secret", "variables"),
    [
        ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ()),
        ("known to the environment", ("AWS_SECRET_ACCESS_KEY",)),
        ("known as a token", ("AWS_SESSION_TOKEN",)),
    ],
)
def test_a_secret_in_an_exception_is_not_shown(
    secret: str, variables: tuple[str, ...], ess: Ess, probe: Env
) -> None:
    env = {**probe, **dict.fromkeys(("PROBE_SECRET", *variables), secret)}
    done = ess("--debug", "trial", "end", "secret", env=env)
    assert "key *** is wrong" in done.stderr
    assert secret not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing", "command 'trial missing' of plugin probe cannot be loaded: AttributeError"),
        ("abstract", "command 'trial abstract' is broken: TypeError: Can't instantiate abstract class"),
        ("not-ours", "is not a subclass of ess_core.host.command.BaseCommand"),
        ("clash", "command 'trial clash' is broken: ArgumentError: argument -q/--quiet: conflicting option"),
        ("hidden", "command 'trial hidden' is broken: ArgumentError: destination 'output_format' is taken"),
    ],
)
def test_a_command_that_cannot_be_built_is_one_line(name: str, reason: str, ess: Ess, probe: Env) -> None:
    done = ess("trial", name, env=probe)
    assert done.returncode == 1
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_rows_before_a_failure_are_shown(ess: Ess, probe: Env) -> None:
    for form in ("table", "json"):
        done = ess("trial", "some", "-f", form, env=probe)
        assert done.returncode == 3
        assert "one" in done.stdout
        assert done.stderr == "ess: 1 of 2 is done\n"


@pytest.mark.parametrize("form", ["ndjson", "tsv", "text", "csv", "value"])
def test_a_reader_that_has_seen_enough_ends_an_endless_list_silently(form: str, ess: Ess, probe: Env) -> None:
    process = ess.start("trial", "endless", "-f", form, env=probe)
    assert process.stdout is not None
    assert process.stdout.readline()
    process.stdout.close()
    assert process.wait(20) == 141
    assert process.stderr is not None
    assert process.stderr.read() == ""


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["plugin", "list"]])
def test_a_reader_that_is_gone_before_the_first_line_is_no_error(words: list[str], ess: Ess) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [ESS, *words],
        env=ess.env,
        cwd=ess.cwd,
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=20,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("words", [["--version"], ["plugin", "list"]])
def test_a_full_disk_is_said(words: list[str], ess: Ess) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [ESS, *words],
            env=ess.env,
            cwd=ess.cwd,
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=20,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == b"ess: the output cannot be written: No space left on device\n"


def test_closed_streams_are_no_bug(ess: Ess, probe: Env) -> None:
    for closed in (">&-", "2>&-", "<&-", "<&- >&- 2>&-"):
        done = subprocess.run(
            ["/bin/sh", "-c", f"{ESS} trial echo a {closed}"],
            env=ess.env | probe,
            cwd=ess.cwd,
            capture_output=True,
            timeout=20,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b""), closed


def test_standard_error_that_nobody_reads_is_no_error(ess: Ess, probe: Env) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [ESS, "trial", "end", "bug"],
        env=ess.env | probe,
        cwd=ess.cwd,
        stderr=writing,
        timeout=20,
        check=False,
    )
    os.close(writing)
    assert done.returncode == 1


def test_a_working_folder_that_is_gone_is_said(ess: Ess, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    line = 'cd "$1" && rmdir "$1" && exec "$2" sandbox status'
    done = subprocess.run(
        ["sh", "-c", line, "sh", gone, ESS], env=dict(ess.env), capture_output=True, text=True, check=False
    )
    said = "ess: the working folder is not there any more\nhint: cd to another one\n"
    assert (done.returncode, done.stderr) == (1, said)
