"""Patterns for keys: ``*``, ``?``, ``[…]`` and ``**``, turned into one regex that no key can make slow.

``*`` is any text without ``/``, ``**`` any text; ``**/`` at the start of a part is any number of folders,
also none; ``?`` is one character but ``/``; ``[a-z]`` one of a set, ``[!a-z]`` or ``[^a-z]`` one of none of
it, and neither is ever ``/``. Every other character stands for itself, a backslash too: ``[*]`` is a star.
A pattern is about the whole key.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from ess_core.errors import NothingMatchedError, UsageError
from ess_core.files.datastore import Datastore, File, key_bytes
from ess_core.files.facts import Fact, facts

Found = TypeVar("Found")
_TOKEN = re.compile(
    r"""(?P<folders> (?:(?<=/)|^) \*\*+/ )   # any number of folders
      | (?P<any> \*\*+ )
      | (?P<star> \* )
      | (?P<one> \? )
      | \[ (?P<not> [!^]?+ ) (?P<set> (?s:.)[^\]]* ) \]
      | (?P<open> \[ )
      | (?P<text> [^*?\[]+ )""",
    re.VERBOSE | re.DOTALL,
)
_MEMBER = re.compile(r"(.)-(.)|(.)", re.DOTALL)
_META = re.compile(r"[*?\[]")
_ALL = re.compile(r"\*\*+")
_WORD = re.compile(
    r"""(?P<word> (?: [^\s"'] | "[^"]*" | '[^']*' )+ ) | (?P<blank> \s+ )""", re.VERBOSE | re.ASCII
)
_QUOTED = re.compile(r"""(["'])(.*?)\1""", re.DOTALL)
_ANY = r"(?s:.)"


@dataclass(frozen=True)
class Glob:
    """One pattern; where ``literal``, its text is the key itself. Raises UsageError where it is malformed."""

    text: str
    literal: bool = False
    prefix: str = field(init=False)
    """What every matching key begins with: the text up to the first special character."""
    expression: str = field(init=False, repr=False)
    """The regex as text, which matches whole keys and no parts of one."""

    def __post_init__(self) -> None:
        meta = None if self.literal else _META.search(self.text)
        object.__setattr__(self, "prefix", self.text[: meta.start()] if meta else self.text)
        object.__setattr__(self, "expression", _translated(self.text) if meta else _exact(self.text))

    @property
    def is_exact(self) -> bool:
        """True where one key only can match, ``text``."""
        return self.prefix == self.text

    @property
    def takes_all(self) -> bool:
        """True where every key that begins with the prefix matches."""
        return not self.literal and _ALL.fullmatch(self.text, len(self.prefix)) is not None

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The pattern for ``regex.match(key)``."""
        return re.compile(self.expression)

    def matches(self, key: str) -> bool:
        """True where the pattern is about ``key``."""
        return self.regex.match(key) is not None


@dataclass(frozen=True)
class Selection:
    """Keys that match one of ``patterns`` (any key where there is none) and none of ``excluded``."""

    patterns: tuple[Glob, ...] = ()
    excluded: tuple[Glob, ...] = ()

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """The fewest prefixes that all wanted keys have, in the order of keys; none begins another."""
        kept: list[str] = []
        for prefix in sorted({glob.prefix for glob in self.patterns}, key=key_bytes) or [""]:
            if not kept or not prefix.startswith(kept[-1]):
                kept.append(prefix)
        return tuple(kept)

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """All of it as one pattern for ``regex.match(key)``."""
        wanted = "|".join(glob.expression for glob in self.patterns)
        unwanted = "|".join(glob.expression for glob in self.excluded)
        return re.compile((f"(?!{unwanted})" if unwanted else "") + f"(?:{wanted})")

    def matches(self, key: str) -> bool:
        """True where ``key`` is selected."""
        return self.regex.match(key) is not None

    def files(self, store: Datastore) -> Iterator[File]:
        """The selected files of ``store`` in the order of their keys; only its prefixes are listed."""
        match = self.regex.match
        for prefix in self.prefixes:
            for file in store.list(prefix):
                if match(file.key):
                    yield file

    def facts(self, store: Datastore) -> Iterator[Fact]:
        """The same as facts."""
        match = self.regex.match
        for prefix in self.prefixes:
            found = facts(store, prefix)
            yield from found if self._takes_all(prefix) else (fact for fact in found if match(fact[0]))

    def _takes_all(self, prefix: str) -> bool:
        """Whether all that begins with one of the prefixes is selected."""
        if self.excluded:
            return False
        return not self.patterns or any(one.takes_all and one.prefix == prefix for one in self.patterns)


def select(patterns: Iterable[str], excluded: Iterable[str] = (), *, literal: bool = False) -> Selection:
    """The selection of these patterns, each one a whole text; ``literal`` is about ``patterns`` only."""
    return Selection(tuple(Glob(text, literal) for text in patterns), tuple(map(Glob, excluded)))


def split_patterns(text: str) -> tuple[str, ...]:
    """The patterns in one text, separated by blanks; quotes keep blanks together and are left out.

    Raises UsageError where a quote is not closed.
    """
    at, found = 0, []
    while at < len(text):
        token = _WORD.match(text, at)
        if not token:
            raise UsageError(
                f"a quote is not closed in {text!r}", "write [\"] or ['] for the quote itself, quoted"
            )
        if token["word"]:
            found.append(_QUOTED.sub(r"\2", token["word"]))
        at = token.end()
    return tuple(found)


def or_nothing(found: Iterable[Found], message: str, hint: str = "") -> Iterator[Found]:
    """What was found. Raises NothingMatchedError with the message at the end where that is nothing."""
    empty = True
    for one in found:
        empty = False
        yield one
    if empty:
        raise NothingMatchedError(message, hint)


def _exact(text: str) -> str:
    return re.escape(text) + r"\Z"


def _translated(text: str) -> str:
    """The regex of a pattern, in which nothing is tried twice.

    Between two ``**`` the first place that fits is as good as any, because the second takes whatever is
    between; so it is tried for and kept (an atomic group). Within a part the same holds from ``*`` to ``*``.
    """
    parts = [_Part("")]
    for token in _TOKEN.finditer(text):
        if token.lastgroup in ("folders", "any"):
            parts.append(_Part(_ANY + "*?" if token["any"] else f"(?:|{_ANY}*?/)"))
        elif token["star"]:
            parts[-1].runs.append("")
        else:
            parts[-1].runs[-1] += _piece(token, text)
    return "".join(f"(?>{part.gap}{part.first()})" for part in parts[:-1]) + parts[-1].gap + parts[-1].last()


@dataclass
class _Part:
    """What stands between two ``**``: runs of single characters, a ``*`` between each two."""

    gap: str
    runs: list[str] = field(default_factory=lambda: [""])

    def first(self) -> str:
        """The nearest place that fits."""
        return self.runs[0] + "".join(f"(?>[^/]*?{run})" for run in self.runs[1:])

    def last(self) -> str:
        """The same where the key must end after it; there the last ``*`` takes what is left."""
        if len(self.runs) == 1:
            return self.runs[0] + r"\Z"
        middle = "".join(f"(?>[^/]*?{run})" for run in self.runs[1:-1])
        return f"{self.runs[0]}{middle}[^/]*{self.runs[-1]}\\Z"


def _piece(token: re.Match[str], text: str) -> str:
    if token["text"]:
        return re.escape(token["text"])
    if token["one"]:
        return "[^/]"
    if token["open"]:
        raise UsageError(f"the pattern {text!r} has a [ without its ]", "[[] is the bracket itself")
    return _set(token["set"], bool(token["not"]), text)


def _set(members: str, negated: bool, text: str) -> str:
    if "[:" in members or members[0] == members[-1] == ":" != members:
        raise UsageError(f"the pattern {text!r} has a class [:…:], which only formats of dates have")
    inside = "".join(_member(text, *found) for found in _MEMBER.findall(members))
    return f"(?!/)[{'^' if negated else ''}{inside}]"


def _member(text: str, low: str, high: str, single: str) -> str:
    if low > high:
        raise UsageError(f"the pattern {text!r} has the range {low}-{high}, which runs backwards")
    return _escaped(single) if single else f"{_escaped(low)}-{_escaped(high)}"


def _escaped(character: str) -> str:
    return character if character.isalnum() else re.escape(character)
