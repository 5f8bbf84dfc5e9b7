"""Lists of the files that a command has not done, so that another one can go on with just those."""

import json
import os
import secrets
import shlex
import time
from collections.abc import Iterable
from pathlib import Path

from ess_core.errors import EssError, UsageError
from ess_core.files import key_bytes
from ess_core.home import private_folder, write_private

KEPT_S = 30 * 86_400.0
"""How long a list is kept."""
_FOLDER = "undone"


def keep(keys: Iterable[str]) -> Path:
    """Keep a list of keys, each in JSON on a line. Raises EssError where it cannot be written."""
    folder = private_folder(_FOLDER)
    long_ago = time.time() - KEPT_S
    for old in folder.iterdir():
        if old.stat().st_mtime < long_ago:
            old.unlink(missing_ok=True)
    path = folder / f"{secrets.token_hex(4)}.txt"
    write_private(path, "".join(f"{json.dumps(key)}\n" for key in keys))
    return path


def keys(path: str) -> frozenset[str]:
    """The keys of a list; a line that does not begin with a quote is a key as it is.

    Raises EssError where it cannot be read, UsageError where it is no list of keys.
    """
    try:
        lines = Path(path).read_text("utf-8").split("\n")
    except OSError as error:
        raise EssError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no list of keys: it is not UTF-8") from error
    return frozenset(_key(path, number, line) for number, line in enumerate(lines, 1) if line)


def typed(words: Iterable[str]) -> str:
    """The words as they are typed into bash, on one line whatever is in them."""
    return " ".join(shlex.quote(word) if word.isprintable() else _escaped(word) for word in words)


def _key(path: str, number: int, line: str) -> str:
    if not line.startswith('"'):
        return line
    try:
        return str(json.loads(line))
    except ValueError as error:
        raise UsageError(f"{os.path.basename(path)}:{number}: this is no key in JSON's quotes") from error


def _escaped(word: str) -> str:
    """A word with control characters, as bash reads it in dollar quotes."""
    plain = word.replace("\\", r"\\").replace("'", r"\'")
    return "$'" + "".join(one if one.isprintable() else _code(one) for one in plain) + "'"


def _code(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in key_bytes(character))
