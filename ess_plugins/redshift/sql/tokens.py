"""A statement in tokens: enough to tell what it is, and where a parameter stands."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from ess_plugins.redshift.sql import lexical


class Kind(Enum):
    """What a token is; comments and blanks are none."""

    WORD = auto()
    QUOTED = auto()
    STRING = auto()
    NUMBER = auto()
    SYMBOL = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` is ``sql[start:start + len(text)]``; ``depth`` is how many brackets are open around it."""

    kind: Kind
    start: int
    text: str
    depth: int

    @property
    def word(self) -> str:
        """A word in capitals, as keywords are compared; empty for anything else."""
        return self.text.upper() if self.kind is Kind.WORD else ""


_TOKEN = re.compile(
    rf"""(?P<blank>[{lexical.BLANKS}]++|{lexical.LINE_COMMENT})
        |(?P<comment>/\*)
        |(?P<dollar>{lexical.DOLLAR})
        |(?P<string>{lexical.STRING})
        |(?P<quoted>{lexical.QUOTED})
        |(?P<word>{lexical.WORD})
        |(?P<number>{lexical.NUMBER})
        |(?P<symbol>::|.)""",
    re.DOTALL | re.VERBOSE,
)
_EDGE = re.compile(lexical.COMMENT_EDGE)
_KINDS = {
    "string": Kind.STRING,
    "dollar": Kind.STRING,
    "quoted": Kind.QUOTED,
    "word": Kind.WORD,
    "number": Kind.NUMBER,
    "symbol": Kind.SYMBOL,
}


def tokens(sql: str) -> Iterator[Token]:
    """The tokens of a statement, in their order; a quote that is never closed is a symbol."""
    at = depth = 0
    while at < len(sql):
        found = _TOKEN.match(sql, at)
        assert found, "any character is a symbol"
        group = found.lastgroup or ""
        start, at = at, _end(sql, found, group)
        if group in _KINDS:
            depth -= found[0] == ")"
            yield Token(_KINDS[group], start, sql[start:at], depth)
            depth += found[0] == "("


def _end(sql: str, found: re.Match[str], group: str) -> int:
    if group == "comment":
        return closed_comment(sql, found.end()) or len(sql)
    if group == "dollar":
        return closed_dollar(sql, found[0], found.end()) or len(sql)
    return found.end()


def closed_comment(sql: str, at: int) -> int:
    """The end of a comment from within it, which may have others in it; 0 where there is none."""
    depth = 1
    for edge in _EDGE.finditer(sql, at):
        depth += 1 if edge[0] == "/*" else -1
        if not depth:
            return edge.end()
    return 0


def closed_dollar(sql: str, tag: str, at: int) -> int:
    """The end of a text in dollar quotes, from within it; 0 where there is none."""
    closed = sql.find(tag, at)
    return 0 if closed < 0 else closed + len(tag)
