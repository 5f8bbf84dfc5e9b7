"""Which tables a query names that may be categories: after FROM and JOIN, with a range or without one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ess_core.errors import UsageError
from ess_core.files.dates import Range
from ess_core.tables.asking import spans
from ess_core.tables.asking.places import wrong
from ess_core.tables.asking.tokens import tokens
from ess_core.tables.sqltokens import Kind, Token

_QUERY = {"SELECT", "FROM", "WITH", "VALUES", "TABLE", "PIVOT", "UNPIVOT", "PIVOT_WIDER", "PIVOT_LONGER"}
_VERBS = {"DESCRIBE", "SUMMARIZE", "SHOW"}  # that may come before a query or a table
_BEFORE_TABLE = {"TABLE", "PIVOT", "UNPIVOT", "PIVOT_WIDER", "PIVOT_LONGER"} | _VERBS
_ENDS_FROM = {
    *("WHERE", "GROUP", "HAVING", "WINDOW", "QUALIFY", "ORDER", "LIMIT", "OFFSET", "SELECT", "FETCH"),
    *("UNION", "EXCEPT", "INTERSECT"),
}
_SET = {"UNION", "EXCEPT", "INTERSECT"}
_AFTER_SET = {"ALL", "DISTINCT", "BY", "NAME"}
_FROM_WITHIN = {"EXTRACT", "OVERLAY", "SUBSTRING", "TRIM"}  # functions whose arguments have a FROM
_OPEN, _CLOSE = "([{", ")]}"
_BARE = re.compile(r"[\w$.]+(?:-[\w$.]+)*")


@dataclass(frozen=True, slots=True)
class Reference:
    """``sql[start:end]`` names a table; it is a category for sure where it has a range.

    ``within`` is None where only a name was written.
    """

    start: int
    end: int
    name: str
    within: Range | None = None


def references(sql: str) -> list[Reference]:
    """The tables in their order, but those that WITH defines, functions, and text in quotes.

    Raises UsageError, which says where, for what is no CATEGORY:START:STOP and can be nothing else.
    """
    return list(_Scan(sql).run())


@dataclass(slots=True)
class _Level:
    """What is between two brackets, or all of it."""

    function: str = ""  # whose arguments it has
    defines: str = ""  # the name that WITH gives it
    fresh: bool = True  # a query may begin here
    tables: bool = False  # a comma has a table after it
    expects: bool = False  # a table comes next
    names: bool = False  # WITH has a name next
    pending: str = ""  # the name that WITH gave last
    recursive: bool = False
    defined: set[str] = field(default_factory=set)


class _Scan:
    """Walks over the tokens once."""

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._tokens = list(tokens(sql))
        self._levels = [_Level()]
        self._at = 0

    def run(self) -> Iterator[Reference]:
        while self._at < len(self._tokens):
            if self._level.expects:
                yield from self._table()
            else:
                self._step()

    @property
    def _level(self) -> _Level:
        return self._levels[-1]

    def _text(self, ahead: int) -> str:
        """The text of the token so many further on, empty where there is none."""
        at = self._at + ahead
        return self._tokens[at].text if 0 <= at < len(self._tokens) else ""

    @property
    def _before(self) -> str:
        """The keyword just passed, in capitals; empty where it was none."""
        return self._tokens[self._at - 1].word if self._at else ""

    def _step(self) -> None:
        """Pass over one token that is no table."""
        token, level = self._tokens[self._at], self._level
        if token.kind is Kind.SYMBOL:
            self._symbol(token.text)
        elif level.names and token.word != "RECURSIVE":
            level.names, level.pending = False, token.name.lower()
        elif token.word and self._text(-1) != ".":
            self._word(token.word)
        else:
            level.fresh = False
        self._at += 1

    def _word(self, word: str) -> None:
        level, fresh = self._level, self._level.fresh
        level.fresh = False
        if level.names:
            level.recursive = True
        elif word == "WITH" and fresh:
            level.names = True
        elif word == "JOIN":
            level.expects = True
        elif word == "FROM":
            self._from()
        elif fresh and word in _BEFORE_TABLE:
            level.expects = level.fresh = True
        elif word in _ENDS_FROM:
            level.tables = False
            level.fresh = word in _SET
        elif word in _AFTER_SET:
            level.fresh = self._before in _SET | _AFTER_SET

    def _from(self) -> None:
        """Expect a table, but not in ``trim(both from x)`` and ``x is distinct from y``."""
        if self._level.function not in _FROM_WITHIN and self._before != "DISTINCT":
            self._level.tables = self._level.expects = True

    def _symbol(self, text: str) -> None:
        level = self._level
        if text in _OPEN:
            self._open(text)
        elif text in _CLOSE:
            self._close()
        elif text == "," and level.tables:
            level.expects = True
        elif text == "," and level.pending and level.fresh:
            level.names = True
        else:
            level.fresh = text == ";"

    def _open(self, bracket: str, *, table: bool = False) -> None:
        level, before = self._level, self._before
        level.fresh = False
        inner = _Level(function=before, fresh=bracket == "(", expects=table)
        if level.pending and before in ("AS", "MATERIALIZED") and bracket == "(":
            inner.defines = level.pending
            if level.recursive:
                inner.defined.add(level.pending)
        self._levels.append(inner)

    def _close(self) -> None:
        if len(self._levels) == 1:
            return
        closed = self._levels.pop()
        if closed.defines:
            self._level.defined.add(closed.defines)
            self._level.fresh = True

    def _table(self) -> Iterator[Reference]:
        """Take the table that comes next, or what stands in its place."""
        token, level = self._tokens[self._at], self._level
        if token.word == "LATERAL":
            self._at += 1
        elif token.text == "(":
            level.expects = False
            self._open("(", table=True)
            self._at += 1
        elif token.word in _QUERY | _VERBS and level.fresh:
            level.expects = False
        elif token.kind not in (Kind.WORD, Kind.QUOTED):
            level.expects = level.fresh = False
        else:
            yield from self._named(token)

    def _named(self, token: Token) -> Iterator[Reference]:
        sql, level = self._sql, self._level
        end = token.end
        if token.kind is Kind.WORD:
            bare = _BARE.match(sql, token.start)
            end = max(end, bare.end()) if bare else end
        name = token.name if token.kind is Kind.QUOTED else sql[token.start : end]
        try:
            found = spans.ranged(sql, end)
        except UsageError as error:
            raise wrong(sql, token.start, error.message, error.hint) from error
        if found:
            yield Reference(token.start, found.end, name, found.within)
            self._pass_over(found.end)
        elif self._is_prefix(end):
            self._at += 2  # the alias and its colon
            return
        else:
            yield from self._bare(token, name, end)
            self._pass_over(end)
        level.expects = level.fresh = False

    def _is_prefix(self, end: int) -> bool:
        """True for the alias in DuckDB's ``alias: table``."""
        return self._tokens[self._at].end == end and self._text(1) == ":"

    def _bare(self, token: Token, name: str, end: int) -> Iterator[Reference]:
        """A name without a range behind it, where it may be a category's."""
        following = next((one.text for one in self._tokens[self._at + 1 :] if one.start >= end), "")
        if following in ("(", ".") or any(name.lower() in level.defined for level in self._levels):
            return
        if token.kind is Kind.QUOTED and ":" in name:
            try:
                name, within = spans.whole(name)
            except UsageError as error:
                raise wrong(self._sql, token.start, error.message, error.hint) from error
            yield Reference(token.start, end, name, within)
        else:
            yield Reference(token.start, end, name)

    def _pass_over(self, end: int) -> None:
        while self._at < len(self._tokens) and self._tokens[self._at].start < end:
            self._at += 1
