"""What cerberus found, as a sentence about the value."""

from collections.abc import Callable
from typing import Any

from cerberus import errors

from ess_core.conf.mask import quoted

_PHRASES: dict[int, Callable[[Any], str]] = {
    errors.BAD_TYPE.code: lambda error: f"is not of type {error.constraint}",
    errors.EMPTY_NOT_ALLOWED.code: lambda _: "is empty",
    errors.MIN_VALUE.code: lambda error: f"is less than {error.constraint}",
    errors.MAX_VALUE.code: lambda error: f"is more than {error.constraint}",
    errors.MIN_LENGTH.code: lambda error: f"is shorter than {error.constraint}",
    errors.MAX_LENGTH.code: lambda error: f"is longer than {error.constraint}",
    errors.UNALLOWED_VALUE.code: lambda error: f"is not one of {', '.join(map(str, error.constraint))}",
    errors.COERCION_FAILED.code: lambda error: _own_words(error.info[-1]),
    errors.CUSTOM.code: lambda error: _own_words(error.info[-1]),
}


def phrase(error: Any, rules: dict[str, Any], text: str) -> str:
    """``'two' is not a whole number``: the value as typed, and what was expected instead."""
    if error.is_group_error:
        child = error.child_errors[0]
        return phrase(child, rules, str(child.value))
    if error.code in _PHRASES:
        return f"{quoted(text)} {_PHRASES[error.code](error)}"
    expected = rules.get("meta", {}).get("expected")
    wanted = f"is not {expected}" if expected else f"does not fit its rule '{error.rule}'"
    return f"{quoted(text)} {wanted}"


def _own_words(said: str) -> str:
    """What a coercer or check raised, unless it repeats what may be a secret."""
    return "is not accepted" if quoted(said) != repr(said) else said
