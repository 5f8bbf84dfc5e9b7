"""Values of Redshift as the formats of ess can write them, without losing any of them."""

import json
from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any


def cells(*, nested: bool) -> Callable[[Sequence[Any]], list[Any]]:
    """What makes cells of a row; ``nested`` is for formats that have truth values of their own."""
    kept = (str, int) if nested else (str,)

    def made(row: Sequence[Any]) -> list[Any]:
        return [value if type(value) in kept else _cell(value, nested=nested) for value in row]

    return made


def _cell(value: Any, *, nested: bool) -> Any:
    if value is None or isinstance(value, bool):
        return value if nested or value is None else str(value).lower()
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, int):
        return value
    if isinstance(value, list | tuple):
        return list(value) if nested else json.dumps(value, ensure_ascii=False, default=str)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    return str(value)
