"""The edges of the process: its streams, and signals outside a command."""

import os
import signal
import sys
from io import TextIOWrapper
from types import FrameType
from typing import cast

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


def prepare_streams() -> None:
    """Make stdout exact UTF-8 for any name, and stand in for streams that the parent closed."""
    sys.stdin = sys.stdin or _nothing("r")
    sys.stdout = sys.stdout or _nothing("w")
    sys.stderr = sys.stderr or _nothing("w")
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8", errors="surrogateescape")


def finish_output() -> None:
    """Write out what stdout still holds, or drop it silently where it cannot be written."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _nothing(mode: str) -> TextIOWrapper:
    return cast(TextIOWrapper, open(os.devnull, mode, encoding="utf-8"))
