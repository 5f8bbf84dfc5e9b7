"""Which bytes of an object are wanted: all, its first, its last, or a range."""

from dataclasses import dataclass

from ess_plugins.s3 import objects
from ess_plugins.s3.reading.fetch import Source
from ess_plugins.s3.reading.stream import ObjectStream


@dataclass(frozen=True)
class Cut:
    """Bytes ``start`` to before ``end`` (None: to the last one), or the last ``tail`` of them."""

    start: int = 0
    end: int | None = None
    tail: int | None = None

    def open(self, source: Source) -> ObjectStream:
        """Open them. Raises what ObjectStream does."""
        if self.tail is None:
            return ObjectStream(source, self.start, self.end)
        known = objects.metadata(source)
        start = max(0, known.size - self.tail)
        return ObjectStream(source, start if self.tail else 0, known.size if self.tail else 0, known.etag)
