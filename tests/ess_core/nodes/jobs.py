"""Functions that the tests of executors run in other processes."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ess_core.errors import EssError, UsageError
from ess_core.interrupts import Interrupted
from ess_core.registry import REGISTRY, Kind
from tests.fixtures.waiting import until

LONG_S = 600


def double(number: int) -> int:
    return 2 * number


def process(_item: object) -> int:
    return os.getpid()


def nowhere() -> str:
    return "here"


def await_file(path: Path) -> str:
    until(path.exists)
    return path.name


def note_and_wait(folder: Path) -> None:
    """Leave the numbers of this process and of a command it runs, and wait for the command."""
    command = subprocess.Popen(["sleep", str(LONG_S)], start_new_session=False, process_group=0)
    note(folder, command.pid)
    command.wait()


def note_and_clean_up(folder: Path) -> None:
    note(folder)
    try:
        time.sleep(LONG_S)
    except Interrupted:
        (folder / "cleaned").touch()
        raise


def note_and_stay(folder: Path) -> None:
    """Wait on, whatever asks for an end."""
    command = subprocess.Popen(["sleep", str(LONG_S)])
    note(folder, command.pid)
    while True:
        with contextlib.suppress(Interrupted):
            time.sleep(LONG_S)


def note(folder: Path, *more: int) -> None:
    temporary = folder / "noting"
    temporary.write_text(" ".join(map(str, (os.getpid(), *more))))
    temporary.rename(folder / "noted")


def noted(folder: Path) -> list[int]:
    until((folder / "noted").exists)
    return [int(number) for number in (folder / "noted").read_text().split()]


def die(number: int) -> int:
    if number == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def swallow(_item: object) -> str:
    """Be told to end where Python ignores exceptions, as in imports."""

    class Last:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)

    Last()
    time.sleep(LONG_S)
    return "went on"


def die_once(marker: Path) -> str:
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def leave_and_die(folder: Path) -> None:
    note(folder, subprocess.Popen(["sleep", str(LONG_S)]).pid)
    os.kill(os.getpid(), signal.SIGKILL)


def leave(_item: object) -> None:
    os._exit(7)


class OwnError(EssError):
    """Has an argument of its own, so that pickle cannot make it."""

    exit_code = 4

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} and {two}", "try three")


def fail(kind: str) -> None:
    if kind == "usage":
        raise UsageError("it cannot be", "type something else")
    if kind == "own":
        raise OwnError("one", "two")
    if kind == "memory":
        raise MemoryError
    if kind == "exit":
        sys.exit(3)
    if kind == "aws":
        from botocore.exceptions import ClientError

        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject")
    raise ValueError(f"no {kind}")


def unpicklable(_item: object) -> object:
    return lambda: None


def datastores(_item: object) -> list[str]:
    return [entry.name for entry in REGISTRY.of(Kind.DATASTORE)]


def arguments(_item: object) -> str:
    """The command line and environment of this process."""
    return Path("/proc/self/cmdline").read_text() + Path("/proc/self/environ").read_text()


def is_copy(_item: object) -> bool:
    """Whether this process is a copy of one that starts others."""
    return "ess_core.nodes.forking" in sys.modules


def modules(_item: object) -> set[str]:
    """What is imported in this process."""
    return {name.partition(".")[0] for name in sys.modules}
