"""Several parts read at the same time, and handed on in their order."""

import itertools
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import TypeVar

T = TypeVar("T")
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
