"""What a cell may hold, as plain data that every format can write."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from cliff.columns import FormattableColumn


def plain(value: Any) -> Any:
    """None, numbers, texts, lists and mappings as they are; times in ISO 8601; anything else as its text."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, FormattableColumn):
        return plain(value.machine_readable())
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return str(value)


def readable(value: Any) -> str:
    """A cell as text for a person."""
    return text(value.human_readable() if isinstance(value, FormattableColumn) else value)


def text(value: Any) -> str:
    """A cell as text for a script: nothing for None, ``a, b`` for a list."""
    value = plain(value)
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(map(text, value))
    return str(value)
