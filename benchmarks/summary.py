"""What is known of a category of a million files, beside the bare SQL aggregate on the same SQLite file."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks import measured, plain_aggregate
from benchmarks.goals import Goal
from benchmarks.measured import Measured
from benchmarks.timing import BIN
from ess_core.files import File
from ess_core.tables import categories
from ess_core.tables.categories import Category

FILES = 1_000_000
DAYS = 1_000
ROUNDS = 7
_BARE = "bare aggregate, Python's sqlite3"
_MOST = 3.0


class Listing:
    """A datastore that can be listed and no more: as many files each day, but for two days that have none."""

    url = "file:///benchmark"

    def list(self, prefix: str = "") -> Iterator[File]:
        """The files in the order of their keys."""
        assert prefix == "logs/"
        changed = datetime(2026, 1, 1, tzinfo=UTC)
        for number in range(FILES):
            day, host = divmod(number, FILES // DAYS)
            dated = date(2023, 1, 1) + timedelta(days=day + (day > 100) + (day > 500))
            key = f"logs/{dated:%Y/%m/%d}/host-{host:04}.csv.gz"
            yield File(key, 1000 + number % 7777, changed, f"{number:032x}", "STANDARD")


def main() -> None:
    """Print medians, and how many times as long as the bare aggregate each took."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "ess"
        os.environ["ESS_HOME"] = str(home)
        _fill()
        database = str(home / "categories.db")
        commands = {
            _BARE: [sys.executable, "-I", "-S", plain_aggregate.__file__, database],
            "ess summary": _ess("summary"),
            "ess summary logs": _ess("summary", "logs"),
            "ess summary logs --short": _ess("summary", "logs", "--short"),
            "ess summary logs --plot": _ess("summary", "logs", "--plot"),
            "ess summary logs --html": _ess("summary", "logs", "--html", str(Path(place) / "page.html")),
        }
        if tool := shutil.which("sqlite3"):
            commands["bare aggregate, sqlite3"] = [tool, "-readonly", database, plain_aggregate.SQL]
        runs = measured.middle_in_turn(commands, os.environ, Path(place) / "out", ROUNDS)
        size_mb = Path(database).stat().st_size / (1 << 20)
    print(f"summary: a category of {FILES:,} files in a database of {size_mb:.0f} MB")
    print(
        f"medians of {ROUNDS} runs in turn: wall seconds, peak memory, wall seconds / those of the bare one"
    )
    _print(runs)
    for name in ("ess summary", "ess summary logs"):
        print(Goal(f"{name} / {_BARE}", runs[name].seconds / runs[_BARE].seconds, _MOST, at_most=True))


def _fill() -> None:
    store = Listing()
    category = Category("logs", store.url, "benchmark", ("logs/**",))
    with categories.compare(category, store) as found:  # type: ignore[arg-type]  # nothing else is asked of it
        categories.add(category, found)


def _ess(*words: str) -> list[str]:
    return [str(BIN / "ess"), *words]


def _print(runs: dict[str, Measured]) -> None:
    print("\n|  | wall | memory | beside the bare one |\n| --- | --- | --- | --- |")
    for name, run in runs.items():
        ratio = f"{run.seconds / runs[_BARE].seconds:.2f}x"
        print(f"| {name} | {run.failure or f'{run.seconds:.2f} s'} | {run.peak_bytes >> 20} MB | {ratio} |")


if __name__ == "__main__":
    main()
