"""SQL in tokens, as DuckDB has them: enough to tell names from what only looks like one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What a token is; comments and blanks are none."""

    WORD = auto()
    QUOTED = auto()
    STRING = auto()
    NUMBER = auto()
    SYMBOL = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` is ``sql[start:end]``; what never ends reaches to the end of the SQL."""

    kind: Kind
    start: int
    end: int
    text: str

    @property
    def word(self) -> str:
        """A word in small letters, as keywords are compared; empty for anything else."""
        return self.text.lower() if self.kind is Kind.WORD else ""

    @property
    def name(self) -> str:
        """The name that a word or a quoted name stands for."""
        return self.text[1:].removesuffix('"').replace('""', '"') if self.kind is Kind.QUOTED else self.text


_LETTER = r"(?:[^\W\d]|[^\x00-\x7f\s])"
_TOKEN = re.compile(
    rf"""(?P<blank>\s+|--[^\r\n]*)
        |(?P<comment>/\*)
        |(?P<string>[eE]'(?:[^'\\]|\\.|'')*(?:'|\\?\Z)|'(?:[^']|'')*(?:'|\Z))
        |(?P<dollar>\$(?:{_LETTER}(?:[\w]|[^\x00-\x7f\s])*)?\$)
        |(?P<quoted>"(?:[^"]|"")*(?:"|\Z))
        |(?P<word>{_LETTER}(?:[\w$]|[^\x00-\x7f\s])*)
        |(?P<number>[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9]+)?)
        |(?P<symbol>::|.)""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_KINDS = {
    "string": Kind.STRING,
    "dollar": Kind.STRING,
    "quoted": Kind.QUOTED,
    "word": Kind.WORD,
    "number": Kind.NUMBER,
    "symbol": Kind.SYMBOL,
}


def tokens(sql: str) -> Iterator[Token]:
    """The tokens of any text, in their order."""
    at = 0
    while at < len(sql):
        found = _TOKEN.match(sql, at)
        assert found, "any character is a symbol"
        group = found.lastgroup or ""
        start, at = at, _end(sql, found, group)
        if group in _KINDS:
            yield Token(_KINDS[group], start, at, sql[start:at])


def _end(sql: str, found: re.Match[str], group: str) -> int:
    if group == "comment":
        return _comment_end(sql, found.end())
    if group == "dollar":
        closed = sql.find(found[0], found.end())
        return len(sql) if closed < 0 else closed + len(found[0])
    return found.end()


def _comment_end(sql: str, at: int) -> int:
    """The end of a comment, which may have others in it, from within it."""
    depth = 1
    for edge in _COMMENT_EDGE.finditer(sql, at):
        depth += 1 if edge[0] == "/*" else -1
        if not depth:
            return edge.end()
    return len(sql)
