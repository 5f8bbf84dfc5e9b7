"""Which delimiter and quotes a text has, by how alike its rows become."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ess_core.tables.coltypes import looks_typed
from ess_core.tables.dialect import Dialect
from ess_core.tables.reading.records import Record, records

_LINES = 300
"""How many lines, or rows, a candidate is tried on."""
_COMMON = "\t,;|^~\x01\x02\x03\x1c\x1d\x1e\x1f\x07¦§¬¤\xfe"
_WEIGHTS = {" ": 0.6, ":": 0.6} | dict.fromkeys("!#$%&*<>?`{}()[]", 0.5) | dict.fromkeys("/=@_-.\\+", 0.2)
_SURE = 0.95
_LIKELY = 0.2
_NEVER_DOUBLED = "\t,;\x01\x02\x03\x1c\x1d\x1e\x1f"
_INK = re.compile(r"[^\W_]")
_LONGEST_RUN = 3  # of one character
_JOINT = re.compile(r"(?<=[^\W_]\")[^\w\"]{1,4}(?=\")")
_MARK = r"[^\w\s\"'.+\-\\/]"
_RUN = re.compile(rf" ?{_MARK}{{1,5}} ?|\t{{2,4}}| {{2,4}}")


@dataclass(frozen=True, slots=True)
class Cut:
    """A dialect, what it makes of the text, and how sure it is, from 0 to 1."""

    dialect: Dialect
    rows: list[Record]
    width: int
    score: float


def best(lines: Sequence[str], encoding: str, width: int = 0) -> Cut | None:
    """The delimiter whose rows are most alike; None where there is none to trust.

    Of those to trust, one that gives ``width`` columns goes before the others.
    """
    filled = [line for line in lines if line.strip("\r")]
    cuts = [found for one in _candidates(filled[:_LINES]) if (found := cut(lines, one, encoding))]
    trusted = [one for one in cuts if one.score >= _LIKELY]
    return max(trusted, key=lambda one: (one.width == width, one.score), default=None)


def cut(lines: Sequence[str], delimiter: str, encoding: str) -> Cut | None:
    """What a delimiter makes of the lines; None where none of them has it."""
    quote, escape = quoting(lines[:_LINES], delimiter)
    if quote and quote in delimiter:
        quote = escape = ""
    dialect = Dialect(delimiter=delimiter, quote=quote, escape=escape, encoding=encoding)
    rows = list(islice(records(lines, dialect), _LINES))
    widths = Counter(len(row.cells) for row in rows if len(row.cells) > 1)
    if not widths:
        return None
    width, times = widths.most_common(1)[0]
    alike = times / len(rows)
    kept = [row.cells for row in rows if len(row.cells) == width]
    halved = _empty(kept, width) * (0.5 if delimiter in _NEVER_DOUBLED else 1)
    clear = (0.5 + 0.5 * _typed(kept, width)) * (1 - halved) * (1 - 0.5**width)
    if not quote and any('"' in line for line in lines[:_LINES]):
        clear *= 0.5  # it may well be inside quoted cells
    weight = _SURE if delimiter in _joints(lines[:_LINES]) else _weight(delimiter)
    return Cut(dialect, rows, width, weight * alike**2 * clear)


def quoting(lines: Sequence[str], delimiter: str) -> tuple[str, str]:
    """The quote and the escape of cells between that delimiter."""
    text = "\n".join(lines)
    counts = {quote: _quoted(text, delimiter, quote) for quote in "\"'"}
    double, single = counts['"'], counts["'"]
    quote = "'" if single.whole > 2 and single.whole > 2 * single.opened_only and not double.whole else '"'
    if quote == '"' and double.opened_only > 3 and double.opened_only > 3 * double.whole:
        return "", ""
    return quote, _escape(text, delimiter, quote)


@dataclass(frozen=True, slots=True)
class _Quoted:
    whole: int
    opened_only: int


def _quoted(text: str, delimiter: str, quote: str) -> _Quoted:
    """How many cells begin and end with the quote, and how many only begin with it."""
    edge = re.escape(delimiter) if delimiter else "(?!)"
    begin, inside = rf"(?:^|{edge}){quote}", rf"(?:[^{quote}\\]|{quote}{quote}|\\.)*"
    whole = re.findall(rf"{begin}{inside}{quote}(?={edge}|\r?$)", text, re.MULTILINE)
    opened = re.findall(begin, text, re.MULTILINE)
    return _Quoted(len(whole), max(len(opened) - len(whole), 0))


def _escape(text: str, delimiter: str, quote: str) -> str:
    if not delimiter:
        return quote
    edge = re.escape(delimiter)
    inside = len(re.findall(rf"\\{quote}(?!{edge}|\r?$)", text, re.MULTILINE))
    doubled = len(re.findall(rf"(?<!^)(?<!{edge}){quote}{quote}(?!{edge}|\r?$)", text, re.MULTILINE))
    return "\\" if inside > doubled or (not doubled and _escapes(text.split("\n"), delimiter)) else quote


def _escapes(lines: Sequence[str], delimiter: str) -> bool:
    """True where lines with a backslash before a delimiter are as wide as others if it is none."""
    pairs = [(line.count(delimiter), line.count(f"\\{delimiter}")) for line in lines]
    usual = Counter(count for count, escaped in pairs if count and not escaped).most_common(1)
    if not usual:
        return False
    width = usual[0][0]
    votes = [(count - escaped == width) - (count == width) for count, escaped in pairs if escaped]
    return sum(votes) > 0


def _candidates(lines: Sequence[str]) -> Iterator[str]:
    """Characters, and runs of them, that half of the lines have; not what is only ever a part of one."""
    found = {*_singles(lines), *_runs(lines), *_joints(lines)}
    counts = {delimiter: [line.count(delimiter) for line in lines] for delimiter in found}
    for part in found:
        if not any(_is_inside(part, other, counts) for other in found):
            yield part


def _is_inside(part: str, other: str, counts: dict[str, list[int]]) -> bool:
    if part == other or part not in other or _is_doubled(other):
        return False
    times = other.count(part)
    return all(a == b * times for a, b in zip(counts[part], counts[other], strict=True))


def _singles(lines: Sequence[str]) -> list[str]:
    seen = Counter(character for line in lines for character in set(line))
    return [
        character
        for character, times in seen.items()
        if times * 2 >= len(lines) and (character in _COMMON or character in _WEIGHTS)
    ]


def _runs(lines: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    for line in lines[:100]:
        seen.update({run for whole in _RUN.findall(line) for run in _parts(whole)})
    enough = min(len(lines), 100) / 2
    return [run for run, times in seen.most_common(40) if times >= enough and not _is_long(run)]


def _is_long(run: str) -> bool:
    """True for more of one character than a delimiter has: there are empty cells in it."""
    return len(run) > _LONGEST_RUN and len(set(run)) == 1


def _parts(run: str) -> Iterator[str]:
    for start in range(len(run)):
        for end in range(start + 2, len(run) + 1):
            yield run[start:end]


def _joints(lines: Sequence[str]) -> list[str]:
    """What stands between two quotes in half of the lines, as where all cells are quoted."""
    seen = Counter(joint for line in lines for joint in set(_JOINT.findall(line)))
    return [joint for joint, times in seen.items() if times * 2 >= len(lines)]


def _is_doubled(delimiter: str) -> bool:
    """True for two of what is never doubled to be one delimiter: there is an empty cell between them."""
    return len(delimiter) > 1 and len(set(delimiter)) == 1 and delimiter[0] in _NEVER_DOUBLED


def _weight(delimiter: str) -> float:
    if _is_doubled(delimiter) or (delimiter.isspace() and delimiter.strip("\t")):
        return 0.6
    return max(_SURE if character in _COMMON else _WEIGHTS.get(character, 0.0) for character in delimiter)


def _typed(rows: list[list[str]], width: int) -> float:
    """How much of the columns is numbers, dates or one word: what a cell is and a piece of text is not."""
    sample = rows[: _LINES // 3]
    sure = sum(_is_cell(value) for row in sample for value in row)
    return sure / (len(sample) * width)


def _empty(rows: list[list[str]], width: int) -> float:
    """The part of the columns that have no letter or digit in any row, as if a delimiter were cut in two."""
    return sum(not any(_INK.search(row[at]) for row in rows) for at in range(width)) / width


def _is_cell(value: str) -> bool:
    return not value or looks_typed(value) or value.replace("_", "a").isalnum()
