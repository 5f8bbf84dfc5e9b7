"""Signals as exceptions, and the ways to work on while one arrives."""

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Note = Callable[[int], None]
_AGAIN_AFTER_S = 0.05


class Interrupted(KeyboardInterrupt):
    """A signal asked ess to stop; the exit code is 128 + its number, as in a shell."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.exit_code = 128 + signum


def _raise(signum: int, _frame: FrameType | None) -> None:
    raise Interrupted(signum)


def _drop(_signum: int) -> None:
    pass


def install() -> None:
    """Make SIGINT, SIGTERM and SIGHUP raise :class:`Interrupted` in the main thread.

    A signal that the parent told us to ignore (``nohup``) stays ignored.
    """
    for signum in SIGNALS:
        if signal.getsignal(signum) is not signal.SIG_IGN:
            signal.signal(signum, _raise)


def repeat_swallowed() -> None:
    """Make a signal count that arrives where Python ignores exceptions: in a destructor or a callback."""
    sys.unraisablehook = _unraisable


def _unraisable(event: "sys.UnraisableHookArgs") -> None:
    if isinstance(event.exc_value, Interrupted):
        arrived = [event.exc_value.exit_code - 128]
        while arrived:  # it may come again while the timer is still starting
            signum = arrived.pop()
            with noted(arrived.append):
                threading.Timer(_AGAIN_AFTER_S, os.kill, (os.getpid(), signum)).start()
    else:
        sys.__unraisablehook__(event)


@contextmanager
def deferred() -> Iterator[None]:
    """Finish the block even if a signal arrives, then raise the first one, whatever the block raised."""
    arrived: list[int] = []
    try:
        with noted(arrived.append):
            yield
    finally:
        if arrived:
            raise Interrupted(arrived[0])


class Scope:
    """What :func:`once` yields: the first signal raises, and none does after it or after :meth:`hold`."""

    def __init__(self) -> None:
        self._note: Note = _drop
        self._held = False

    def hold(self, note: Note = _drop) -> None:
        """From here to the end of the block only call ``note(signum)`` for a signal."""
        self._note = note
        self._held = True

    def receive(self, signum: int) -> None:
        """Raise for the first signal, note the others."""
        if not self._held:
            self._held = True
            raise Interrupted(signum)
        with contextlib.suppress(OSError, RuntimeError):  # it may have come in the middle of such a note
            self._note(signum)


@contextmanager
def once() -> Iterator[Scope]:
    """Let the first signal inside the block raise :class:`Interrupted`, and no later one.

    So the clean-up that the first one starts cannot be cut short by an impatient second one.
    """
    scope = Scope()
    with noted(scope.receive):
        yield scope


@contextmanager
def noted(note: Note) -> Iterator[None]:
    """Call ``note(signum)`` for every signal that arrives inside the block, and go on.

    They arrive in the main thread; in any other the block just runs.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {signum: signal.getsignal(signum) for signum in SIGNALS}
    active = [signum for signum, handler in before.items() if handler is not signal.SIG_IGN]
    for signum in active:
        signal.signal(signum, lambda number, _frame: note(number))
    try:
        yield
    finally:
        for signum in active:
            signal.signal(signum, before[signum])
