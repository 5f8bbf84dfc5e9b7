"""Run a plugin's code so that nothing it does can end ess."""

import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ess_core.errors import EssError
from ess_core.host.escape import visible
from ess_core.interrupts import Interrupted

T = TypeVar("T")
_LONGEST = 300


class BrokenError(EssError):
    """A plugin's code failed; the message is the reason on one line."""


@dataclass(frozen=True)
class Notice:
    """A warning from before logging is set up; ``cause`` is shown under ``--debug``."""

    text: str
    cause: BaseException | None = None


def attempt(action: Callable[[], T]) -> T:
    """Return what ``action`` returns. Raises BrokenError for whatever it raises, but not for a signal.

    A signal is :class:`Interrupted`, or has ended the process; a plain KeyboardInterrupt is the plugin's own.

    What it prints goes to stderr, because stdout is the command's data.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return action()
    except Interrupted:
        raise
    except BaseException as error:  # sys.exit and stranger ends too
        raise BrokenError(reason(error)) from error


def reason(error: BaseException) -> str:
    """``Type: message`` on one printable line, also for an exception that cannot say its message.

    An EssError's message is made for people and stands alone.
    """
    try:
        text = error.message if isinstance(error, EssError) else str(error)
    except Exception:  # noqa: BLE001 - __str__ is the plugin's code too
        text = ""
    kind = "" if isinstance(error, EssError) else type(error).__name__
    first = next((line for line in text.splitlines() if line.strip()), "").strip()
    line = ": ".join(filter(None, (kind, visible(first))))
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"
