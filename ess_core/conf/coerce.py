"""What the words of instance.conf may mean: the coercers and checks that a schema names."""

import re
from typing import Any

import cerberus

_YES = ("true", "yes", "on", "1")
_NO = ("false", "no", "off", "0")
_DIGITS = 18
BY_TYPE = {
    "boolean": "yes_no",
    "float": "number",
    "integer": "whole_number",
    "list": "words",
    "number": "number",
    "string": "text",
}
"""The coercer of a key whose schema names only a type."""


class Validator(cerberus.Validator):  # type: ignore[misc]
    """cerberus with coercers for text; each raises ValueError with what stands behind "the value …".

    A default comes through them too, as the number or list that it is.
    """

    def _normalize_coerce_whole_number(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if not re.fullmatch(r"[+-]?[0-9]+", value):
            raise ValueError("is not a whole number")
        if len(value) > _DIGITS:
            raise ValueError("is too large")
        return int(value)

    def _normalize_coerce_number(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", value):
            raise ValueError("is not a number")
        return float(value)

    def _normalize_coerce_yes_no(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if value.lower() not in _YES + _NO:
            raise ValueError("is not yes or no")
        return value.lower() in _YES

    def _normalize_coerce_words(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        words = [_printable(word.strip()) for word in re.split(r"[,\n]", value) if word.strip()]
        if not words:
            raise ValueError("is an empty list")
        return words

    def _normalize_coerce_text(self, value: Any) -> Any:
        return _printable(value) if isinstance(value, str) else value


class _All(set[Any]):
    """A set that everything is in."""

    def __contains__(self, _: object) -> bool:
        return True


class Checked(Validator):
    """For schemas that are known to be good: cerberus would check them first, which takes 50 ms for all."""

    _valid_schemas = _All()


def _printable(text: str) -> str:
    if "\n" in text:
        raise ValueError("has several lines")
    if not text.isprintable():
        raise ValueError("has characters that cannot be shown")
    return text
