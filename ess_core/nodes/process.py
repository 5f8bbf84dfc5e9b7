"""One process of this machine that works on one item after another, and how it is ended."""

import contextlib
import os
import pickle
import signal
import socket
from collections.abc import Iterable
from multiprocessing.connection import Connection
from typing import Any, cast

from ess_core.nodes.attempts import Attempt
from ess_core.nodes.forkserver import ForkServer
from ess_core.nodes.sessions import kill_session
from ess_core.nodes.tasks import READY, Answer


class Process:
    """One process that ``server`` starts, and what it works on. Raises EssError where there can be none."""

    def __init__(self, server: ForkServer) -> None:
        ours, theirs = socket.socketpair()
        with ours:
            self.pid = server.start(theirs)
            with contextlib.suppress(OSError):  # it has died
                ours.recv(len(READY))
            self.connection = Connection(ours.detach())
        self.task: Attempt[Any] | None = None
        self._server = server
        self.has_ended = False
        self._code: int | None = None
        with contextlib.suppress(OSError):  # it has died; there will be no answer
            self.connection.send(server.setting)

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
        if not self.has_ended:
            with contextlib.suppress(ProcessLookupError):  # nor does its server live
                os.kill(self.pid, signal.SIGTERM)

    def wait(self, timeout_s: float) -> None:
        """Give it time to end, or to be done."""
        if not self.connection.closed:
            self.connection.poll(timeout_s)

    def kill(self) -> str:
        """End it with all that it started, and say how it ended if it had."""
        kill_all([self])
        code = self._code
        if code is None:
            return "has ended"
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"

    def collect(self) -> None:
        """Take note of how it ended, which must be killed."""
        self.has_ended = True  # also where a signal comes before the answer
        self.connection.close()
        self._code = self._server.wait(self.pid)


def kill_all(processes: Iterable[Process]) -> None:
    """End processes with all that they started."""
    left = [one for one in processes if not one.has_ended]  # of others the number may be another's by now
    kill_session(*(one.pid for one in left))
    for one in left:
        one.collect()
