"""What parts are known by: all that decides what a file is cleaned into."""

import hashlib
import json
from dataclasses import astuple, fields
from typing import Any

from ess_core.files import File
from ess_core.tables.extraction import Extraction
from ess_core.tables.parts import CLEANER_VERSION, CleanTask, Part, Recipe

DIGITS = 40
"""Of a key, in hexadecimal: 160 bits."""

_CHANGES_NOTHING = {"file", "date", "folder", "stem", "memory_mb"}
_ONLY_IF_TRUE = {"lines", "fills"}  # so that all else keeps its key


class Keys:
    """The keys of files that are cleaned as ``task`` cleans one.

    All that a task has counts, but where the parts are put and how much memory is used on them. A key is
    another one where anything in it may be another.
    """

    def __init__(self, task: CleanTask) -> None:
        asked = {field.name: getattr(task, field.name) for field in fields(task)}
        common = {
            "cleaner": CLEANER_VERSION,
            "part": [field.name for field in fields(Part)],  # how another version of ess keeps them
            "task": {name: _plain(fact) for name, fact in asked.items() if _counts(name, fact)},
        }
        self._digest = _digest(common)

    def of(self, file: File, date: str = "") -> str:
        """The key of what is cleaned from a file, whose command is told that date."""
        return _digest([self._digest, file.key, file.size, file.etag, date])


def _counts(name: str, fact: Any) -> bool:
    return name not in _CHANGES_NOTHING and (bool(fact) or name not in _ONLY_IF_TRUE)


def _plain(fact: Any) -> Any:
    """A fact in words that JSON has."""
    if isinstance(fact, Recipe):
        columns = [[column.type.value, column.name, column.attributes] for column in fact.columns.columns]
        return [fact.dialect.as_record(), columns]
    if isinstance(fact, Extraction):
        return astuple(fact)
    return getattr(fact, "url", fact)


def _digest(record: Any) -> str:
    text = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=DIGITS // 2).hexdigest()
