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
    return found | {name: value for name, value in text_of(category).items() if value is not None}


def text_of(category: Category) -> dict[str, Any]:
    """The settings that say what its text is, None for what is not known; such as ``applied`` takes."""
    return {
        "dialect": category.dialect.as_record() if category.dialect else None,
        "columnspec": str(category.columns) if category.columns else None,
    }


def applied(category: Category, settings: dict[str, Any]) -> Category:
    """The category with these settings in place of its own; None is what is not known of its text.

    Raises UsageError where one cannot be.
    """
    changed: dict[str, Any] = {}
    for name, value in settings.items():
        if name in TEXTS:
            changed[TEXTS[name]] = value
        elif name in LISTS:
            changed[LISTS[name]] = tuple(value)
        elif name == "columnspec":
            changed["columns"] = columnspec.parse(value) if value else None
        elif name == "dialect":
            changed["dialect"] = dialect.from_record(value) if value else None
        else:
            changed[name] = value
    return replace(category, **changed)
