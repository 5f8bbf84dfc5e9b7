"""Signals as exceptions, and the two ways to work on while one arrives."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """A signal asked ess to stop; the exit code is 128 + its number, as in a shell."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.exit_code = 128 + signum


def _raise(signum: int, _frame: FrameType | None) -> None:
    raise Interrupted(signum)


def install() -> None:
    """Make SIGINT, SIGTERM and SIGHUP raise :class:`Interrupted` in the main thread.

    A signal that the parent told us to ignore (``nohup``) stays ignored.
    """
    for signum in SIGNALS:
        if signal.getsignal(signum) is not signal.SIG_IGN:
            signal.signal(signum, _raise)


@contextmanager
def deferred() -> Iterator[None]:
    """Finish the block even if a signal arrives inside it, then raise the first one."""
    arrived: list[int] = []
    with noted(arrived.append):
        yield
    if arrived:
        raise Interrupted(arrived[0])


@contextmanager
def noted(note: Callable[[int], None]) -> Iterator[None]:
    """Call ``note(signum)`` for every signal that arrives inside the block, and go on."""
    before = {signum: signal.getsignal(signum) for signum in SIGNALS}
    active = [signum for signum, handler in before.items() if handler is not signal.SIG_IGN]
    for signum in active:
        signal.signal(signum, lambda number, _frame: note(number))
    try:
        yield
    finally:
        for signum in active:
            signal.signal(signum, before[signum])
