"""Find and end the processes that a sandbox's hosts started, also those that left their process group.

Each carries the sandbox's folder and its instance in its environment, which children inherit. One that
cleared its environment and became a daemon is a child of the hosts' process, or of the supervisor: both
adopt orphans.
"""

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

MARK = "ESS_SANDBOX_HOST"
"""The variable that marks them: ``<folder>//<instance id>``."""
_LONGEST_S = 5.0
_TIDYING_S = 1.0
_TIDIES = b"multiprocessing.resource_tracker"
"""Who ends by itself once the processes of its program have, and removes semaphores that would stay."""
_PR_SET_CHILD_SUBREAPER = 36


def mark(folder: Path, instance_id: str) -> str:
    """The value of MARK for processes of one host."""
    return f"{folder}//{instance_id}"


def end_all(folder: Path) -> None:
    """Kill the processes of all hosts of the sandbox in ``folder``."""
    needle = f"{MARK}={folder}//".encode()
    _end(lambda: _marked(needle))


def end_of_host(folder: Path, instance_id: str) -> None:
    """Kill the processes of one host."""
    needle = f"{MARK}={mark(folder, instance_id)}\0".encode()
    _end(lambda: _marked(needle))


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, instead of the machine's first process."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_descendants() -> None:
    """Kill every descendant of this process."""
    _end(_descendants)


def _end(find: Callable[[], Iterable[int]]) -> None:
    """Kill until nothing more is found: a process may start another while it is being killed."""
    began = time.monotonic()
    while (found := list(find())) and (passed := time.monotonic() - began) < _LONGEST_S:
        for pid in found:
            with contextlib.suppress(OSError):
                if passed > _TIDYING_S or _TIDIES not in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)


def _marked(needle: bytes) -> Iterator[int]:
    """Processes of this user whose environment has a variable that starts with ``needle``."""
    for pid in _pids():
        with contextlib.suppress(OSError):
            if pid != os.getpid() and b"\0" + needle in b"\0" + Path(f"/proc/{pid}/environ").read_bytes():
                yield pid


def _descendants() -> list[int]:
    parents = {pid: parent for pid in _pids() if (parent := _parent(pid))}
    family = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sorted(family - {os.getpid()})


def _parent(pid: int) -> int:
    """The parent of a process that still runs; 0 where it has ended."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return 0
    return 0 if state == "Z" else int(parent)


def _pids() -> list[int]:
    return [int(entry.name) for entry in os.scandir("/proc") if entry.name.isdigit()]
