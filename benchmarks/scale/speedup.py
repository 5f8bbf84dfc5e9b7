"""Files that take their time, on one worker and on four of the sandbox: real SSH, and the real engine."""

import subprocess
import sys

from benchmarks import ground
from benchmarks.goals import Goal
from benchmarks.ground import Desk
from benchmarks.scale import asking
from benchmarks.scale.master import SLEEP_S, Took
from benchmarks.timing import BIN
from ess_core.nodes.cores import usable_cores

FILES = 100
WORKERS = 4
_LEAST = 3.5
_CORES = usable_cores()


def main() -> None:
    """Print both times, and how much quicker four are."""
    with ground.opened() as place, place.desk() as desk:
        place.fresh(pending_s=0.1, boot_s=0.1)
        _ess(desk, "instance", "ec2", "create", "--number=1", "--yes")
        one = _took(desk)
        _ess(desk, "instance", "ec2", "create", f"--number={WORKERS - 1}", "--add", "--yes")
        many = _took(desk)
        _ess(desk, "instance", "ec2", "terminate", "all", "--yes")
    print(
        f"speedup: {FILES} files of {SLEEP_S} s, on prepared workers of the sandbox with {_CORES} cores each"
    )
    print("| workers | with connecting and starting processes | again |\n| --- | --- | --- |")
    for number, took in ((1, one), (WORKERS, many)):
        print(f"| {number} | {took.begun_s:.2f} s | {took.seconds:.2f} s |")
    print(Goal(f"speed of {WORKERS} workers / of one", one.seconds / many.seconds, _LEAST))


def _took(desk: Desk) -> Took:
    _ess(desk, "cluster", "prepare")
    return asking.took("sleep", FILES, FILES, desk.env)


def _ess(desk: Desk, *words: str) -> None:
    done = subprocess.run(
        [str(BIN / "ess"), *words],
        env=desk.env,
        cwd=desk.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"ess {' '.join(words)} ended with {done.returncode}: {done.stderr[-500:]}")


if __name__ == "__main__":
    main()
