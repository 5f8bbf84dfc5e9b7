"""The edges of the process: its streams, and signals outside a command."""

import atexit
import os
import signal
import sys
from types import FrameType

from ess_core.interrupts import SIGNALS


def end_at_once() -> None:
    """Make signals end the process silently: for the time before a command runs and after it has ended.

    An exception would be shown as a traceback where imports or the interpreter's own clean-up swallow it.
    """
    for signum in SIGNALS:
        if signal.getsignal(signum) is not signal.SIG_IGN:
            signal.signal(signum, _end)


def _end(signum: int, _frame: FrameType | None) -> None:
    os._exit(128 + signum)


def ignore_at_the_last() -> None:
    """Ignore signals once all that runs at exit has run: Python then takes 0.2 s more to clear up.

    It gives them their defaults back before that, and a Ctrl-C would make what is done look undone.
    """
    atexit.register(_ignore)  # the first to be registered is the last to run


def _ignore() -> None:
    for signum in SIGNALS:
        signal.signal(signum, signal.SIG_IGN)


def prepare_streams() -> None:
    """Make stdout exact UTF-8 for any name, and stand in for streams that the parent closed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - open as long as we run
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="surrogateescape")


def finish_output() -> None:
    """Write out what stdout and stderr still hold, or drop it silently where it cannot be written."""
    for number, stream in ((1, sys.stdout), (2, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), number)
