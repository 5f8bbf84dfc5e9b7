"""Find and end processes that a sandbox's hosts started, also those that left their process group.

Each carries the sandbox's folder (and its instance) in its environment, which children inherit.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

MARK = "ESS_SANDBOX_HOST"
"""The variable that marks them: ``<folder>//<instance id>``."""


def mark(folder: Path, instance_id: str) -> str:
    """The value of MARK for processes of one host."""
    return f"{folder}//{instance_id}"


def end_all(folder: Path) -> None:
    """Kill the processes of all hosts of the sandbox in ``folder``."""
    _end(f"{MARK}={folder}//".encode())


def end_of_host(folder: Path, instance_id: str) -> None:
    """Kill the processes of one host."""
    _end(f"{MARK}={mark(folder, instance_id)}\0".encode())


def _end(needle: bytes) -> None:
    while found := list(_marked(needle)):
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _marked(needle: bytes) -> Iterator[int]:
    """Ids of our own processes whose environment holds ``needle`` at the start of a variable."""
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if b"\0" + needle in b"\0" + Path(entry.path, "environ").read_bytes():
                    yield int(entry.name)
