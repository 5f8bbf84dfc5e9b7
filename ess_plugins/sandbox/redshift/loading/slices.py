"""Files read side by side, as the slices of a cluster do."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")
_SLICES = min(4, os.cpu_count() or 1)
_AHEAD = 2 * _SLICES


def in_order(make: Callable[[Item], Made], items: Iterable[Item]) -> Generator[tuple[Item, Made], None, None]:
    """Each item with what ``make`` gives of it, in their order; some are made ahead in threads.

    What ``make`` raises is raised in the item's turn.
    """
    waiting: deque[tuple[Item, Future[Made]]] = deque()
    pool = ThreadPoolExecutor(_SLICES)
    try:
        for item in items:
            waiting.append((item, pool.submit(make, item)))
            if len(waiting) > _AHEAD:
                first, later = waiting.popleft()
                yield first, later.result()
        for first, later in waiting:
            yield first, later.result()
    finally:
        pool.shutdown(cancel_futures=True)
