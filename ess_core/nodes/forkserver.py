"""Where the processes of an executor come from: one process that gets ready, and that they are copies of."""

import contextlib
import os
import pickle
import socket
import struct
import subprocess
import threading

from ess_core.errors import EssError
from ess_core.nodes import forking
from ess_core.nodes.forking import COPY, ENDED, UNKNOWN
from ess_core.nodes.sessions import kill_session
from ess_core.nodes.tasks import NUMBER, Setting

_NONE = "no process can be started"


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
        """Start it before there is a process to start; comes back at once. Raises EssError as that does."""
        with self._lock:
            self._begin()

    def start(self, theirs: socket.socket, ours: socket.socket) -> int:
        """Start a process that works for ``ours``, the other end of ``theirs``; its number.

        Raises EssError where that cannot be.
        """
        with theirs, self._lock:
            self._begin()
            with contextlib.suppress(OSError):  # it dies, and there will be no number
                socket.send_fds(self._control, [NUMBER.pack(COPY)], [theirs.fileno()])
        try:
            (number,) = NUMBER.unpack(ours.recv(NUMBER.size, socket.MSG_WAITALL))
        except (OSError, struct.error) as error:
            raise EssError(f"{_NONE}: the one that starts them has ended") from error
        if number < 0:
            raise EssError(f"{_NONE}: {os.strerror(-number)}")
        return int(number)

    def wait(self, number: int) -> int | None:
        """Wait until one of its processes has ended; its exit code, of a signal the negative number.

        None where nobody knows, as the one that had started it has died.
        """
        ended, code = 0, UNKNOWN
        with self._lock, contextlib.suppress(OSError, struct.error):  # it has died
            self._control.sendall(NUMBER.pack(number))
            while ended != number:  # else a signal has kept somebody from taking this answer
                ended, code = ENDED.unpack(self._control.recv(ENDED.size, socket.MSG_WAITALL))
        return None if code == UNKNOWN else int(code)

    def close(self) -> None:
        """End it."""
        with self._lock:
            self._is_closed = True
            if self._popen:
                kill_session(self._popen.pid)
                self._popen.wait()
            self._control.close()

    def _begin(self) -> None:
        """Start it, unless it runs."""
        if self._is_closed:
            raise EssError(f"{_NONE}: no more are wanted")
        if self._popen and self._popen.poll() is None:
            return
        self._control.close()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._popen = _popen(theirs.fileno())
        pickled = pickle.dumps(self.setting)
        with contextlib.suppress(OSError):  # it has died already
            self._control.sendall(NUMBER.pack(len(pickled)) + pickled)


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
