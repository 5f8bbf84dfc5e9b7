"""Start and stop the sandbox of a folder."""

import importlib.util
import os
import select
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from ess_core.errors import EssError
from ess_core.interrupts import deferred
from ess_plugins.sandbox import folder, processes
from ess_plugins.sandbox.settings import RESERVED, Settings
from ess_plugins.sandbox.state import Running, find, is_ours, runs

READY_S = 60.0
STOP_S = 15.0
_NEEDS = ("moto", "flask", "flask_cors", "werkzeug")


def start(settings: Settings) -> Running:
    """Start a sandbox and return when it answers.

    Raises UsageError where the folder is taken, EssError where this is not Linux, where the extra is missing,
    where the SSH port cannot be had or where it does not come up.
    """
    _refuse_where_impossible()
    _refuse_port_of_others(settings.ssh_port)
    log = settings.state / "log"
    with ExitStack() as undo:
        with deferred():  # a signal amid this would leave what nobody knows of
            folder.prepare(settings.folder)
            undo.callback(_remove, settings.folder)
            supervisor = _supervisor(settings, log)
            undo.callback(_end_ours, supervisor)
        running = _await_ready(settings, supervisor, log)
        undo.pop_all()
    return running


def stop(where: Path, keep: bool = False) -> list[str]:
    """End the sandbox of a folder and remove what it wrote, unless ``keep``.

    Returns the names of what stays because it is the user's. Raises NothingMatchedError where none runs.
    """
    where = where.absolute()
    if not is_ours(where):
        find(where)
    if runs(where):
        _end(find(where).supervisor, where)
    processes.end_all(where)
    return [] if keep else folder.remove(where)


def _supervisor(settings: Settings, log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-m", "ess_plugins.sandbox.supervisor", settings.encode()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=settings.state,
            start_new_session=True,
        )


def _end_ours(supervisor: "subprocess.Popen[bytes]") -> None:
    supervisor.terminate()
    supervisor.wait()


def _remove(where: Path) -> None:
    if not runs(where):
        folder.remove(where)


def _await_ready(settings: Settings, supervisor: "subprocess.Popen[bytes]", log: Path) -> Running:
    assert supervisor.stdout is not None
    with supervisor.stdout as said:
        answered, _, _ = select.select([said], [], [], READY_S)
        if answered and said.readline() == b"ready\n":
            return find(settings.folder)
    lines = log.read_text("utf-8", "replace").strip().splitlines() or ["it said nothing"]
    raise EssError(f"the sandbox did not start: {lines[-1]}")


def _end(pid: int, where: Path) -> None:
    """Ask the supervisor to end and wait; a pid descriptor cannot hit another process of the same number."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if runs(where):
            signal.pidfd_send_signal(handle, signal.SIGTERM)
            _await_end(pid, handle, where)
    finally:
        os.close(handle)


def _await_end(pid: int, handle: int, where: Path) -> None:
    ended, _, _ = select.select([handle], [], [], STOP_S)
    if not ended:
        raise EssError(f"the sandbox in {where} does not end (process {pid})", f"kill -9 {pid}")


def _refuse_where_impossible() -> None:
    if sys.platform != "linux":
        raise EssError(f"the sandbox needs Linux, with its 127.0.0.0/8; this is {sys.platform}")
    if missing := [name for name in _NEEDS if importlib.util.find_spec(name) is None]:
        raise EssError(
            f"the sandbox needs packages that are not installed: {', '.join(missing)}",
            "pip install 'essentia-aws[sandbox]'",
        )


def _refuse_port_of_others(port: int) -> None:
    try:
        with socket.socket() as probe:
            probe.bind((RESERVED, port))
    except OSError as error:
        raise EssError(f"port {port} of {RESERVED} cannot be had: {error.strerror}") from error
