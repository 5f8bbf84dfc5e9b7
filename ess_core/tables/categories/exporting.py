"""Categories as TOML, which people read, compare and keep in git."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ess_core.errors import UsageError
from ess_core.tables.categories import settings
from ess_core.tables.categories.model import Category

HEAD = "# Categories of ess; `ess category import FILE` adds them to a datastore.\n"

_NOTHING = settings.of(Category("_", "", "", ()))


def exported(categories: Iterable[Category]) -> str:
    """The text of categories, by name; the same ones make the same text, and what is as usual is left out.

    Raises UsageError where a name of a file in it is no UTF-8.
    """
    parts = [_category(one) for one in sorted(categories, key=lambda one: (one.name, one.url))]
    return "\n".join([HEAD, *parts])


def _category(category: Category) -> str:
    said = settings.of(category)
    dialect = said.pop("dialect", None)
    name = f'"{category.name}"' if "." in category.name else category.name
    lines = [f"[{name}]", *_assignments({key: said[key] for key in said if said[key] != _NOTHING.get(key)})]
    if dialect:
        lines += ["", f"[{name}.dialect]", *_assignments(dialect)]
    _check_unicode(category, lines)
    return "".join(f"{line}\n" for line in lines)


def _assignments(said: Mapping[str, Any]) -> Iterator[str]:
    for name, value in said.items():
        if isinstance(value, list) and len(value) > 1:
            yield from (f"{name} = [", *(f"    {_value(one)}," for one in value), "]")
        else:
            yield f"{name} = {_value(value)}"


def _value(value: object) -> str:
    """Texts, numbers, booleans and lists are written in TOML as in JSON, but for one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", r"\u007f")


def _check_unicode(category: Category, lines: Iterable[str]) -> None:
    for line in lines:
        try:
            line.encode()
        except UnicodeEncodeError as error:
            raise UsageError(
                f"category {category.name} cannot be written: {line.strip()!r} is no UTF-8",
                "a ? in a pattern stands for any byte that is none",
            ) from error
