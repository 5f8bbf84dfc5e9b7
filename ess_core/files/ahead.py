"""Long listings on two processors: a copy of this process finds items while those before them are used."""

import fcntl
import gc
import os
import pickle
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any, BinaryIO, NoReturn, TypeVar

from ess_core.errors import EssError
from ess_core.interrupts import SIGNALS

Item = TypeVar("Item")

FIRST = 500
"""How many items are found before a copy pays."""

_BATCH = 200
_PIPE_BYTES = 1 << 20  # what Linux allows anyone; with less, each waits for the other's pauses
_Answer = list[Any] | Exception


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items in their order; where they are many, a copy of this process finds all but the first of them.

    What they raise is raised after those before it. They need nothing but memory and what they open
    themselves. Where other threads run, or there is one processor only, they come as they are.
    """
    count = 0
    for count, item in enumerate(islice(items, FIRST), 1):  # noqa: B007 - it is used below
        yield item
    if count == FIRST:
        yield from _rest(items)


def _rest(items: Iterator[Item]) -> Iterator[Item]:
    if not _can_copy():
        return items
    try:
        return _Copy(items).found()
    except OSError:  # there may be no other process
        return items


def _can_copy() -> bool:
    """A copy has one thread, and the locks of all."""
    try:
        return _threads() == 1 and len(os.sched_getaffinity(0)) > 1
    except (OSError, AttributeError):  # another system
        return False


def _threads() -> int:
    """Those of libraries too."""
    return len(os.listdir("/proc/self/task"))


class _Copy:
    """A copy of this process that finds items; it also ends with this process, whatever ends that."""

    def __init__(self, items: Iterator[object]) -> None:
        reader, writer = os.pipe()
        self._answers = os.fdopen(reader, "rb")
        try:
            with os.fdopen(writer, "wb") as answers, _no_signals():
                with suppress(OSError):
                    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
                gc.freeze()  # so that no collection copies pages that the two share
                self._pid = os.fork()
                if not self._pid:
                    self._answers.close()
                    _write(items, answers)
        except BaseException:
            self._answers.close()
            raise

    def found(self) -> Iterator[Any]:
        """The items. The copy ends with them, and with who asks for no more."""
        try:
            while batch := self._next():
                yield from batch
        finally:
            gc.unfreeze()
            self._answers.close()
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)

    def _next(self) -> list[Any]:
        """Some more items, none after the last. Raises what they raised."""
        try:
            answer: _Answer = pickle.load(self._answers)  # noqa: S301 - written by a copy of this process
        except (EOFError, pickle.UnpicklingError) as error:
            raise EssError(
                "the process that lists the files ended before it was done", "try again"
            ) from error
        if isinstance(answer, Exception):
            raise answer
        return answer


def _write(items: Iterator[object], answers: BinaryIO) -> NoReturn:
    """Write what :class:`_Copy` reads, and end this process."""
    try:
        with answers:
            for answer in _answers(items):
                pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
    finally:  # nothing of what was copied is cleaned up here
        os._exit(0)


def _answers(items: Iterator[object]) -> Iterator[_Answer]:
    """The items in batches, then an empty one, or what they raised."""
    batch: list[object] = []
    last: _Answer = []
    try:
        for item in items:
            batch.append(item)
            if len(batch) == _BATCH:
                yield batch
                batch = []
    except Exception as error:  # noqa: BLE001 - it is raised where they are used
        last = error
    if batch:
        yield batch
    yield last


@contextmanager
def _no_signals() -> Iterator[None]:
    """Let signals wait; a copy made meanwhile has them wait for ever, and ends when its maker does."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
