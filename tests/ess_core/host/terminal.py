"""A pseudo-terminal, for what ess does only where a person watches."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path

from tests.fixtures.sandbox import ESS

TIMEOUT_S = 20.0


class Terminal:
    """A child `ess` on a terminal of its own: type to it, and see what it shows."""

    def __init__(self, *words: str, env: Mapping[str, str], cwd: Path) -> None:
        self._master, slave = pty.openpty()
        self._name = os.ttyname(slave)
        settings = termios.tcgetattr(slave)
        settings[3] &= ~termios.ECHO
        termios.tcsetattr(slave, termios.TCSANOW, settings)
        self.shown = ""
        self.process = subprocess.Popen(
            [ESS, *words],
            env={"TERM": "xterm", "COLUMNS": "100", **env},
            cwd=cwd,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_take_control,
        )
        os.close(slave)

    def wait_for(self, text: str) -> None:
        """Read until ``text`` is shown."""
        while text not in self.shown:
            chunk = self._read()
            assert chunk, self.shown
            self.shown += chunk

    def type(self, text: str) -> None:
        """Type ``text``; ``\\x03`` is Ctrl-C and ``\\x04`` Ctrl-D."""
        os.write(self._master, text.encode())

    def press_ctrl_c(self, text: str) -> None:
        """Press Ctrl-C until ``text`` is shown, once all that was typed before has been read.

        More than once, because Python notices a signal between showing a prompt and waiting for a key only at
        the next one; and not earlier, because Ctrl-C drops typed keys, and readline then waits for them.
        """
        while self._unread():
            time.sleep(0.01)
        for _ in range(20):
            self.type("\x03")
            if select.select([self._master], [], [], 1.0)[0]:
                break
        self.wait_for(text)

    def end(self) -> int:
        """Read to the end and return the exit code."""
        while chunk := self._read():
            self.shown += chunk
        code = self.process.wait(TIMEOUT_S)
        os.close(self._master)
        return code

    def _unread(self) -> int:
        """How many typed bytes wait to be read."""
        slave = os.open(self._name, os.O_RDONLY | os.O_NOCTTY)
        try:
            return struct.unpack("i", fcntl.ioctl(slave, termios.FIONREAD, bytes(4)))[0]
        finally:
            os.close(slave)

    def _read(self) -> str:
        ready, _, _ = select.select([self._master], [], [], TIMEOUT_S)
        if not ready:
            self.process.kill()
            raise AssertionError(f"nothing more came after {self.shown!r}")
        try:
            return os.read(self._master, 65536).decode(errors="replace")
        except OSError:  # Linux says so when the last writer has gone
            return ""


def _take_control() -> None:
    """Make stdin the controlling terminal, so that Ctrl-C is a signal."""
    os.close(os.open(os.ttyname(0), os.O_RDWR))
