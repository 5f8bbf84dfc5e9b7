"""A place in the tokens of a statement, for a parser."""

from collections.abc import Sequence
from typing import NoReturn

from ess_plugins.sandbox.redshift.sql.tokens import Kind, Token, identifier, unexpected, unquoted


class Cursor:
    """Every method that wants something raises RefusedError, a syntax error, where something else stands."""

    def __init__(self, some: Sequence[Token]) -> None:
        self._tokens = some
        self._place = 0

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self._place >= len(self._tokens)

    @property
    def word(self) -> str:
        """The next word or sign, in capitals; empty at the end."""
        return "" if self.done else self._tokens[self._place].word

    def rest(self) -> Sequence[Token]:
        """Everything that is left."""
        rest = self._tokens[self._place :]
        self._place = len(self._tokens)
        return rest

    def next(self) -> Token:
        """The next token."""
        if self.done:
            self.fail()
        self._place += 1
        return self._tokens[self._place - 1]

    def take(self, *words: str) -> bool:
        """Pass over these words if exactly they come next."""
        here = self._tokens[self._place : self._place + len(words)]
        if [token.word for token in here] != list(words):
            return False
        self._place += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Pass over these words."""
        if not self.take(*words):
            self.fail()

    def string(self) -> str:
        """The next token, a string."""
        if self.done or self._tokens[self._place].kind is not Kind.STRING:
            self.fail()
        return unquoted(self.next())

    def string_or(self, default: str) -> str:
        """The next token, if it is a string."""
        is_string = not self.done and self._tokens[self._place].kind is Kind.STRING
        return self.string() if is_string else default

    def name(self) -> str:
        """The next token, a name."""
        if self.done or not self._tokens[self._place].is_name:
            self.fail()
        return unquoted(self.next())

    def qualified(self) -> "Name":
        """A name with what stands before its dots."""
        parts = [self.name()]
        while self.take("."):
            parts.append(self.name())
        return Name(tuple(parts))

    def parenthesized(self) -> list[Token]:
        """What is between the next parenthesis and the one that closes it."""
        self.expect("(")
        inner: list[Token] = []
        depth = 1
        while depth := depth + {"(": 1, ")": -1}.get(self.word, 0):
            inner.append(self.next())
        self.next()
        return inner

    def names(self) -> tuple[str, ...]:
        """Names in parentheses."""
        return tuple(Cursor(part).name() for part in by_commas(self.parenthesized()))

    def fail(self) -> NoReturn:
        """Raise the syntax error."""
        raise unexpected(None if self.done else self._tokens[self._place])


class Name(tuple[str, ...]):
    """A name with what stands before its dots."""

    __slots__ = ()

    @property
    def last(self) -> str:
        """Without what stands before."""
        return self[-1]

    @property
    def sql(self) -> str:
        """Quoted for PostgreSQL."""
        return ".".join(map(identifier, self))


def by_commas(some: Sequence[Token]) -> list[list[Token]]:
    """Tokens between commas that no parenthesis holds."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in some:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
