"""From ordinary code into asyncio and back, so that a signal leaves no task behind and prints nothing."""

import asyncio
import signal
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from ess_core.interrupts import SIGNALS

T = TypeVar("T")


def complete(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end and return its result.

    A signal whose handler raises (:mod:`ess_core.interrupts`) cancels the work, lets it clean up, and is
    raised afterwards; a second one does not wait.
    """
    runner = asyncio.Runner()
    loop = runner.get_loop()
    task = loop.create_task(work)
    with _raised_afterwards(lambda: loop.call_soon_threadsafe(task.cancel)):
        try:
            return loop.run_until_complete(task)
        finally:
            runner.close()


@contextmanager
def _raised_afterwards(cancel: Any) -> Iterator[None]:
    reasons: list[KeyboardInterrupt] = []
    before = _handlers()

    def note(signum: int, frame: FrameType | None) -> None:
        try:
            before[signum](signum, frame)
        except KeyboardInterrupt as reason:
            if reasons:
                raise
            reasons.append(reason)
            cancel()

    for signum in before:
        signal.signal(signum, note)
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
        if reasons:
            raise reasons[0] from None


def _handlers() -> dict[int, Any]:
    """The Python handlers in place; a signal that is ignored or kills at once stays so."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    present = {int(signum): signal.getsignal(signum) for signum in SIGNALS}
    return {signum: handler for signum, handler in present.items() if callable(handler)}
