"""Where in the SQL something is, in words."""

from ess_core.errors import UsageError


def place(sql: str, at: int) -> str:
    """``character 15``, or ``line 2, character 3`` where there are several lines; both count from 1."""
    before = sql[:at]
    character = f"character {at - (before.rfind(chr(10)) + 1) + 1}"
    return f"line {before.count(chr(10)) + 1}, {character}" if "\n" in sql.strip() else character


def wrong(sql: str, at: int, why: str, hint: str = "") -> UsageError:
    """The error for SQL that is wrong at that place."""
    return UsageError(f"the query is wrong at {place(sql, at)}: {why}", hint)
