"""The names of files that are not whole yet: the same for the same data, so that they can be continued."""

import hashlib
import os

_LENGTH = 16


def stem(path: str) -> str:
    """The beginning of the names of all parts of a file, whatever its data; as short as any name may be."""
    name = os.path.basename(path)
    return f".ess-{hashlib.sha256(os.fsencode(name)).hexdigest()[:_LENGTH]}"


def ending(sha256: str) -> str:
    """What stands behind the stem, for a file with these data."""
    return sha256[: 2 * _LENGTH]


def part(path: str, sha256: str) -> str:
    """The path of the part of a file."""
    return os.path.join(os.path.dirname(path), f"{stem(path)}-{ending(sha256)}.part")
