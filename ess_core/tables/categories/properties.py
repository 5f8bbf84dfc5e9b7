"""The properties of a category by the names that a user gives them, and what follows from changing each."""

from collections.abc import Sequence
from enum import Enum, auto
from typing import Any

from ess_core.errors import UsageError
from ess_core.files.compression import AUTO
from ess_core.tables.categories.patterns import typed


class Effect(Enum):
    """What a change of a property asks for besides."""

    NOTHING = auto()
    LISTING = auto()
    """Other files, or other dates."""
    PROBING = auto()
    """Another text."""


EFFECTS = {
    "patterns": Effect.LISTING,
    "exclude": Effect.LISTING,
    "dateregex": Effect.LISTING,
    "archive": Effect.PROBING,
    "compression": Effect.PROBING,
    "preprocess": Effect.PROBING,
    "delimiter": Effect.PROBING,
    "columnspec": Effect.PROBING,
    "pkey": Effect.NOTHING,
    "comment": Effect.NOTHING,
    "usecache": Effect.NOTHING,
    "name": Effect.NOTHING,
}
"""All that can be changed."""

OTHER_WORDS = {"dateformat": "dateregex", "pattern": "patterns"}
_USUAL = {"dateregex": AUTO, "compression": AUTO}
_YES_NO = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}


def known(word: str) -> str:
    """The property of that name; empty where there is none."""
    name = OTHER_WORDS.get(word, word)
    return name if name in EFFECTS else ""


def value(name: str, words: Sequence[str], url: str) -> Any:
    """What some words say of a property, as ``settings`` has it; no words are what is usual, or nothing.

    Raises UsageError where they cannot be.
    """
    if name in ("patterns", "exclude"):
        return list(typed(words, url))
    text = " ".join(words) or _USUAL.get(name, "")
    if name != "usecache":
        return text
    if text.lower() not in _YES_NO:
        raise UsageError(f"{text!r} is neither yes nor no")
    return _YES_NO[text.lower()]
