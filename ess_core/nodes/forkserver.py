"""Where the processes of an executor come from: one process that gets ready, and that they are copies of."""

import os
import pickle
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ess_core.errors import EssError
from ess_core.nodes import forking
from ess_core.nodes.forking import COPY, NUMBER, UNKNOWN
from ess_core.nodes.sessions import kill_session
from ess_core.nodes.tasks import Setting

_NONE = "no process can be started"
_ATTEMPTS = 2


class ForkServer:
    """It gets ready as ``setting`` says. Any thread may use it; close it when its processes have ended.

    That of ``multiprocessing`` is one for all, reads the main script anew, and cannot end what a process has
    started.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._is_closed = False
        self._lock = threading.Lock()
        self._popen: subprocess.Popen[bytes] | None = None
        self._control = socket.socket(socket.AF_UNIX)

    def get_ready(self) -> None:
        """Start it before there is a process to start. Raises EssError where it cannot be."""
        with self._lock:
            self._begin()

    def start(self, theirs: socket.socket) -> int:
        """Start a process that works for the other end of ``theirs``; its number.

        Raises EssError where that cannot be.
        """
        with theirs, self._lock:
            for _ in range(_ATTEMPTS):
                self._begin()
                if (number := self._answer(COPY, [theirs.fileno()])) is not None:
                    break
            else:
                raise EssError(f"{_NONE}: the one that starts them has ended")
        if number < 0:
            raise EssError(f"{_NONE}: {os.strerror(-number)}")
        return number

    def wait(self, number: int) -> int | None:
        """Wait until one of its processes has ended; its exit code, of a signal the negative number.

        None where nobody knows, as the one that had started it has died.
        """
        with self._lock:
            code = self._answer(number)
        return None if code == UNKNOWN else code

    def close(self) -> None:
        """End it."""
        with self._lock:
            self._is_closed = True
            if self._popen and self._popen.returncode is None:
                kill_session(self._popen.pid)
                self._popen.wait()
            self._control.close()

    def _begin(self) -> None:
        """Start it, unless it runs."""
        if self._is_closed:
            raise EssError(f"{_NONE}: no more are wanted")
        if self._popen and self._popen.poll() is None and self._control.fileno() >= 0:
            return
        pickled = pickle.dumps(self.setting)
        self._control.close()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._popen = _popen(theirs.fileno())
        with self._talking():
            self._control.sendall(NUMBER.pack(len(pickled)) + pickled)

    def _answer(self, number: int, handles: Sequence[int] = ()) -> int | None:
        """What it answers; None where it has died."""
        with self._talking():
            socket.send_fds(self._control, [NUMBER.pack(number)], handles)
            (answer,) = NUMBER.unpack(self._control.recv(NUMBER.size, socket.MSG_WAITALL))
            return int(answer)
        return None

    @contextmanager
    def _talking(self) -> Iterator[None]:
        """Say no more to it where it has died or a signal comes in the middle; then it ends."""
        try:
            yield
        except BaseException as error:
            self._control.close()  # the next answer would be that to another question
            if not isinstance(error, OSError | struct.error):
                raise


def _popen(handle: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            forking.command(f"{forking.__name__}.main", handle),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[handle],
            start_new_session=True,
        )
    except OSError as error:
        raise EssError(f"{_NONE}: {error.strerror}") from error
