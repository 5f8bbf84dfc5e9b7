"""What recasting a column is in SQL, and the words that all kinds of columns share.

A column is called by its number: ``c0`` is the value as it was cleaned, ``t0`` what options of COPY make of
a text, ``s0`` the same with null for what stands for NULL, and no blanks around it where it is to be no text;
``v0`` is the value that the table gets.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ess_core.tables.sqltext import literal

_SHOWN = 40
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\0": "\\x00", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
"""What cannot be in a text as Python writes one in quotes, and what stands for it there."""


@dataclass(frozen=True, slots=True)
class Recast:
    """One column: SQL for its ``t``, ``s`` and ``v``.

    ``wrong`` is true where the value does not fit, and ``reason`` why; it begins with the value, except where
    that is NULL. ``counted`` is true, by an option of COPY, where that changed the value.
    """

    value: str
    wrong: str
    reason: str
    text: str = ""
    shaped: str = ""
    counted: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def matches(text: str, pattern: str) -> str:
    """SQL that is true where a text as a whole is what the pattern says."""
    return f"regexp_full_match({text}, {literal(pattern)})"


def reason(value: str, why: str) -> str:
    """SQL for a reason, in one line: a value as Python writes it, and what it is. ``why`` is SQL too."""
    shown = f"case when length({value}) > {_SHOWN} then left({value}, {_SHOWN - 1}) || '…' else {value} end"
    for mark, escape in _ESCAPES.items():
        shown = f"replace({shown}, chr({ord(mark)}), {literal(escape)})"
    return f"'''' || {shown} || ''' is ' || {why}"
