"""A process that works for an executor: it takes one task after another from a socket.

It leads a session of its own, so that it can be ended with all that it started. It ends itself where the
executor's process is gone, whatever ended that.
"""

import contextlib
import importlib
import os
import pickle
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from ess_core import garbage, interrupts
from ess_core.errors import EssError
from ess_core.nodes.sessions import IS_ENDED, kill_session
from ess_core.registry import REGISTRY, Entry

GRACE_S = 3.0
"""How long a task that is to end has to clean up."""
READY = b"r"
"""What a process says first: it leads its session, and ends with the other end of its socket."""


@dataclass(frozen=True)
class Setting:
    """What of the executor's process a task may need; ``modules`` are imported before there is one."""

    path: list[str]
    entries: list[Entry]
    modules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Done:
    """What the function returned."""

    value: Any


@dataclass(frozen=True)
class Failed:
    """What the function raised, where the reason is known."""

    error: EssError


@dataclass(frozen=True)
class Broken:
    """What else it raised, as a traceback and in a line; ``error`` is None where it cannot be pickled."""

    error: BaseException | None
    line: str
    trace: str


Answer = Done | Failed | Broken


def setting() -> Setting:
    """That of this process. Entries that are more than names stay here: tasks need no schemas."""
    return Setting(list(sys.path), [entry for entry in REGISTRY.entries if isinstance(entry.value, str)])


def get_ready(given: Setting) -> None:
    """Have what a task may need."""
    sys.path[:] = given.path
    REGISTRY.entries = given.entries
    for name in given.modules:
        with contextlib.suppress(Exception):  # the task that needs it says why
            importlib.import_module(name)


def main(handle: int) -> None:
    """Say READY, and work until nothing more can come from the socket ``handle``."""
    garbage.look_rarely()
    os.set_inheritable(handle, False)  # noqa: FBT003 - it has no name
    connection = Connection(handle)
    IS_ENDED.set()
    threading.Thread(target=_watch, args=(handle,), daemon=True).start()
    interrupts.install()
    interrupts.repeat_swallowed()
    with contextlib.suppress(KeyboardInterrupt):
        with contextlib.suppress(EOFError, OSError):  # nobody waits for an answer any more
            os.write(handle, READY)
            get_ready(connection.recv())
            while True:
                connection.send_bytes(_answered(connection.recv_bytes()))
        _ignore_signals()
    _ignore_signals()
    kill_session(os.getpid())


def _ignore_signals() -> None:
    for signum in interrupts.SIGNALS:
        signal.signal(signum, signal.SIG_IGN)


def _watch(handle: int) -> None:
    """End this process and all that it started once the other end of the socket is closed."""
    poll = select.poll()
    poll.register(handle, select.POLLRDHUP)
    poll.poll()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    kill_session(os.getpid())


def _answered(task: bytes) -> bytes:
    """The pickled answer to a pickled task."""
    answer = _run(task)
    try:
        return pickle.dumps(answer)
    except Exception as error:  # noqa: BLE001 - whatever a class's own way to be pickled raises
        return pickle.dumps(_broken(error))


def _run(task: bytes) -> Answer:
    try:
        fn: Callable[[Any], Any]
        fn, item = pickle.loads(task)  # noqa: S301 - by the process that started this one
        return Done(fn(item))
    except MemoryError:
        return Failed(EssError("the memory is not enough"))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it goes to the process that has a user
        known = _understood(error)
        return Failed(_portable(known)) if known else _broken(error)


def _understood(error: BaseException) -> EssError | None:
    """The error where its reason is known; those of AWS are explained here, as not all can be pickled."""
    if type(error).__module__.startswith(("boto3.", "botocore.")):
        from ess_core.cloud import explain

        return explain(error)
    return error if isinstance(error, EssError) else None


def _portable(error: EssError) -> EssError:
    """The error, or its words where a class with arguments of its own cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - whatever its constructor raises
        plain = EssError(error.message, error.hint)
        plain.exit_code = error.exit_code
        return plain
    return error


def _broken(error: BaseException) -> Broken:
    line = traceback.format_exception_only(error)[-1].strip()
    trace = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    except Exception:  # noqa: BLE001 - whatever its constructor raises
        return Broken(None, line, trace)
    return Broken(error, line, trace)
