"""One process of this machine that works on one item after another, and how it is ended."""

import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
from multiprocessing.connection import Connection
from typing import Any, cast

from ess_core.errors import EssError
from ess_core.nodes import tasks
from ess_core.nodes.attempts import Attempt
from ess_core.nodes.sessions import kill_session
from ess_core.nodes.tasks import Answer, Setting


class Process:
    """One process, and what it works on; it is told ``setting``, by default that of this process."""

    def __init__(self, setting: Setting | None = None) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._popen = _popen(theirs.fileno())
        self.connection = Connection(ours.detach())
        self.task: Attempt[Any] | None = None
        with contextlib.suppress(OSError):  # it has died; there will be no answer
            self.connection.send(setting or tasks.setting())

    def begin(self, task: Attempt[Any], pickled: bytes) -> None:
        """Let it work on ``task``."""
        self.task = task
        self.send(pickled)

    def send(self, pickled: bytes) -> None:
        """Let it work on what is pickled."""
        with contextlib.suppress(OSError):  # it has died; there will be no answer
            self.connection.send_bytes(pickled)

    def answer(self) -> Answer | None:
        """Its answer once it is there; None where it died."""
        pickled = self.receive()
        if pickled is None:
            return None
        self.task = None
        return cast("Answer", pickle.loads(pickled))  # noqa: S301 - of a process that we started

    def receive(self) -> bytes | None:
        """Its pickled answer once it is there; None where it died."""
        try:
            return self.connection.recv_bytes()
        except (EOFError, OSError):
            return None

    def interrupt(self) -> None:
        """Let its task clean up."""
        if self._popen.returncode is None:
            os.kill(self._popen.pid, signal.SIGTERM)

    def wait(self, timeout_s: float) -> None:
        """Give it time to end, or to be done."""
        if not self.connection.closed:
            self.connection.poll(timeout_s)

    def kill(self) -> str:
        """End it with all that it started, and say how it ended if it had."""
        if self._popen.returncode is None:  # else its number may be another's by now
            kill_session(self._popen.pid)
        self.connection.close()
        code = self._popen.wait()
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def _popen(handle: int) -> subprocess.Popen[bytes]:
    """A process of :mod:`ess_core.nodes.tasks`; those of ``multiprocessing`` read the main script anew."""
    code = f"from {tasks.__name__} import main; main({handle})"
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[handle],
            start_new_session=True,
        )
    except OSError as error:
        raise EssError(f"no process can be started: {error.strerror}") from error
