"""What the user says of a category, as plain words: for the database and for text that people keep."""

from dataclasses import replace
from typing import Any

from ess_core.tables import columnspec, dialect
from ess_core.tables.categories.model import Category

TEXTS = {
    "dateregex": "dateregex",
    "archive": "members",
    "compression": "compression",
    "preprocess": "preprocess",
    "pkey": "pkey",
    "comment": "comment",
}
"""The settings that are one text, and what the category calls each."""

LISTS = {"patterns": "patterns", "exclude": "excluded"}
"""The settings that are several texts."""


def of(category: Category) -> dict[str, Any]:
    """All settings, in words that JSON and TOML have; those not known are not there."""
    found: dict[str, Any] = {name: list(getattr(category, field)) for name, field in LISTS.items()}
    found |= {name: getattr(category, field) for name, field in TEXTS.items()}
    found["usecache"] = category.usecache
    if category.columns:
        found["columnspec"] = str(category.columns)
    if category.dialect:
        found["dialect"] = category.dialect.as_record()
    return found


def applied(category: Category, settings: dict[str, Any]) -> Category:
    """The category with these settings in place of its own. Raises UsageError where one cannot be."""
    changed: dict[str, Any] = {}
    for name, value in settings.items():
        if name in TEXTS:
            changed[TEXTS[name]] = value
        elif name in LISTS:
            changed[LISTS[name]] = tuple(value)
        elif name == "columnspec":
            changed["columns"] = columnspec.parse(value)
        elif name == "dialect":
            changed["dialect"] = dialect.from_record(value)
        else:
            changed[name] = value
    return replace(category, **changed)
