"""What happens to workers in mid-stream: a command that hangs says where, and something is done to it."""

import os
import shlex
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ess_plugins.workers.days import DAYS, Days
from tests.fixtures.processes import alive
from tests.fixtures.waiting import until

ONE = "2014-01-03"
ALL = {f"logs%2F{day}.csv": str(number + 1 + (number % 2 == 0)) for number, day in enumerate(DAYS)}
"""The files that `wc -l` writes."""


def command(ess, *, times, then="wc -l", hangs="sleep 1000"):
    """Count lines; of one file so many times first say where that is, and hang."""
    began = f"test %date = {ONE} && test $(ls {ess.cwd} | grep -c began) -lt {times}"
    said = f"echo $$ $HOME > {ess.cwd}/new; mv {ess.cwd}/new $(mktemp {ess.cwd}/began.XXXX)"
    return f"if {began}; then {said}; {hangs}; fi; {then}"


@contextmanager
def happening(ess, times: int, what: Callable[[int, Path], object]) -> Iterator[None]:
    """Let something happen each time that the one file is begun, to its process and the node of that HOME.

    Whatever ran it is gone in the end.
    """
    seen: set[Path] = set()
    pids: list[int] = []
    failed: list[BaseException] = []

    def watch() -> None:
        for _ in range(times):
            until(lambda: _began(ess) - seen or is_over.is_set())
            [path] = _began(ess) - seen
            seen.add(path)
            pid, home = path.read_text().split()
            pids.append(int(pid))
            what(int(pid), Path(home))

    def watched() -> None:
        try:
            watch()
        except BaseException as error:  # noqa: BLE001 - raised where it is seen
            failed.append(error)
            for pid in pids:
                os.kill(pid, signal.SIGKILL)  # else it is waited for

    is_over = threading.Event()
    thread = threading.Thread(target=watched)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
    if failed:
        raise failed[0]
    until(lambda: not any(map(alive, pids)))


def _began(ess) -> set[Path]:
    return {path for path in ess.cwd.glob("began.*") if path.stat().st_size}


def written(ess) -> dict[str, str]:
    """What the files in the folder ``out`` have."""
    return {path.name: path.read_text().strip() for path in (ess.cwd / "out").iterdir()}


def go_on(days: Days, done):
    """Type what is hinted at; only the files that are not done are done."""
    before = {path: path.stat().st_mtime_ns for path in (days.ess.cwd / "out").iterdir()}
    words = shlex.split(done.stderr.rpartition("hint: ")[2])
    assert words[:2] == ["ess", "stream"], done.stderr
    again = days.here(*words[1:])
    assert {path: path.stat().st_mtime_ns for path in before} == before
    return again
