"""Work done ahead in threads, and handed on in its order."""

import itertools
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
Chunks = Generator[bytes, None, None]


def in_order(parts: Iterable[T], read: Callable[[T], Chunks], most: int) -> Chunks:
    """The chunks that ``read`` gives of every part, in order; at most ``most`` parts are held at once.

    It begins with two and doubles with each part that was taken, so that who stops early has read little
    too much. Raises what ``read`` raises, in its place. Closing it ends the reading.
    """
    waiting, running, ended = iter(parts), deque[_Part](), threading.Event()
    width = 1
    try:
        while True:
            width = min(most, width * 2)
            for part in itertools.islice(waiting, width - len(running)):
                running.append(_Part(partial(read, part), ended))
            if not running:
                return
            yield from running[0].chunks()
            running.popleft()
    finally:
        ended.set()


class Later(Generic[R]):
    """What a call returns, or raises, once its thread is done."""

    def __init__(self, call: Callable[[], R]) -> None:
        self._call = call
        self._found: list[R] = []
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def result(self) -> R:
        """Wait for it."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._found[0]

    def _run(self) -> None:
        try:
            self._found.append(self._call())
        except Exception as error:  # noqa: BLE001 - raised where the result is taken
            self._error = error


def begun(items: Iterable[T], call: Callable[[T], R], most: int) -> Iterator[tuple[T, Later[R]]]:
    """Each item in order with its call, of which ``most`` are under way before they are needed.

    Raises what ``items`` raises after the items that came before.
    """
    waiting, running = iter(items), deque[tuple[T, Later[R]]]()
    failure: Exception | None = None
    more = True
    while more or running:
        try:
            while more and len(running) < most:
                item = next(waiting)
                running.append((item, Later(partial(call, item))))
        except StopIteration:
            more = False
        except Exception as error:  # noqa: BLE001 - raised when its turn comes
            more, failure = False, error
        if running:
            yield running.popleft()
    if failure:
        raise failure


class _Part:
    """One part, read by a thread of its own into memory."""

    def __init__(self, read: Callable[[], Chunks], ended: threading.Event) -> None:
        self._read = read
        self._ended = ended
        self._given: queue.SimpleQueue[bytes | BaseException | None] = queue.SimpleQueue()
        threading.Thread(target=self._fill, daemon=True).start()

    def chunks(self) -> Iterator[bytes]:
        """Its chunks as they come."""
        while (given := self._given.get()) is not None:
            if isinstance(given, BaseException):
                raise given
            yield given

    def _fill(self) -> None:
        try:
            with closing(self._read()) as chunks:
                for chunk in chunks:
                    if self._ended.is_set():
                        return
                    self._given.put(chunk)
            self._given.put(None)
        except Exception as error:  # noqa: BLE001 - raised where the part is taken
            self._given.put(error)
