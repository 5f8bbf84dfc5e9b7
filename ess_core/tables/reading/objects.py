"""JSON objects as cells, numbers as they are written: Python reads ``1.10`` as 1.1, ``1e400`` as infinity."""

import json
import re
import secrets
from collections.abc import Sequence
from typing import Any

_MARK = secrets.token_hex(8)
"""What a number begins with that was made a text; nobody can know it who writes a file."""
_MARKED = re.compile(rf'"{_MARK}([^"]*)"')


class TwiceError(ValueError):
    """An object has a key twice, of which one value would be lost."""


def json_cells(line: str, names: Sequence[str]) -> list[str]:
    """What a JSON object has under each name; what is no text, in JSON. Raises ValueError, which says why."""
    try:
        found = _DECODER.decode(line)
    except TwiceError:
        raise
    except (ValueError, RecursionError):
        raise ValueError("not JSON") from None
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - the line's value is wrong
    return [_cell(found.get(name)) for name in names]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.removeprefix(_MARK)
    text = json.dumps(value, ensure_ascii=False)
    return _MARKED.sub(r"\1", text) if _MARK in text else text


def _number(text: str) -> float | str:
    value = float(text)
    return value if repr(value) == text else _MARK + text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise TwiceError(f"the key {twice!r} is there twice")
    return found


_DECODER = json.JSONDecoder(parse_float=_number, object_pairs_hook=_object)
