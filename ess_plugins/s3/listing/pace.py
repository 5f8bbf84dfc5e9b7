"""How much is asked at once, and how often again, so that S3 is never pressed harder than it bears."""

import itertools
import random
import threading
import time
from collections.abc import Iterator

ATTEMPTS = 12
"""Together about 17 s of waiting: longer than S3's own hiccups, shorter than a user's patience."""
FIRST_ATTEMPTS = 3
"""Where no connection was ever made, it is most likely the wrong address."""

_FIRST_S = 0.05
_LONGEST_S = 5.0
_CUT_BY = 0.7
_CUT_EVERY_S = 0.2
_GROW_BY = 0.1


def pauses() -> Iterator[float]:
    """Seconds to wait before each next attempt: twice as long each time, and never the same for two."""
    for attempt in itertools.count():
        yield random.uniform(0.3, 1) * min(_FIRST_S * 2**attempt, _LONGEST_S)  # noqa: S311 - not a secret


class Gate:
    """Lets in at most ``most`` requests at once: fewer after S3 said slow down, slowly more after that."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = float(most)
        self._inside = 0
        self._cut_at = 0.0
        self._moved = threading.Condition()

    @property
    def limit(self) -> int:
        """How many are let in now."""
        return int(self._limit)

    def __enter__(self) -> None:
        with self._moved:
            while self._inside >= int(self._limit):
                self._moved.wait()
            self._inside += 1

    def __exit__(self, *_failure: object) -> None:
        with self._moved:
            self._inside -= 1
            self._moved.notify()

    def went_well(self) -> None:
        """A page came: a little more may be asked."""
        with self._moved:
            self._limit = min(self._most, self._limit + _GROW_BY)
            self._moved.notify()

    def slow_down(self) -> None:
        """S3 is too busy: ask less, but count all that were under way at the same moment only once."""
        with self._moved:
            now = time.monotonic()
            if now - self._cut_at >= _CUT_EVERY_S:
                self._cut_at = now
                self._limit = max(1.0, self._limit * _CUT_BY)
