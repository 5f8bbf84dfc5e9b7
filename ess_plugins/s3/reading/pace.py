"""How quickly something comes."""

import time
from collections.abc import Generator, Iterator


class Pace:
    """Measures the time that chunks take to come, and not the time that their reader takes."""

    def __init__(self) -> None:
        self._bytes = 0
        self._took_s = 0.0

    @property
    def bytes_per_s(self) -> float:
        """Of the latest chunks that were :meth:`kept`."""
        return self._bytes / max(self._took_s, 1e-9)

    def kept(self, chunks: Iterator[bytes]) -> Generator[bytes, None, None]:
        """The same chunks, measured from the first of them on."""
        self._bytes, self._took_s = 0, 0.0
        while True:
            asked = time.perf_counter()
            chunk = next(chunks, None)
            if chunk is None:
                return
            self._took_s += time.perf_counter() - asked
            self._bytes += len(chunk)
            yield chunk
