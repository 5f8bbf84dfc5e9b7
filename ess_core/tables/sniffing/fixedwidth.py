"""Columns of fixed width: found by the places that are blank in every line."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

_LINES = 300
_RULE = re.compile(r"[-=+_*#| ]+\r?")
_FEW = 3  # lines, of which nothing can be said


def sniff(lines: Sequence[str]) -> tuple[int, ...]:
    """Where the columns begin; empty where there are not at least two."""
    tried = [line.removesuffix("\r") for line in lines if line.strip() and not _RULE.fullmatch(line)][:_LINES]
    if len(tried) < _FEW:
        return ()
    width, times = Counter(map(len, tried)).most_common(1)[0]
    if times < 0.9 * len(tried):
        return ()
    tried = [line for line in tried if len(line) == width]
    inked = [any(line[at] != " " for line in tried) for at in range(width)]
    spans = _spans(inked)
    return tuple(_starts(tried, spans)) if len(spans) > 1 else ()


def _spans(inked: Sequence[bool]) -> list[tuple[int, int]]:
    """The stretches of places that have something in some line."""
    spans: list[tuple[int, int]] = []
    start = -1
    for at, has in enumerate([*inked, False]):
        if has and start < 0:
            start = at
        elif not has and start >= 0:
            spans.append((start, at))
            start = -1
    return spans


def _starts(lines: Sequence[str], spans: Sequence[tuple[int, int]]) -> list[int]:
    """A column that is flush right begins where the one before it ends: longer values are to come."""
    starts = [0]
    for (_, end), (start, stop) in pairwise(spans):
        flush_right = all(line[stop - 1] != " " for line in lines)
        starts.append(end + 1 if flush_right and end + 1 < start else start)
    return starts
