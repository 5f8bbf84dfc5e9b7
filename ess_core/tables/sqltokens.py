"""SQL in tokens, as a database's grammar has them: enough to tell what is a name, a text or a keyword."""

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
    """``text`` is ``sql[start:end]``; ``depth`` is how many round brackets are open around it."""

    kind: Kind
    start: int
    text: str
    depth: int

    @property
    def end(self) -> int:
        """Where the next one can begin."""
        return self.start + len(self.text)

    @property
    def word(self) -> str:
        """A word in capitals, as keywords are compared; empty for what can be none."""
        return self.text.upper() if self.kind is Kind.WORD and self.text.isascii() else ""

    @property
    def name(self) -> str:
        """The name that a word or a quoted name stands for."""
        return self.text[1:].removesuffix('"').replace('""', '"') if self.kind is Kind.QUOTED else self.text


_KINDS = {
    "dollar": Kind.STRING,
    "string": Kind.STRING,
    "quoted": Kind.QUOTED,
    "word": Kind.WORD,
    "number": Kind.NUMBER,
    "symbol": Kind.SYMBOL,
}
_EDGE = re.compile(r"/\*|\*/")


class Grammar:
    """What one database takes for a token, as regular expressions for ``re.DOTALL``.

    ``blank`` has comments that end with their line too, and ``dollar`` only what begins such a text.
    """

    def __init__(self, *, blank: str, dollar: str, string: str, quoted: str, word: str, number: str) -> None:
        self._token = re.compile(
            rf"(?P<blank>{blank})|(?P<comment>/\*)|(?P<dollar>{dollar})|(?P<string>{string})"
            rf"|(?P<quoted>{quoted})|(?P<word>{word})|(?P<number>{number})|(?P<symbol>::|.)",
            re.DOTALL,
        )

    def tokens(self, sql: str) -> Iterator[Token]:
        """The tokens of any text, in their order; a comment that never ends reaches to the end of it."""
        at = depth = 0
        while at < len(sql):
            found = self._token.match(sql, at)
            assert found, "any character is a symbol"
            group = found.lastgroup or ""
            start, at = at, _end(sql, found, group)
            if group in _KINDS:
                depth -= found[0] == ")"
                yield Token(_KINDS[group], start, sql[start:at], depth)
                depth += found[0] == "("


def closed_comment(sql: str, at: int) -> int:
    """The end of a comment, which may have others in it, from within it; 0 where there is none."""
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


def _end(sql: str, found: re.Match[str], group: str) -> int:
    if group == "comment":
        return closed_comment(sql, found.end()) or len(sql)
    if group == "dollar":
        return closed_dollar(sql, found[0], found.end()) or len(sql)
    return found.end()
