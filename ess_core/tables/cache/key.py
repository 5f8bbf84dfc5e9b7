"""What parts are known by: all that decides what a file is cleaned into."""

import hashlib
import json
from dataclasses import fields
from typing import Any

from ess_core.tables.parts import CLEANER_VERSION, CleanTask, Part, Recipe

DIGITS = 40
"""Of a key, in hexadecimal: 160 bits."""

_CHANGES_NOTHING = {"folder", "stem", "memory_mb"}


def key_of(task: CleanTask) -> str:
    """The key of what the task leaves; it is another one where anything in it may be another.

    All that a task has counts, but where the parts are put and how much memory is used on them.
    """
    facts = {field.name: getattr(task, field.name) for field in fields(task)}
    asked = {name: _plain(name, fact) for name, fact in facts.items() if name not in _CHANGES_NOTHING}
    record = {
        "cleaner": CLEANER_VERSION,
        "part": [field.name for field in fields(Part)],  # how another version of ess keeps them
        "task": asked,
    }
    text = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=DIGITS // 2).hexdigest()


def _plain(name: str, fact: Any) -> Any:
    """A fact in words that JSON has."""
    if name == "store":
        return fact.url
    if name == "file":
        return [fact.key, fact.size, fact.etag]
    return _recipe(fact) if isinstance(fact, Recipe) else fact


def _recipe(recipe: Recipe) -> Any:
    columns = [[column.type.value, column.name, column.attributes] for column in recipe.columns.columns]
    return [recipe.dialect.as_record(), columns]
