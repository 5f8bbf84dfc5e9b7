"""docs/tutorial-redshift.md, run as it stands there: each command, and all that it says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[3] / "docs" / "tutorial-redshift.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ (.*(?:\n    .*)*)\n", re.MULTILINE)
SANDBOX = re.compile(r"ess sandbox |eval ")
"""What the fixtures do."""


def steps():
    """Each command of the page, which may have several lines, and what is said to come out."""
    for kind, text in BLOCKS:
        if not kind:
            _, *found = COMMAND.split(text)
            yield from zip(found[::2], found[1::2], strict=True)


PROGRESS = re.compile(r"^(?:(?:files|rows|MB) \w+|cleaning \w+): .*\n", re.MULTILINE)
"""What is said only where it takes long."""

TABLES = ("purchases", "typed", "referrals", "hits")


def is_said(wanted, got):
    """Whether an output is the one of the page, where … stands for what differs from run to run."""
    form = ".*?".join(map(re.escape, wanted.split("…")))
    return re.fullmatch(form, PROGRESS.sub("", got), re.DOTALL)


@pytest.fixture
def run(sandbox, ess, here, warehouse):
    """Run a command of the page in a folder with its script, in a warehouse that has loaded nothing yet.

    What it makes goes again. Returns both orders in which a terminal may show what comes out.
    """
    warehouse.sql("drop table if exists public.ess_load_ledger")
    (script,) = (text for kind, text in BLOCKS if kind == "python")
    (ess.cwd / "make_logs.py").write_text(script, encoding="utf-8")

    def run(line):
        program, *words = shlex.split(line)
        if program == "python3":
            done = subprocess.run([sys.executable, *words], cwd=ess.cwd, capture_output=True, text=True)
        else:
            assert program == "ess"
            done = here(*words)
        return done.stdout + done.stderr, done.stderr + done.stdout

    yield run
    forget = " or ".join(f"target like '%{name}%'" for name in TABLES)
    drops = "; ".join(f"drop table if exists {name}" for name in TABLES)
    ess("redshift", "sql", f"{drops}; delete from ess_load_ledger where {forget}")
    s3 = sandbox.client("s3")
    for item in s3.list_objects_v2(Bucket="essentia-samples", Prefix="missing_").get("Contents", ()):
        s3.delete_object(Bucket="essentia-samples", Key=item["Key"])


def test_each_command_says_what_the_page_says(run):
    for line, wanted in steps():
        if not SANDBOX.match(line):
            got = run(line)
            assert any(is_said(wanted, one) for one in got), f"$ {line}\n{got[0]}"


def test_the_page_has_no_command_that_is_not_run():
    commands = [line for line, _ in steps()]
    assert len(commands) == len(re.findall(r"^\$ ", PAGE, re.MULTILINE))
    assert sum("redshift stream" in line for line in commands) == 6
