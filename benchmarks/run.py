"""One command as a user runs it: timed, bounded, and sent signals as Ctrl-C and kill would."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class Run:
    """A command in a process group of its own; what it says goes to ``said`` in ``folder``."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], folder: Path) -> None:
        self._said = folder / "said"
        self._started = time.perf_counter()
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                argv,
                env=env,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                preexec_fn=_mind_interrupts,
            )

    @property
    def said(self) -> str:
        """Its output so far, and its errors."""
        return self._said.read_text("utf-8", "replace")

    def send(self, signum: signal.Signals) -> None:
        """Send a signal to all of its processes."""
        os.killpg(self._process.pid, signum)

    def ends_within(self, seconds: float) -> bool:
        """Whether it has ended by then."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End it for good, if it is not ended yet."""
        if self._process.poll() is None:
            self.send(signal.SIGKILL)
            self._process.wait()

    def seconds(self, limit_s: float) -> float:
        """Wall seconds to its end; one that takes longer than ``limit_s`` is killed."""
        self.ends_within(limit_s)
        took = time.perf_counter() - self._started
        self.kill()
        return took

    @property
    def succeeded(self) -> bool:
        """Whether it has ended, and well."""
        return self._process.poll() == 0


def _mind_interrupts() -> None:
    """Whoever runs benchmarks in the background ignores Ctrl-C, and so would the command."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
