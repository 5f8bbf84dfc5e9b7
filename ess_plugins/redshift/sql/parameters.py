"""``--param NAME=VALUE``: values for ``:NAME`` in SQL. They are bound, and no part of the text.

The query of an UNLOAD is the exception: there they are quoted, since a text has nothing to bind to.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ess_core.errors import UsageError
from ess_core.tables.sqltokens import Kind, Token
from ess_plugins.redshift.sql.lexical import WORD
from ess_plugins.redshift.sql.quoting import lit
from ess_plugins.redshift.sql.tokens import tokens

_NAME = re.compile(WORD)
_MAYBE = re.compile(f":{WORD}")
_MARKS = {
    "qmark": re.compile(r"\?"),
    "numeric": re.compile(r"(?<!:):(?![:=])|:\Z"),
    "format": re.compile("%"),
}


@dataclass(frozen=True, slots=True)
class Bound:
    """A statement with ``$1``, ``$2``… in it and their values, for a cursor of redshift_connector.

    ``style`` is what the cursor's ``paramstyle`` must be: one whose mark is not in the text, so that the
    driver, which finds its way in SQL less well, changes nothing in it. Where there are no values, None is to
    be given for them: the driver then does not look.
    """

    sql: str
    values: tuple[str, ...]
    style: str = "qmark"


def given(words: Iterable[str]) -> dict[str, str]:
    """The values by name, of words NAME=VALUE. Raises UsageError."""
    values: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise UsageError(
                f"--param {name!r} is not NAME=VALUE",
                "NAME begins with a letter and has letters, digits and _",
            )
        if name in values:
            raise UsageError(f"--param {name} is given twice")
        if "\0" in value:
            raise UsageError(f"--param {name} has a NUL in it, which Redshift does not take")
        values[name] = value
    return values


def check(statements: Iterable[str], values: Mapping[str, str]) -> None:
    """Raise UsageError where these need values that are not there, or there are values that none needs."""
    wanted = dict.fromkeys(name for sql in statements for name in names(sql))
    missing = [name for name in wanted if name not in values]
    if missing:
        example = " ".join(f"--param {name}=…" for name in missing)
        raise UsageError(f"the SQL needs values for {_listed(missing)}", f"give {example}")
    unused = [name for name in values if name not in wanted]
    if unused:
        raise UsageError(f"the SQL has no {_listed(unused)}", _had(wanted))


def names(sql: str) -> list[str]:
    """The names of a statement's parameters, each where it stands."""
    return [name for _, name in _places(sql)]


def bind(sql: str, values: Mapping[str, str]) -> Bound:
    """A statement with what its parameters stand for. Raises UsageError where one has no value."""
    numbers: dict[str, int] = {}
    parts, at = [], 0
    for place, name in _places(sql):
        if name not in values:
            raise UsageError(f"the SQL needs a value for :{name}", f"give --param {name}=…")
        number = numbers.setdefault(name, len(numbers) + 1)
        parts += [sql[at:place], f"${number}"]
        at = place + 1 + len(name)
    if not numbers:
        return Bound(sql, ())
    if any(token.text == "$" for token in tokens(sql)):
        raise UsageError("the SQL has $1 and named parameters", "use :NAME for all of them")
    text = "".join([*parts, sql[at:]])
    return Bound(text, tuple(values[name] for name in numbers), _style(text))


def written(sql: str, values: Mapping[str, str]) -> str:
    """A statement with its values in it, as quoted text in brackets: for where it is itself a text in SQL.

    Raises UsageError where one is no text to Redshift. All of them are to be there.
    """
    parts, at = [], 0
    for place, name in _places(sql):
        parts += [sql[at:place], f" ({lit(values[name])}) "]
        at = place + 1 + len(name)
    return "".join([*parts, sql[at:]])


def _places(sql: str) -> Iterator[tuple[int, str]]:
    """Where each ``:name`` is, and the name."""
    if not _MAYBE.search(sql):  # so that long scripts without parameters are not taken apart once more
        return
    before: Token | None = None
    for token in tokens(sql):
        if before and before.text == ":" and before.start + 1 == token.start and token.kind is Kind.WORD:
            yield before.start, token.text
        before = token


def _style(text: str) -> str:
    if "?" not in text or _reads_as_the_driver(text):
        return "qmark"
    for style, mark in _MARKS.items():
        if not mark.search(text):
            return style
    raise UsageError(
        "a statement with --param cannot have all of '?', ':' and '%' in it",
        "give the text that has one of them as a parameter too",
    )


def _reads_as_the_driver(text: str) -> bool:
    """True where the driver too sees that no ``?`` is outside of quotes: it knows plain strings only."""
    if "\\" in text or "/*" in text or "--" in text:
        return False
    is_dollar = [token.text[0] == "$" for token in tokens(text) if token.kind is Kind.STRING]
    return not any(is_dollar) and all(token.text != "?" for token in tokens(text))


def _listed(some: list[str]) -> str:
    return ", ".join(f":{name}" for name in some)


def _had(wanted: Iterable[str]) -> str:
    there = _listed(list(wanted))
    return f"it has {there}" if there else "a parameter is written :NAME, and not within quotes"
