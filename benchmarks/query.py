"""The first query over raw files, which cleans them, and the second one, beside a scan by a plain script."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import measured, raw_files
from benchmarks.goals import Goal
from benchmarks.measured import Measured
from benchmarks.timing import BIN

ROUNDS = 5
_SQL = "select count(*), sum(quantity), round(avg(price), 6) from orders"
_FIRST, _SECOND, _MEMORY_MB = 4.0, 0.5, 1536
_PLAIN = Path(__file__).with_name("plain_query.py")
_ESS = str(BIN / "ess")


def main() -> None:
    """Print medians of rounds in turn beside those of the plain script, and the goals."""
    with tempfile.TemporaryDirectory() as place:
        runs = {name: measured.middle_of(found) for name, found in _measured(Path(place)).items()}
    size_mb = raw_files.FILES * raw_files.FILE_BYTES // 10**6
    print(f"query: {_SQL}; {raw_files.FILES} gzipped files, {size_mb} MB of text")
    print(f"medians of {ROUNDS} runs in turn, whole processes; memory of the largest process\n")
    print("| | wall | CPU | memory | wall beside plain | CPU beside plain |\n" + "| --- " * 6 + "|")
    plain, first, second = runs.values()
    for name, run in runs.items():
        beside = f"{run.seconds / plain.seconds:.2f}x | {run.cpu_s / plain.cpu_s:.2f}x"
        print(f"| {name} | {run.seconds:.2f} s | {run.cpu_s:.2f} s | {_mb(run):.0f} MB | {beside} |")
    print(Goal("first query / plain scan", first.seconds / plain.seconds, _FIRST, at_most=True))
    print(Goal("the same of CPU time", first.cpu_s / plain.cpu_s, _FIRST, at_most=True))
    print(Goal("second query / plain scan", second.seconds / plain.seconds, _SECOND, at_most=True))
    print(Goal("MB of the first query", _mb(first), _MEMORY_MB, at_most=True))


def _measured(place: Path) -> dict[str, list[Measured]]:
    """All runs but those of the first round, which warms up. Raises where an answer differs."""
    raw, out = place / "raw", place / "out"
    env = os.environ | {"ESS_HOME": str(place / "ess")}
    raw_files.categorized(raw, env)
    ask = [_ESS, "query", _SQL, "-f", "tsv"]
    commands = {
        "a plain DuckDB script": [sys.executable, str(_PLAIN), str(raw), _SQL],
        "ess query, first": ask,
        "ess query, second": ask,
    }
    runs: dict[str, list[Measured]] = {name: [] for name in commands}
    for _ in range(ROUNDS + 1):
        subprocess.run([_ESS, "cache", "clear"], env=env, check=True, capture_output=True)
        answers = set()
        for name, argv in commands.items():
            runs[name].append(_once(argv, env, out))
            answers.add(tuple(out.read_text("utf-8").splitlines()[-1].split()))
        if len(answers) > 1:
            raise RuntimeError(f"the answers differ: {answers}")
    return {name: found[1:] for name, found in runs.items()}


def _once(argv: list[str], env: dict[str, str], out: Path) -> Measured:
    run = measured.once(argv, env, out)
    if run.failure:
        raise RuntimeError(f"{argv[0]} {run.failure}")
    return run


def _mb(run: Measured) -> float:
    return run.peak_bytes / (1 << 20)


if __name__ == "__main__":
    main()
