"""A thousand workers and many files: the real executor and the real scheduler, with workers that do nothing.

``python -m benchmarks.scale.simulation [FILES]``.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.goals import Goal
from benchmarks.scale import asking, figures, place, stubs
from benchmarks.scale.master import Took

WORKERS = 1000
THREADS = 4
FILES = 100_000
_MOST_GROWTH = 1.05
_MB = 1 << 20


def main(files: int = FILES) -> None:
    """Print what the master takes, and whether its memory grows with the number of files."""
    with tempfile.TemporaryDirectory() as place_of_all:
        folder = Path(place_of_all)
        place.make(folder)
        env = os.environ | {
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_DEFAULT_REGION": "us-east-1",
            "ESS_HOME": str(folder / "ess"),
        }
        with _engine(folder) as pid:
            before_s, before_bytes = figures.cpu_s(pid), figures.memory(pid)
            took = asking.took("stream", 1, files, env, folder)
            scheduler_s, scheduler_bytes = figures.cpu_s(pid) - before_s, figures.memory(pid)
    print(f"simulation: {files} files on {WORKERS} workers of {THREADS} cores that do nothing")
    _print(took)
    print(
        f"scheduler and workers, one process: CPU {scheduler_s:.0f} s, "
        f"{1000 * scheduler_s / files:.2f} ms a file; "
        f"{before_bytes / _MB:.0f} MB before the first file, peak {scheduler_bytes / _MB:.0f} MB"
    )
    growth = took.tenths[-1] / took.tenths[4]
    print(Goal("master's memory in the end / after half of the files", growth, _MOST_GROWTH, at_most=True))


def _print(took: Took) -> None:
    files = took.files
    print(f"until the first file is done: {took.begun_s:.1f} s")
    print(
        f"master: {took.seconds:.0f} s, {files / took.seconds:.0f} files a second; "
        f"CPU {took.cpu_s:.0f} s, {1000 * took.cpu_s / files:.2f} ms a file"
    )
    print(
        f"master's memory: peak {took.peak_bytes / _MB:.0f} MB; after each tenth of the files "
        f"{', '.join(f'{size / _MB:.0f}' for size in took.tenths)} MB"
    )
    print(
        f"master's messages: {took.sent} sent, {took.received} received, "
        f"{(took.sent + took.received) / files:.2f} a file; {took.sent_bytes / files:.0f} bytes sent a file"
    )


@contextmanager
def _engine(folder: Path) -> Iterator[int]:
    words = [sys.executable, "-m", stubs.__name__, str(folder), str(WORKERS), str(THREADS)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            words, cwd=asking.ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        place.engine(folder)
        yield process.pid
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
