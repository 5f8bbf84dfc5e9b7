"""One command with its output in a file: wall seconds, CPU seconds, peak memory.

The kernel counts the memory of whoever starts a program as the program's own, until it has more. So a small
Python starts it: ``measured.py FILE ARGV…`` prints what it saw as JSON.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """One run; ``failure`` is empty where it ended well."""

    seconds: float
    cpu_s: float
    peak_bytes: int
    failure: str = ""


def once(argv: Sequence[str], env: Mapping[str, str], output: Path) -> Measured:
    """Run one command to its end."""
    said = output.with_suffix(".errors")
    helper = [sys.executable, "-I", "-S", __file__, str(output), *argv]
    with said.open("wb") as errors:
        done = subprocess.run(
            helper, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, check=True
        )
    seen = json.loads(done.stdout)
    code = seen.pop("code")
    return Measured(**seen, failure=f"ended with {code}: {_reason(said)}" if code else "")


def middle_in_turn(
    commands: Mapping[str, Sequence[str]], env: Mapping[str, str], output: Path, rounds: int
) -> dict[str, Measured]:
    """Run short commands in turn after a warm-up; of each, the middle of its times and the first failure."""
    runs: dict[str, list[Measured]] = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, argv in commands.items():
            runs[name].append(once(argv, env, output))
    return {name: middle_of(found[1:]) for name, found in runs.items()}


def middle_of(runs: Sequence[Measured]) -> Measured:
    """The middle of the times of runs, the most memory and the first failure."""
    return Measured(
        statistics.median(run.seconds for run in runs),
        statistics.median(run.cpu_s for run in runs),
        max(run.peak_bytes for run in runs),
        next((run.failure for run in runs if run.failure), ""),
    )


def _reason(said: Path) -> str:
    """The line that says what failed: of a traceback the last one."""
    lines = said.read_text("utf-8", "replace").strip().splitlines() or ["without a word"]
    return lines[-1] if lines[0].startswith("Traceback") else lines[0]


def _main(output: str, *argv: str) -> None:
    out = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    started = time.perf_counter()
    child = os.posix_spawnp(argv[0], argv, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, out, 1)])
    _, status, used = os.wait4(child, 0)
    seconds = time.perf_counter() - started
    seen = {
        "seconds": seconds,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_bytes": used.ru_maxrss * 1024,
        "code": os.waitstatus_to_exitcode(status),
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    _main(*sys.argv[1:])
