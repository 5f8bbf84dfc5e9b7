"""Categories out of TOML: all of it is checked, and an error says where it is."""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ess_core.errors import UsageError
from ess_core.tables.categories import settings
from ess_core.tables.categories.model import Category, checked
from ess_core.tables.categories.patterns import relative
from ess_core.tables.dialect import Dialect, Shape

_SETTINGS: dict[str, type] = {
    **dict.fromkeys(settings.LISTS, list),
    **dict.fromkeys(settings.TEXTS, str),
    "columnspec": str,
    "usecache": bool,
    "dialect": dict,
}
_KINDS = {str: "a text", bool: "true or false", int: "a whole number", dict: "a table", list: "a list"}
_NUMBERS = ("starts",)  # lists of these and not of texts
_AT = re.compile(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", re.DOTALL)


def imported(text: str, source: str, url: str, label: str) -> list[Category]:
    """The categories of a text, for the datastore ``url``.

    Raises UsageError that begins with ``source`` and, where it is known, the line.
    """
    return list(_Reader(text, source).categories(url, label))


class _Reader:
    """One text; an error says where in it."""

    def __init__(self, text: str, source: str) -> None:
        self._lines = text.split("\n")
        self._source = source
        try:
            self._tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise self._no_toml(str(error)) from error

    def categories(self, url: str, label: str) -> Iterator[Category]:
        for name, said in self._tables.items():
            if not isinstance(said, dict):
                raise self._wrong("", name, "is no category: that is a table, [name]")
            yield self._category(Category(name, url, label, ()), said)

    def _category(self, category: Category, said: dict[str, Any]) -> Category:
        name = category.name
        self._check(name, said, _SETTINGS)
        if "dialect" in said:
            said["dialect"] = self._dialect(name, said["dialect"])
        for key, value in said.items():
            with self._placed(name, key):
                if key in settings.LISTS:
                    value = relative(value, category.url)
                category = settings.applied(category, {key: value})
        with self._placed(name, ""):
            return checked(category)

    def _dialect(self, name: str, said: dict[str, Any]) -> dict[str, Any]:
        """The record of a dialect; what is not said is as usual."""
        usual = Dialect().as_record()
        self._check(name, said, {key: type(value) for key, value in usual.items()}, "dialect.")
        shapes = [shape.value for shape in Shape]
        if (shape := said.get("shape", shapes[0])) not in shapes:
            raise self._wrong(name, "dialect.shape", f"{shape!r} is none of {', '.join(shapes)}")
        return usual | said

    def _check(self, name: str, said: dict[str, Any], kinds: Mapping[str, type], table: str = "") -> None:
        for key, value in said.items():
            if key not in kinds:
                close = difflib.get_close_matches(key, kinds, 1)
                there = f"did you mean {close[0]}?" if close else f"there are {', '.join(kinds)}"
                raise self._wrong(name, table + key, f"is no setting; {there}")
            if type(value) is not kinds[key]:
                raise self._wrong(name, table + key, f"{value!r} is not {_KINDS[kinds[key]]}")
            item = int if key in _NUMBERS else str
            if isinstance(value, list) and any(type(one) is not item for one in value):
                raise self._wrong(
                    name, table + key, f"{value!r} is not a list with {_KINDS[item]} in each place"
                )

    @contextmanager
    def _placed(self, name: str, key: str) -> Iterator[None]:
        """Say where the error is that the block raises."""
        try:
            yield
        except UsageError as error:
            raise self._wrong(name, key, error.message, error.hint) from error

    def _wrong(self, name: str, key: str, why: str, hint: str = "") -> UsageError:
        place = f"[{name}] {key}".strip() if name else key
        line = self._line(name, key)
        return UsageError(f"{self._source}:{f'{line}:' if line else ''} {place}: {why}", hint)

    def _no_toml(self, said: str) -> UsageError:
        found = _AT.fullmatch(said)
        line = found[2] or len(self._lines) if found else 1
        return UsageError(f"{self._source}:{line}: this is no TOML: {found[1] if found else said}")

    def _line(self, name: str, key: str) -> int:
        """Where a setting is said, or its table begins; 0 where that is not to be seen."""
        table, _, key = key.rpartition(".")
        header = re.compile(
            r"\s*\[\s*" + r"\s*\.\s*".join(map(_named, filter(None, (name, table)))) + r"\s*\]"
        )
        begins, is_inside = 0, not name
        for number, line in enumerate(self._lines, 1):
            if line.lstrip().startswith("["):
                is_inside = bool(header.match(line))
                begins = begins or number * is_inside
            elif is_inside and key and re.match(rf"\s*{_named(key)}\s*=", line):
                return number
        return begins or (self._line(name, table) if table else 0)


def _named(key: str) -> str:
    return rf"[\"']?{re.escape(key)}[\"']?"
