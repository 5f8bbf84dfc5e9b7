"""Arithmetic on keys: where between two keys a third one would lie, if keys were spread evenly.

It only places the points at which a range of keys is split. A bad guess costs a request and never a key.
"""

from bisect import bisect_right
from collections.abc import Iterator

_DEPTH = 96
"""Characters of a key that are looked at: where keys differ later, they are many a page anyway."""
_KINDS = ("0123456789", "abcdef", "ghijklmnopqrstuvwxyz", "ABCDEF", "GHIJKLMNOPQRSTUVWXYZ")
_UNSEEN = sorted("0123456789abcdefghijklmnopqrstuvwxyz-/.")
_SPARE_DIGITS = 5
_MOST_DIGITS = 80
MOST = 10**15


class Alphabet:
    """The characters seen at each position of the keys, with all others of their kind (digits, hex, …)."""

    def __init__(self) -> None:
        self._seen: list[set[str]] = []
        self._sorted: list[list[str] | None] = []

    def learn(self, key: str) -> None:
        """Look at one more key."""
        for position, char in enumerate(key[:_DEPTH]):
            if position == len(self._seen):
                self._seen.append(set())
                self._sorted.append(None)
            if char not in self._seen[position]:
                self._seen[position] |= _kind(char)
                self._sorted[position] = None

    def at(self, position: int) -> list[str]:
        """The characters of one position, in order."""
        if position >= len(self._seen):
            return _UNSEEN
        found = self._sorted[position]
        if found is None:
            found = self._sorted[position] = sorted(self._seen[position])
        return found

    def number(self, key: str, window: range) -> int:
        """The part of ``key`` in ``window`` as a number whose digits are characters; 0 is no character."""
        value = 0
        for position in window:
            chars = self.at(position)
            digit = bisect_right(chars, key[position]) if position < len(key) else 0
            value = value * (len(chars) + 1) + digit
        return value

    def largest(self, window: range) -> int:
        """The largest number of ``window``."""
        value = 1
        for position in window:
            value *= len(self.at(position)) + 1
        return value - 1

    def text(self, number: int, window: range) -> str:
        """The opposite of :meth:`number`."""
        digits = []
        for position in reversed(window):
            number, digit = divmod(number, len(self.at(position)) + 1)
            digits.append((position, digit))
        return "".join(self._until_end(digits))

    def _until_end(self, digits: list[tuple[int, int]]) -> Iterator[str]:
        for position, digit in reversed(digits):
            if digit == 0:
                return
            yield self.at(position)[digit - 1]


class Stretch:
    """A range of keys of which the part from ``start`` to ``current`` has been read.

    ``end`` is where it ends, None for the end of everything that begins with ``prefix``.
    """

    def __init__(self, alphabet: Alphabet, start: str, current: str, end: str | None, prefix: str) -> None:
        shared = len(prefix) if end is None else common_length(start, end)
        digits = max(common_length(start, current) - shared, 0) + _SPARE_DIGITS
        self._alphabet = alphabet
        self._window = range(shared, shared + min(digits, _MOST_DIGITS))
        self._before = start[:shared] if end is not None else prefix
        self._current, self._end = current, end
        self._here = alphabet.number(current, self._window)
        self._read = self._here - alphabet.number(start, self._window)
        last = alphabet.largest(self._window) if end is None else alphabet.number(end, self._window)
        self._left = max(last - self._here, 0)

    def left(self) -> float | None:
        """How much is left for each part that was read, at most MOST; None where that cannot be said."""
        if self._read <= 0:
            return None
        return self._left / self._read if self._left < self._read * MOST else float(MOST)

    def evenly(self, count: int) -> list[str]:
        """At most ``count`` keys that split what is left in equal parts, ascending."""
        return self._between(self._left * step // (count + 1) for step in range(1, count + 1))

    def ever_farther(self, count: int) -> list[str]:
        """At most ``count`` keys, each the same factor farther away than the one before, ascending.

        For a range that may be empty from some point on: one of them lies near that point.
        """
        unit = max(self._read, 1)
        octaves = (self._left // unit).bit_length()
        return self._between(_power(unit, octaves * step, count + 1) for step in range(1, count + 1))

    def _between(self, distances: Iterator[int]) -> list[str]:
        found: list[str] = []
        last = self._current
        for distance in distances:
            key = self._before + self._alphabet.text(self._here + distance, self._window)
            if key > last and (self._end is None or key < self._end):
                found.append(key)
                last = key
        return found if self._left >= 2 else []


def common_length(one: str, other: str) -> int:
    """How many characters two keys have in common from the beginning."""
    for position, (char, its) in enumerate(zip(one, other, strict=False)):
        if char != its:
            return position
    return min(len(one), len(other))


def _power(unit: int, exponent: int, denominator: int) -> int:
    """About ``unit`` * 2 ** (exponent / denominator), in whole numbers of any size."""
    whole, rest = divmod(exponent, denominator)
    return (unit << whole) + (unit << whole) * rest // denominator


def _kind(char: str) -> set[str]:
    return {char, *next((kind for kind in _KINDS if char in kind), "")}
