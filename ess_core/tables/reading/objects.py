"""JSON objects as cells, numbers as they are written: Python reads ``1.10`` as 1.1, ``1e400`` as infinity."""

import json
import re
import secrets
from collections import Counter
from collections.abc import Sequence
from typing import Any

_MARK = secrets.token_hex(8)
"""What a number begins with that was made a text; nobody can know it who writes a file."""
_MARKED = re.compile(rf'"{_MARK}([^"]*)"')
_DIGITS = 4000  # Python makes no number of many more
_SHOWN = 40


class _TwiceError(ValueError):
    """An object has a key twice, of which one value would be lost."""


def json_cells(line: str, names: Sequence[str]) -> list[str]:
    """What a JSON object has under each name; what is no text, in JSON. Raises ValueError, which says why."""
    found = _decoded(_FLAT, line)
    values = [found.get(name) for name in names]
    if any(isinstance(value, dict | list) for value in values):
        exact = _decoded(_NESTED, line)
        return [_cell(exact.get(name)) for name in names]
    return [value if isinstance(value, str) else _cell(value) for value in values]


def _decoded(decoder: json.JSONDecoder, line: str) -> dict[str, Any]:
    try:
        found = decoder.decode(line)
    except _TwiceError:
        raise
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - the line's value is wrong
    return found


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.removeprefix(_MARK)
    text = json.dumps(value, ensure_ascii=False)
    return _MARKED.sub(r"\1", text) if _MARK in text else text


def _decimal(text: str) -> float | str:
    value = float(text)
    return value if repr(value) == text else _MARK + text


def _whole(text: str) -> int | str:
    return _MARK + text if text == "-0" or len(text) > _DIGITS else int(text)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name in times if times[name] > 1)
        shown = twice if len(twice) <= _SHOWN else twice[: _SHOWN - 1] + "…"
        raise _TwiceError(f"the key {shown!r} is there twice")
    return found


_FLAT = json.JSONDecoder(parse_float=str, parse_int=str, object_pairs_hook=_object)
"""Makes texts of numbers, which is quick; within a list or an object they cannot be told from texts."""
_NESTED = json.JSONDecoder(parse_float=_decimal, parse_int=_whole, object_pairs_hook=_object)
