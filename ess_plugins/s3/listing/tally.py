"""How much was listed."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from ess_plugins.s3.listing.page import SIZE, Row


@dataclass
class Tally:
    """Rows, of which some are common prefixes, and the bytes of the objects; several may count at once."""

    rows: int = 0
    objects: int = 0
    size_bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, rows: Sequence[Row]) -> None:
        """Count these too."""
        sizes = [int(row[SIZE]) for row in rows if row[SIZE]]
        with self._lock:
            self.rows += len(rows)
            self.objects += len(sizes)
            self.size_bytes += sum(sizes)
