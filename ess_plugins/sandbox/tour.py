"""The tour that `ess sandbox demo` gives: each step is a real `ess` in a process of its own."""

import json
import os
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from ess_core.errors import EssError
from ess_plugins.sandbox.folder import environment
from ess_plugins.sandbox.state import Running

BUCKET = "essentia-samples"
QUERY = (
    "select country, count(*) as orders, round(sum(amount), 2) as amount "
    "from orders:2026-01-01:2026-01-02 group by country order by amount desc"
)
COMMAND = 'echo "$(hostname): $ESS_FILE has $(wc -l) lines"'
TOTALS = (
    "select country, count(*) as orders, round(sum(amount)::numeric, 2) as amount "
    "from orders group by country order by amount desc"
)


@dataclass(frozen=True)
class Step:
    """One command: what is said before it, and what is said of its output after it."""

    before: str
    words: Sequence[str]
    after: Callable[[str], str]


@dataclass(frozen=True)
class Tour:
    """``tell`` says a sentence; ``show`` writes what a command wrote."""

    sandbox: Running
    tell: Callable[[str], None]
    show: Callable[[str], None]

    def run(self) -> None:
        """Take every step. Raises EssError at the first that fails."""
        self.tell("The instance.conf in its folder is all that ess needs:")
        self.show((self.sandbox.folder / "instance.conf").read_text("utf-8"))
        for step in self._steps():
            self.tell(step.before)
            self.show(f"$ ess {shlex.join(step.words)}\n")
            started = time.monotonic()
            output = self._ess(*step.words)
            self.show(output)
            self.tell(f"{step.after(output)} ({time.monotonic() - started:.1f} s)")

    def _steps(self) -> Iterator[Step]:
        yield Step(
            "Launch two workers and wait until each can be logged in to.",
            ["instance", "ec2", "create", "--number=2"],
            lambda _output: f"{len(self._launched)} workers are running and let ess log in.",
        )
        yield Step(
            "List them.",
            ["instance", "ec2", "list"],
            lambda _output: "EC2 itself was asked: the cluster is found by its tags.",
        )
        yield Step(
            "Ask where work runs now, and how each node is.",
            ["instance", "status"],
            lambda _output: "Work runs on the workers now, no longer on this machine.",
        )
        yield Step(
            "Log in to the first, for one command.",
            ["instance", "ec2", "ssh", "1", "--", "hostname"],
            lambda output: f"{output.strip()} answered.",
        )
        yield Step(
            "Run a command on all of them at the same time.",
            ["exec", "hostname"],
            lambda output: f"{len(output.splitlines())} workers answered; each line begins with its worker.",
        )
        yield Step(
            "List the account's buckets.",
            ["s3", "ls"],
            lambda output: (
                f"{len(output.splitlines())} buckets: sample data, and what workers leave for this machine."
            ),
        )
        yield Step(
            "List what is in it.",
            ["s3", "ls", BUCKET],
            lambda output: f"{len(output.splitlines())} entries: dated files, and a folder of more.",
        )
        yield from _on_data()
        if find_spec("redshift_connector"):
            yield from self._on_warehouse()
        else:
            self.tell("The warehouse is left out: `pip install 'essentia-aws[redshift]'` brings its driver.")
        yield Step(
            "End all workers of this cluster.",
            ["instance", "ec2", "terminate", "all"],
            lambda _output: f"{len(self._workers())} workers are left.",
        )

    def _on_warehouse(self) -> Iterator[Step]:
        """From the same files to rows of a table."""
        yield Step(
            "List the Redshift clusters.",
            ["redshift", "list"],
            lambda _output: "The same credentials and the same instance.conf serve S3 and Redshift.",
        )
        yield Step(
            "Make the table that fits the category.",
            ["redshift", "gentable", "orders", "orders", "--key", "country = distkey"],
            lambda _output: "Its texts have room for the longest of these files, and half as much again.",
        )
        load = ["redshift", "stream", "orders", "*", "*", "orders"]
        yield Step(
            "Load all files into it.",
            load,
            lambda _output: f"{self._loaded()} Bad rows are named, good ones are in the table.",
        )
        yield Step(
            "Load them once more.",
            load,
            lambda _output: "The ledger knows each file: nothing is loaded twice.",
        )
        yield Step(
            "Ask the warehouse in SQL.",
            ["redshift", "sql", TOTALS],
            lambda _output: "The raw files are a table now.",
        )

    def _loaded(self) -> str:
        """What the ledger says of the load."""
        (last,) = json.loads(self._ess("redshift", "history", "--limit=1", "-f", "json", "-q"))
        loaded, rejected = last["rows_loaded"], last["rows_rejected"]
        return f"{loaded + rejected} rows were read: {loaded} are loaded, {rejected} rejected."

    @cached_property
    def _launched(self) -> list[dict[str, Any]]:
        """The workers there are after the launch."""
        return self._workers()

    def _workers(self) -> list[dict[str, Any]]:
        """The workers that live, as a script would ask for them."""
        found: list[dict[str, Any]] = json.loads(self._ess("instance", "ec2", "list", "-f", "json"))
        return [worker for worker in found if worker["state"] in ("pending", "running")]

    def _ess(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "ess_core.host", *words],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            raise EssError(f"`ess {shlex.join(words)}` failed with exit code {done.returncode}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return kept | environment(self.sandbox.folder, self.sandbox.ready)


def _on_data() -> Iterator[Step]:
    """From the files in the bucket to an answer."""
    yield Step(
        "Choose the bucket as the place where files are.",
        ["select", f"s3://{BUCKET}"],
        lambda _output: "From here on, files are named by their keys alone.",
    )
    yield Step(
        "Call the dated files at its top a category.",
        ["category", "add", "orders", "orders_*"],
        lambda _output: "Its format, columns and dates were found by looking into one file.",
    )
    yield Step(
        "Send the files of all days through a shell command. It is the first work for the workers: ess "
        "brings them what it needs first, which takes a while.",
        ["stream", "orders", "*", "*", COMMAND],
        lambda output: f"{len(output.splitlines())} files: {_places(output)}",
    )
    yield Step(
        "Clean them, and ask which rows were rejected, and why.",
        ["category", "rejects", "orders"],
        lambda _output: f"The files were cleaned {_where()}. A dirty row is never lost silently.",
    )
    yield Step(
        "Ask in SQL what was ordered on the first two days.",
        ["query", QUERY],
        lambda _output: "What was cleaned is in the cache of this machine, which answered.",
    )


def _places(output: str) -> str:
    """How many files each host worked on, by the lines that COMMAND wrote."""
    counted = Counter(line.partition(":")[0] for line in output.splitlines())
    return ", ".join(f"{count} on {host}" for host, count in sorted(counted.items())) + "."


def _where() -> str:
    return "on the workers" if find_spec("distributed") else "on this machine"
