"""100,000 files of a folder grouped into a category, beside `find` whose output `sqlite3` imports."""

import os
import shlex
import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path

from benchmarks import measured
from benchmarks.goals import Goal
from benchmarks.measured import Measured
from benchmarks.timing import BIN

FILES = 100_000
DAYS = 1_000
ROUNDS = 7
_PEER = "find -printf, sqlite3 .import"
_ADD = "ess category add"
_AGAIN = "ess category add --overwrite, nothing new"
_MOST = 3.0


def main() -> None:
    """Print medians, and how many times as long as find and sqlite3 each took."""
    if not shutil.which("sqlite3"):
        print("categories: there is no sqlite3 here to compare with: apt-get install sqlite3")
        return
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "files"
        _fill(folder)
        os.environ["ESS_HOME"] = str(Path(place) / "ess")
        commands = {
            _PEER: _shell(_peer(folder, Path(place) / "peer.db")),
            _ADD: _shell(f"rm -f $ESS_HOME/categories.db*; {_add()}"),
            _AGAIN: _shell(f"{_add()} --overwrite"),
        }
        measured.once([str(BIN / "ess"), "select", "local", str(folder)], os.environ, Path(place) / "out")
        runs = measured.middle_in_turn(commands, os.environ, Path(place) / "out", ROUNDS)
    print(f"categories: {FILES:,} files in {DAYS:,} folders; medians of {ROUNDS} runs in turn")
    _print(runs)
    print(Goal(f"{_ADD} / {_PEER}", runs[_ADD].seconds / runs[_PEER].seconds, _MOST, at_most=True))


def _fill(folder: Path) -> None:
    for day in range(DAYS):
        inside = folder / f"logs/{date(2023, 1, 1) + timedelta(days=day):%Y/%m/%d}"
        inside.mkdir(parents=True)
        for host in range(FILES // DAYS):
            (inside / f"host-{host:04}.csv").write_bytes(b"time,user,amount\n12:00:00,u1,2.50\n")


def _peer(folder: Path, database: Path) -> str:
    path, kept = shlex.quote(str(folder)), shlex.quote(str(database))
    found = rf"find {path} -type f -printf '%p\t%s\t%T@\n'"
    return f"rm -f {kept}; {found} | sqlite3 {kept} '.mode tabs' '.import /dev/stdin file'"


def _add() -> str:
    return f"{shlex.quote(str(BIN / 'ess'))} category add logs 'logs/**'"


def _shell(line: str) -> list[str]:
    return ["sh", "-c", line]


def _print(runs: dict[str, Measured]) -> None:
    print("\n|  | wall | CPU | memory | beside find and sqlite3 |\n| --- | --- | --- | --- | --- |")
    for name, run in runs.items():
        ratio = f"{run.seconds / runs[_PEER].seconds:.2f}x"
        figures = run.failure or f"{run.seconds:.2f} s"
        print(f"| {name} | {figures} | {run.cpu_s:.2f} s | {run.peak_bytes >> 20} MB | {ratio} |")


if __name__ == "__main__":
    main()
