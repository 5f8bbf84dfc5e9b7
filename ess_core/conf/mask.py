"""What may be a secret is never repeated in a message."""

import re
from itertools import pairwise

_ACCESS_KEY_ID = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")
_PART_OF_ID = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{8}")
_RUN = re.compile(r"[A-Za-z0-9/+]{16,}")
_WORD = re.compile(r"[A-Za-z0-9/+]{20,}")
SECRET_KEY_CHARS = 40
_HIDDEN = "(not shown: it may be a secret)"
_SHOWN_CHARS = 60


def is_secret(value: str) -> bool:
    """True for an AWS access key id or secret access key, as far as their form tells."""
    runs = [run for run in _RUN.findall(value) if len(run) == SECRET_KEY_CHARS]
    return bool(_ACCESS_KEY_ID.search(value)) or any(_is_random(run) for run in runs)


def may_be_secret(value: str) -> bool:
    """True also for parts of a key, and for what only has its length: not fit to be repeated."""
    runs = _RUN.findall(value)
    return bool(_PART_OF_ID.search(value)) or any(
        len(run) == SECRET_KEY_CHARS or _is_random(run) for run in runs
    )


def quoted(value: object) -> str:
    """``value`` between quotes and on one line, or words in its place where it may be a secret."""
    text = str(value)
    if may_be_secret(text):
        return f"the value {_HIDDEN}"
    return repr(text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "…")


def named(name: str) -> str:
    """A key or section name that nobody knows, or words in its place where it may be a secret.

    A key has lost its capitals, and with them what tells random letters from words; long words are hidden.
    """
    if may_be_secret(name) or _WORD.search(name):
        return f"a name {_HIDDEN}"
    return name if name.isprintable() and len(name) <= _SHOWN_CHARS else quoted(name)


def _is_random(run: str) -> bool:
    """Random characters change class two times in three, the words of a path one time in five."""
    classes = [(char.isupper(), char.islower(), char.isdigit()) for char in run]
    changes = sum(one != other for one, other in pairwise(classes))
    return changes >= 0.4 * len(run)
