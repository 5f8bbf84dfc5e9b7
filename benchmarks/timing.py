"""Timing whole processes, in turn, so that a drift of the machine hits all alike."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

BIN = Path(sys.executable).parent


@dataclass
class Runs:
    """Wall times of one command, in seconds."""

    name: str
    argv: Sequence[str]
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The middle of the runs."""
        return statistics.median(self.seconds)


def interleave(commands: Sequence[Runs], rounds: int, env: Mapping[str, str] | None = None) -> None:
    """Run all ``commands`` in turn, ``rounds`` times after one warm-up, and note how long each took."""
    for turn in range(rounds + 1):
        for runs in commands:
            took = once(runs.argv, env)
            if turn:
                runs.seconds.append(took)


def once(argv: Sequence[str], env: Mapping[str, str] | None = None) -> float:
    """Run one command to its end; return its wall time. Raises where it fails."""
    started = time.perf_counter()
    done = subprocess.run(
        argv, env=env or os.environ, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    took = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"{argv[0]} ended with {done.returncode}: {done.stderr.decode()[-500:]}")
    return took


def aws_cli() -> str | None:
    """aws-cli of this machine: the one that `make bench` installs, else the one on PATH."""
    own = BIN.parent / "aws-cli" / "bin" / "aws"
    found = [own, *(Path(folder) / "aws" for folder in os.environ["PATH"].split(os.pathsep))]
    return next((str(path) for path in found if path.is_file()), None)
