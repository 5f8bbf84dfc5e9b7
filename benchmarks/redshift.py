"""From gzipped CSV files in a bucket to rows in a table: ess beside awswrangler and row-wise INSERTs.

All run against one sandbox. Its COPY is not Redshift's, and is what all of them wait for alike; so the time
without it, the client's own, is shown too. A first run of each is there for its memory, as looking at it
takes time of a core, and for the sandbox to get warm.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks import orders
from benchmarks.goals import Goal
from benchmarks.ground import opened
from benchmarks.orders import Orders
from benchmarks.timing import BIN
from benchmarks.track import BUCKET, PREFIX, STAGING, TABLE, Loading, Track

SIZES = (200_000, 2_000_000)
ROUNDS = 5  # in turn, so that a drift of the machine hits all alike; the middle counts
ROWS_ONE_BY_ONE = 10_000
ESS, WRANGLER, ROW_WISE = "ess redshift stream", "awswrangler", "executemany"
_FASTER, _FASTER_THAN_ROWS, _MEMORY_MB = 1.2, 10.0, 600
_MB = 1 << 20
_WRANGLER_PYTHON = BIN.parent / "wrangler" / "bin" / "python"
_HERE = Path(__file__).parent


def main() -> None:
    """Print a row for each number of rows, and the goals."""
    print(f"redshift: gzipped CSV in a bucket into a table, staged as Parquet; the middle of {ROUNDS} runs")
    print(
        "wall seconds, those without COPY, CPU seconds, memory of all processes of the tool in one more run,"
    )
    print(
        f"and how many times as long as ess it took; {ROW_WISE} is measured on {ROWS_ONE_BY_ONE:,} rows and"
    )
    print("multiplied\n")
    print(f"| | {ESS} | {_wrangler()} | {ROW_WISE} |\n| --- | --- | --- | --- |")
    goals: list[Goal] = []
    for rows in SIZES:
        found = _measured(rows)
        cells = (
            _cell(found[name], found[ESS]) if name in found else "-" for name in (ESS, WRANGLER, ROW_WISE)
        )
        print(f"| {rows:,} rows | {' | '.join(cells)} |", flush=True)
        goals += _goals(rows, found)
    print("", *goals, sep="\n")


def _measured(rows: int) -> Mapping[str, Loading]:
    """The middle run of each tool, on a new sandbox."""
    with opened() as ground, ground.desk() as desk, tempfile.TemporaryDirectory() as place:
        track = Track(ground, desk, Path(place))
        made = Orders(rows)
        track.fill(made)
        commands, few = _commands(track), orders.first(ROWS_ONE_BY_ONE)
        wanted = {name: few if name == ROW_WISE else made.sums for name in commands}
        memory = {name: track.memory(argv, wanted[name]) for name, argv in commands.items()}
        runs: dict[str, list[Loading]] = {}
        for _ in range(ROUNDS):
            for name, argv in commands.items():
                runs.setdefault(name, []).append(track.load(argv, wanted[name]))
        track.close()
    found = {name: replace(_middle(some), family_bytes=memory[name]) for name, some in runs.items()}
    return found | {ROW_WISE: found[ROW_WISE].times(rows / ROWS_ONE_BY_ONE)}


def _middle(runs: Sequence[Loading]) -> Loading:
    return sorted(runs, key=lambda one: one.run.seconds)[len(runs) // 2]


def _commands(track: Track) -> dict[str, list[str]]:
    wrangler, rows = str(_HERE / "plain_wrangler.py"), str(_HERE / "plain_rows.py")
    commands = {
        ESS: [str(BIN / "ess"), "redshift", "stream", TABLE, "*", "*", TABLE],
        WRANGLER: [str(_WRANGLER_PYTHON), wrangler, BUCKET, PREFIX, f"{STAGING}/", TABLE, *track.at],
        ROW_WISE: [sys.executable, rows, BUCKET, PREFIX, str(ROWS_ONE_BY_ONE), TABLE, *track.at],
    }
    if not _WRANGLER_PYTHON.is_file():
        del commands[WRANGLER]
    return commands


def _cell(one: Loading, ess: Loading) -> str:
    run = one.run
    figures = [f"{run.seconds:.2f} s", f"{one.client_s:.2f} s", f"CPU {run.cpu_s:.2f} s"]
    figures.append(f"{one.family_bytes / _MB:.0f} MB")
    if one is not ess:
        figures.append(
            f"{run.seconds / ess.run.seconds:.2f}x, {one.client_s / ess.client_s:.2f}x without COPY"
        )
    return ", ".join(figures)


def _goals(rows: int, found: Mapping[str, Loading]) -> list[Goal]:
    ess, by_row = found[ESS], found[ROW_WISE]
    goals = [
        Goal(f"{rows:,} rows, {ROW_WISE} / ess", by_row.run.seconds / ess.run.seconds, _FASTER_THAN_ROWS)
    ]
    if peer := found.get(WRANGLER):
        goals.append(Goal(f"{rows:,} rows, {WRANGLER} / ess", peer.run.seconds / ess.run.seconds, _FASTER))
    if rows == SIZES[-1]:
        goals.append(Goal(f"MB of ess with {rows:,} rows", ess.family_bytes / _MB, _MEMORY_MB, at_most=True))
    return goals


def _wrangler() -> str:
    if not _WRANGLER_PYTHON.is_file():
        return f"{WRANGLER}: not here; `make bench` installs it"
    ask = "import importlib.metadata; print(importlib.metadata.version('awswrangler'))"
    argv = [_WRANGLER_PYTHON, "-c", ask]
    done = subprocess.run(argv, env=os.environ, capture_output=True, text=True, check=True)
    return f"{WRANGLER} {done.stdout.strip()}"


if __name__ == "__main__":
    main()
