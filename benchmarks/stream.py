"""Files through a shell command by `ess stream`, beside the shell's own way: xargs with as many processes."""

import os
import tempfile
from pathlib import Path

from benchmarks import measured, raw_files
from benchmarks.goals import Goal
from benchmarks.measured import Measured
from benchmarks.timing import BIN

ROUNDS = 7
_LEAST = 0.9
_COMMANDS = ("wc -l", "cat", "cut -d, -f3 | sort | uniq -c")


def main() -> None:
    """Print medians, and how quick ess is beside xargs with each command."""
    threads = len(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as place:
        env = os.environ | {"ESS_HOME": str(Path(place) / "ess")}
        raw_files.categorized(Path(place) / "raw", env)
        commands: dict[str, list[str]] = {}
        for command in _COMMANDS:
            commands[f"xargs: {command}"] = _xargs(Path(place) / "raw", command, threads)
            commands[f"ess: {command}"] = [str(BIN / "ess"), "stream", "orders", "*", "*", command]
        runs = measured.middle_in_turn(commands, env, Path(place) / "out", ROUNDS)
    size_mb = raw_files.FILES * raw_files.FILE_BYTES // 10**6
    print(f"stream: {raw_files.FILES} gzipped files, {size_mb} MB of text")
    print(f"medians of {ROUNDS} runs in turn: wall and CPU seconds; speed of ess / of `xargs -P {threads}`")
    print("\n| command | xargs with zcat | ess stream | CPU | speed |\n| --- | --- | --- | --- | --- |")
    for command in _COMMANDS:
        _print(command, runs[f"xargs: {command}"], runs[f"ess: {command}"])
    plain, ess = runs[f"xargs: {_COMMANDS[0]}"], runs[f"ess: {_COMMANDS[0]}"]
    print(Goal(f"speed of `ess stream` / xargs, {_COMMANDS[0]}", plain.seconds / ess.seconds, _LEAST))


def _xargs(folder: Path, command: str, threads: int) -> list[str]:
    """One shell for each file, as `ess stream` has it; its outputs come in any order."""
    script = f"ls {folder}/* | xargs -P {threads} -I FILE bash -o pipefail -c 'zcat FILE | {command}'"
    return ["bash", "-c", script]


def _print(command: str, plain: Measured, ess: Measured) -> None:
    walls = [run.failure or f"{run.seconds:.2f} s" for run in (plain, ess)]
    cpu = f"{plain.cpu_s:.2f} s, {ess.cpu_s:.2f} s"
    shown = command.replace("|", r"\|")
    print(f"| {shown} | {' | '.join(walls)} | {cpu} | {plain.seconds / ess.seconds:.2f}x |")


if __name__ == "__main__":
    main()
