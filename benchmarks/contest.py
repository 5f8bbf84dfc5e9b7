"""One task for several tools: each is measured, what it lists is compared, and all have a cell in one row."""

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import listers, measured, table
from benchmarks.keys import PAGE, Keys
from benchmarks.listers import Lister
from benchmarks.load import Load
from benchmarks.measured import Measured

PATIENCE_S = 90.0
_SHORT_S = 5.0
_ROUNDS = 5
_MB = 1 << 20


@dataclass(frozen=True)
class Result:
    """What one tool did; ``listings`` is 0 where they are not counted, ``wrong`` empty where all is well."""

    run: Measured
    listings: int = 0
    wrong: str = ""

    @property
    def well(self) -> bool:
        """Whether its figures count."""
        return not self.run.failure and not self.wrong.startswith("WRONG")

    def beside(self, ess: "Result | None") -> str:
        """A cell of the table; the last figure is how many times as long as ess this took."""
        if self.run.failure:
            return self.run.failure
        run = self.run
        figures = [f"{run.seconds:.2f} s", f"CPU {run.cpu_s:.2f} s", f"{run.peak_bytes / _MB:.0f} MB"]
        if self.listings:
            figures.append(f"{self.listings} LISTs")
        if ess and ess.well and ess is not self:
            figures.append(f"{run.seconds / ess.run.seconds:.1f}x")
        return ", ".join(figures + [self.wrong] * bool(self.wrong))


@dataclass(frozen=True)
class Contest:
    """Where tools are measured: an S3, and a folder for what they print."""

    endpoint: str
    folder: Path
    load: Load | None = None

    @property
    def env(self) -> dict[str, str]:
        """What each tool finds in its environment: the S3, and nothing of the user's."""
        own = {"HOME": str(self.folder), "ESS_HOME": str(self.folder / "ess")}
        return os.environ | listers.environment(self.endpoint) | own

    def list_all(
        self, title: str, bucket: str, keys: Keys, latency_s: float = 0.0, only: Iterable[str] = ()
    ) -> dict[str, Result]:
        """Print a row for listing the whole bucket; tools that would take minutes are left out."""

        def run(tool: Lister) -> Result | str:
            if _estimate_s(tool, keys.count, latency_s) > PATIENCE_S:
                return f"not run: over {PATIENCE_S:.0f} s"
            return self._listed(tool, bucket, keys)

        return row(title, run, only)

    def first_level(self, title: str, bucket: str) -> dict[str, Result]:
        """Print a row for listing the first level, in turn, so that a drift of the machine hits all alike."""
        commands = {tool.name: argv for tool in _here() if (argv := tool.first_level(bucket))}
        runs = measured.middle_in_turn(commands, self.env, self._output, _ROUNDS)
        return row(title, lambda tool: Result(runs[tool.name]) if tool.name in runs else "-")

    def read(self, title: str, bucket: str, key: str, digest: str) -> dict[str, Result]:
        """Print a row for writing an object to /dev/null, and compare what it is with ``digest``."""
        commands = {tool.name: argv for tool in _here() if (argv := tool.reading(bucket, key))}
        digests = {name: self._digest_of_output(argv) for name, argv in commands.items()}
        runs = measured.middle_in_turn(commands, self.env, Path(os.devnull), _ROUNDS)

        def result(tool: Lister) -> Result | str:
            if tool.name not in runs:
                return "-"
            return Result(runs[tool.name], wrong="" if digests[tool.name] == digest else "WRONG BYTES")

        return row(title, result)

    @property
    def _output(self) -> Path:
        return self.folder / "out"

    def _listed(self, tool: Lister, bucket: str, keys: Keys) -> Result:
        """The middle of three runs where they are short."""
        runs = [self._listed_once(tool, bucket)]
        if not runs[0].run.failure and runs[0].run.seconds < _SHORT_S:
            runs += [self._listed_once(tool, bucket) for _ in range(2)]
        middle = sorted(runs, key=lambda result: result.run.seconds)[len(runs) // 2]
        return replace(middle, wrong=keys.wrong_in(self._output, tool.key))

    def _listed_once(self, tool: Lister, bucket: str) -> Result:
        if not self.load:
            return Result(measured.once(tool.listing(bucket), self.env, self._output))
        self.load.fresh()
        return Result(measured.once(tool.listing(bucket), self.env, self._output), self.load.listings())

    def _digest_of_output(self, argv: list[str]) -> str:
        measured.once(argv, self.env, self._output)
        with self._output.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def row(title: str, run: Callable[[Lister], Result | str], only: Iterable[str] = ()) -> dict[str, Result]:
    """Print one row; returns the results of those that ran."""
    results: dict[str, Result] = {}
    cells = []
    for tool in listers.ALL:
        found = "-" if tool.missing() or (only and tool.name not in only) else run(tool)
        if isinstance(found, Result):
            results[tool.name] = found
            found = found.beside(results.get("ess"))
        cells.append(found)
    table.row(title, cells)
    return results


def _here() -> list[Lister]:
    return [tool for tool in listers.ALL if not tool.missing()]


def _estimate_s(tool: Lister, keys: int, latency_s: float) -> float:
    return 0 if tool.name == "ess" else keys / tool.keys_a_second + keys / PAGE * latency_s
