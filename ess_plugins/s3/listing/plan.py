"""Who lists which range of keys: the ranges cover all keys without a gap, and are split where work is left.

Nothing here waits or asks: a scheduler tells what pages held, and is told what to ask next. A split point may
be any text: a bad one costs a request, and never a key.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ess_core.errors import EssError
from ess_plugins.s3.listing.keyspace import Alphabet, Stretch, common_length
from ess_plugins.s3.listing.page import KEY, Page, Row

DELIMITER = "/"
PAGE_KEYS = 1000
_WORTH_SPLITTING = 2.0
"""Pages that must be left in a range before another worker takes a part of it."""
_FIRST_CUTS = 12
_PLACES = 2
"""Places to split at, for each worker, that surveys look for."""
_TRUST_AT_FIRST = 4
_UNKNOWN = 1e6
_BELIEVABLE = 1e5
"""Pages; where more seem to be left, the keys end long before the range does."""
_LEAST_SCALE = 0.02


@dataclass(eq=False)
class Segment:
    """The keys after ``cursor``, up to ``end`` and with it; None: to the last key.

    ``is_bounded`` says that there are keys right after ``end``, so what is left can be split evenly.
    """

    cursor: str
    end: str | None
    start: str = ""
    token: str = ""
    """Continues after a page without keys, of which there is no last one to continue after."""
    pages: int = 0
    keys: int = 0
    is_bounded: bool = False
    is_done: bool = False
    pages_left: float = 0.0
    expected: float = 0.0
    misses: int = 0
    """How many ranges that were cut off its end were empty."""
    next: "Segment | None" = field(default=None, repr=False)
    previous: "Segment | None" = field(default=None, repr=False)


@dataclass(frozen=True)
class Survey:
    """A request for the common prefixes below ``prefix``: good places to split at.

    ``siblings`` are asked for the same reason; together they should not find too many places.
    """

    prefix: str
    siblings: int = 1


Task = Segment | Survey


class Plan:
    """The ranges of one listing, after its first page; ``most`` workers share them.

    With ``surveys`` off, no common prefixes are asked for: the pages themselves hold them.
    """

    def __init__(self, prefix: str, first: Sequence[Row], most: int, surveys: bool = True) -> None:
        self._prefix = prefix
        self._most = most
        self._alphabet = Alphabet()
        for row in (*first[::50], first[-1]):
            self._alphabet.learn(row[KEY])
        self.head = Segment(first[-1][KEY], None, first[0][KEY], pages=1, keys=len(first))
        self._estimate(self.head)
        self._waiting = [self.head]
        self._active: list[Segment] = []
        self._surveys = [Survey(one) for one in _ancestors(prefix, first)] if surveys else []
        self._depth = _shared(first).count(DELIMITER)
        self._surveyed = {one.prefix for one in self._surveys}
        self._under_way = 0
        self._pages = 1
        self._bounds: set[str] = set()
        self._scale = 1.0
        """How many pages there are for each that even spacing expects: keys stand in clusters."""

    @property
    def is_done(self) -> bool:
        """True where nothing is left to ask."""
        return not (self._active or self._waiting or self._surveys or self._under_way)

    def task(self, idle: int) -> Task | None:
        """What to ask next, where ``idle`` workers have nothing to do; None: nothing before more is known."""
        if self._surveys:
            self._under_way += 1
            return self._surveys.pop(0)
        if not self._waiting and not self._under_way:
            self._split(idle)
        if not self._waiting:
            return None
        segment = self._waiting.pop(0)
        self._active.append(segment)
        return segment

    def hand_back(self, segment: Segment) -> None:
        """Leave the rest of ``segment`` to whoever asks next."""
        self._active.remove(segment)
        insort(self._waiting, segment, key=_cursor)

    def is_next(self, segment: Segment) -> bool:
        """True where ``segment`` is the first of those that nobody works on."""
        return bool(self._waiting) and self._waiting[0] is segment

    def took(self, segment: Segment, page: Page) -> list[Row]:
        """Note what a page of ``segment`` held; return the rows that are the segment's own, in order.

        Raises EssError where the page is in no order: then nothing can be shared, and nothing be trusted.
        """
        self._pages += 1
        rows, end = page.merged(), segment.end
        if not _is_ascending(rows):
            raise EssError("this server does not list keys in the order of their bytes", "use --workers 1")
        del rows[: bisect_right(rows, segment.cursor, key=_key)]
        segment.is_done = not page.is_truncated
        if end is not None and rows and rows[-1][KEY] >= end:
            del rows[bisect_right(rows, end, key=_key) :]
            segment.is_done = True
        segment.token = "" if rows else page.token
        if rows:
            self._advance(segment, rows)
        if segment.is_done:
            self._active.remove(segment)
            self._learn(segment)
        return rows

    def surveyed(self, survey: Survey, prefixes: Sequence[str]) -> None:
        """Split at the common prefixes that a survey found, and survey some of them."""
        self._under_way -= 1
        every = max(1, len(prefixes) * survey.siblings // (_PLACES * self._most))
        fresh = [prefix for prefix in prefixes[::every] if prefix not in self._bounds]
        self._bounds.update(fresh)
        for segment, points in self._located(fresh):
            self._waiting += self._cut_at_keys(segment, points)
        self._waiting.sort(key=_cursor)
        if len(self._bounds) < _PLACES * self._most:
            self._survey([one for one in prefixes if one not in self._surveyed])

    def _survey(self, prefixes: Sequence[str]) -> None:
        below = [one for one in prefixes if one.count(DELIMITER) < self._depth][: self._most]
        self._surveys += [Survey(one, len(below)) for one in below]
        self._surveyed.update(below)

    def _located(self, points: Iterable[str]) -> list[tuple[Segment, list[str]]]:
        """The segments in which points lie that are still ahead of them, each with its points."""
        found: dict[Segment, list[str]] = {}
        segment: Segment | None = self.head
        for point in points:
            while segment and segment.end is not None and segment.end <= point:
                segment = segment.next
            if segment and not segment.is_done and segment.cursor < point:
                found.setdefault(segment, []).append(point)
        return list(found.items())

    def _cut_at_keys(self, segment: Segment, points: Sequence[str]) -> list[Segment]:
        was_bounded = segment.is_bounded
        pieces = self._cut(segment, points)
        for piece in (segment, *pieces):
            piece.is_bounded = True
        pieces[-1].is_bounded = was_bounded
        for piece in pieces:
            piece.pages_left = 0
            self._alphabet.learn(piece.cursor)
        return pieces

    def _split(self, idle: int) -> None:
        """Split the range in which most is left, between its worker and those that are idle."""
        while rich := max((one for one in self._active if one.pages), key=self._worth, default=None):
            worth = self._worth(rich)
            if worth <= _WORTH_SPLITTING:
                return
            stretch = self._stretch(rich)
            if self._is_even(rich):
                points = stretch.evenly(max(1, min(idle, int(worth / 2))))
            else:
                points = stretch.ever_farther(max(1, min(idle, _FIRST_CUTS)))
            if points:
                self._waiting += self._cut(rich, points)
                return
            rich.pages_left = 0

    def _cut(self, segment: Segment, points: Sequence[str]) -> list[Segment]:
        share = self._worth(segment) / (len(points) + 1)
        expected = share if self._is_even(segment) and segment.pages else 0.0
        pieces = [
            Segment(point, None, is_bounded=segment.is_bounded, pages_left=share, expected=expected)
            for point in points
        ]
        chain = [segment, *pieces]
        end, after = segment.end, segment.next
        for one, following in zip(chain, pieces, strict=False):
            one.end, one.next, following.previous = following.cursor, following, one
        chain[-1].end, chain[-1].next = end, after
        if after:
            after.previous = chain[-1]
        segment.pages_left = share / self._scale if segment.is_bounded else share
        return pieces

    def _advance(self, segment: Segment, rows: Sequence[Row]) -> None:
        for row in (rows[0], rows[len(rows) // 2], rows[-1]):
            self._alphabet.learn(row[KEY])
        if not segment.pages:
            segment.start = rows[0][KEY]
            if segment.previous:
                segment.previous.is_bounded = True
        segment.cursor = rows[-1][KEY]
        segment.pages += 1
        segment.keys += len(rows)
        if not segment.is_done:
            self._estimate(segment)

    def _estimate(self, segment: Segment) -> None:
        ratio = self._stretch(segment).left()
        segment.pages_left = _UNKNOWN if ratio is None else ratio * segment.pages

    def _learn(self, segment: Segment) -> None:
        """Take from a range that has ended how well keys are spread."""
        before = segment.previous
        if before and before.is_bounded and segment.is_bounded and segment.expected:
            filled = (segment.keys / PAGE_KEYS + 0.1) / max(segment.expected, 0.2)
            self._scale = min(1.0, max(_LEAST_SCALE, self._scale * min(2.0, max(0.5, filled)) ** 0.1))
        if not segment.pages:
            _open_before(segment)

    def _worth(self, segment: Segment) -> float:
        """Pages that are probably left; where its end is anybody's guess, about as many as it already had."""
        if self._is_even(segment):
            return segment.pages_left * self._scale
        trust = _TRUST_AT_FIRST if self._pages < self._most else 1
        return min(segment.pages_left, trust * segment.pages / (1 + segment.misses))

    def _is_even(self, segment: Segment) -> bool:
        """Whether keys can be taken to be spread evenly up to the segment's end."""
        return segment.is_bounded and segment.pages_left * self._scale < _BELIEVABLE

    def _stretch(self, segment: Segment) -> Stretch:
        return Stretch(self._alphabet, segment.start, segment.cursor, segment.end, self._prefix)


def _open_before(empty: Segment) -> None:
    """Nothing is in ``empty``: how far the keys before it go is unknown again."""
    before = empty.previous
    while before and before.is_done and not before.pages:
        before = before.previous
    if before and not before.is_done and before.pages:
        before.is_bounded = False
        before.misses += 1


def _ancestors(prefix: str, first: Sequence[Row]) -> list[str]:
    """The folders above those that the first page spans, down from ``prefix``."""
    shared = _shared(first)
    places = [at + 1 for at in range(len(prefix), len(shared)) if shared[at] == DELIMITER]
    return [prefix, *(shared[:at] for at in places[:-1])]


def _shared(rows: Sequence[Row]) -> str:
    return rows[0][KEY][: common_length(rows[0][KEY], rows[-1][KEY])]


def _key(row: Row) -> str:
    return row[KEY]


def _is_ascending(rows: Sequence[Row]) -> bool:
    keys = [row[KEY] for row in rows]
    return keys == sorted(keys)


def _cursor(segment: Segment) -> str:
    return segment.cursor
