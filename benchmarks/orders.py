"""Generated orders of a shop: so many rows in gzipped CSV files, and what they add up to."""

import gzip
import random
from collections.abc import Iterator
from dataclasses import dataclass

COLUMNS = "S:ordered_at L:customer S:country S:product F:price L:quantity S:comment"
ROWS_A_FILE = 100_000
_BLOCKS = 4  # different contents; the other files repeat them
_COUNTRIES = ("AT", "BR", "CA", "DE", "FR", "IN", "JP", "MX", "US", "ZA")
_WORDS = ("blue", "green", "late", "gift", "return", "express", "fragile", "first order", "", "", "")


@dataclass(frozen=True)
class Sums:
    """Rows, items and money, in cents."""

    rows: int = 0
    items: int = 0
    cents: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.rows + other.rows, self.items + other.items, self.cents + other.cents)


@dataclass(frozen=True)
class _Block:
    content: bytes
    sums: Sums


class Orders:
    """``rows`` rows, a multiple of those of a file; the same ones every time."""

    def __init__(self, rows: int) -> None:
        self._files = rows // ROWS_A_FILE
        self._blocks = [_block(random.Random(number), ROWS_A_FILE) for number in range(_BLOCKS)]

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Name and content of each."""
        for number in range(self._files):
            yield f"orders-{number:04}.csv.gz", self._blocks[number % _BLOCKS].content

    @property
    def sums(self) -> Sums:
        """What all rows add up to."""
        return sum((self._blocks[number % _BLOCKS].sums for number in range(self._files)), Sums())


def first(rows: int) -> Sums:
    """What the first rows of the first file add up to."""
    return _block(random.Random(0), rows).sums


def _block(made: random.Random, rows: int) -> _Block:
    lines, items, cents = [], 0, 0
    for _ in range(rows):
        seconds, price, quantity = made.randrange(86400), made.randrange(10**5), made.randrange(1, 20)
        items, cents = items + quantity, cents + price
        lines.append(
            f"2026-01-01 {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},"
            f"{made.randrange(10**6)},{made.choice(_COUNTRIES)},P-{made.randrange(5000):05},"
            f"{price // 100}.{price % 100:02},{quantity},{made.choice(_WORDS)}\n"
        )
    return _Block(gzip.compress("".join(lines).encode(), 6, mtime=0), Sums(rows, items, cents))
