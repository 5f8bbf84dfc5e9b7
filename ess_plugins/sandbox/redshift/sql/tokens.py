"""SQL as tokens, each with the space and comments before it, so that what is not changed stays as it was.

Nothing of it is shared with the commands, so that a mistake of theirs is not repeated here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from ess_plugins.sandbox.redshift.wire.messages import RefusedError, Report

LONGEST_NAME_BYTES = 63
"""What PostgreSQL has room for; Redshift takes 127."""
_TOKEN = re.compile(
    r"""
      (?P<space>(?:\s+|--[^\n]*|/\*.*?\*/)+)
    | (?P<string>[eE]?'(?:[^'\\]|''|\\.)*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<dollar>\$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$)
    | (?P<parameter>\$\d+)
    | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<word>[A-Za-z_\x80-\U0010ffff\#][\w$\x80-\U0010ffff]*)
    | (?P<sign>::|<=|>=|<>|!=|\|\||.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BACKSLASHED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class Kind(Enum):
    """What a token is."""

    STRING = auto()
    QUOTED = auto()
    DOLLAR = auto()
    PARAMETER = auto()
    NUMBER = auto()
    WORD = auto()
    SIGN = auto()


@dataclass(frozen=True)
class Token:
    """``before`` is the space and the comments that stand before ``text``."""

    kind: Kind
    text: str
    before: str = ""

    @property
    def word(self) -> str:
        """A word in capitals; of anything else the text."""
        return self.text.upper() if self.kind is Kind.WORD else self.text

    @property
    def is_name(self) -> bool:
        """Whether it can name something."""
        return self.kind in (Kind.WORD, Kind.QUOTED)

    def become(self, text: str) -> "Token":
        """The same with another text."""
        return replace(self, text=text)


def tokens(sql: str) -> list[Token]:
    """All tokens. Raises RefusedError for a name that PostgreSQL would cut off."""
    found, before = [], ""
    for match in _TOKEN.finditer(sql):
        name = "dollar" if match.lastgroup == "tag" else match.lastgroup or "sign"
        if name == "space":
            before = match.group()
            continue
        found.append(Token(Kind[name.upper()], match.group(), before))
        before = ""
    for token in found:
        if token.is_name and len(unquoted(token).encode()) > LONGEST_NAME_BYTES:
            raise refused(f"names of over {LONGEST_NAME_BYTES} bytes are not simulated", "0A000")
    return found


def statements(all_tokens: Iterable[Token]) -> Iterator[list[Token]]:
    """The tokens of each statement that is not empty, without the semicolons."""
    statement: list[Token] = []
    for token in all_tokens:
        if token.text != ";":
            statement.append(token)
        elif statement:
            yield statement
            statement = []
    if statement:
        yield statement


def joined(some: Iterable[Token]) -> str:
    """The text of tokens."""
    return "".join(token.before + token.text for token in some).strip()


def unquoted(token: Token) -> str:
    """The name or the string that a token means; Redshift folds also quoted names to lower case."""
    if token.kind is Kind.QUOTED:
        return token.text[1:-1].replace('""', '"').lower()
    if token.kind is Kind.STRING:
        inner = token.text[token.text.index("'") + 1 : -1].replace("''", "'")
        return re.sub(r"\\(.)", lambda m: _BACKSLASHED.get(m[1], m[1]), inner, flags=re.DOTALL)
    return token.text.lower()


def identifier(name: str) -> str:
    """``name`` quoted."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """``value`` as a string, where a backslash escapes."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def refused(message: str, code: str = "42601") -> RefusedError:
    """The error of a statement that Redshift, or the sandbox, does not take."""
    return RefusedError(Report(message, code))


def unexpected(token: Token | None) -> RefusedError:
    """A syntax error at ``token``, or at the end."""
    return refused(f'syntax error at or near "{token.text}"' if token else "syntax error at end of input")
