"""Ending all processes of a session: one that was started in a session of its own, and what it started."""

import contextlib
import os
import signal
import threading
from collections.abc import Collection, Iterator

IS_ENDED = threading.Event()
"""Set in a process of which others see to it that all it started ends with it, whatever ends that."""

_SESSION = 3
"""Where the session is among the fields after the name. Source: proc_pid_stat(5)."""


def kill_session(*leaders: int) -> None:
    """Kill all processes of the sessions that these lead or have led, the leaders and their groups last.

    Where there is no ``/proc``, those are all that is found. One that has begun a session of its own
    (``setsid``) never is. A leader must not have been waited for, so that its number still means it.
    """
    killed = set(leaders)
    while found := set(_members(leaders)) - killed:  # one may have forked meanwhile
        for pid in found:
            _kill(pid)
        killed |= found
    for leader in leaders:
        _kill(-leader)


def _members(sessions: Collection[int]) -> Iterator[int]:
    for name in os.listdir("/proc") if sessions and os.path.isdir("/proc") else ():
        if name.isdigit() and _session_of(name) in sessions:
            yield int(name)


def _session_of(pid: str) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            after_name = stat.read().rpartition(b")")[2]
        return int(after_name.split()[_SESSION])
    except (OSError, IndexError):  # it has ended
        return None


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # gone, or another user's by setuid
        os.kill(pid, signal.SIGKILL)
