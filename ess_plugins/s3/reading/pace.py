"""Whether something comes quickly enough."""

import itertools
import time
from collections.abc import Generator, Iterator


def at_pace(
    chunks: Iterator[bytes], window_bytes: float, least_bytes_per_s: float
) -> Generator[bytes, None, bool]:
    """The same chunks, up to where ``window_bytes`` in a row have come more slowly than that.

    Only the time that they take to come counts, and not the time of their reader, nor that until the first
    one is there. Returns whether the latest ones were quick enough.
    """
    count, took_s = 0, 0.0
    yield from itertools.islice(chunks, 1)
    while True:
        asked = time.perf_counter()
        chunk = next(chunks, None)
        took_s += time.perf_counter() - asked
        if chunk is None:
            return not count or count >= took_s * least_bytes_per_s
        count += len(chunk)
        yield chunk
        if count >= window_bytes:
            if count < took_s * least_bytes_per_s:
                return False
            count, took_s = 0, 0.0
