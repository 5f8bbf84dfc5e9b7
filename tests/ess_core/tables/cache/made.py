"""Parts as a cleaner leaves them, of bytes that are made up."""

import hashlib
from pathlib import Path

from ess_core.tables.parts import Part

BLOCK = 4096


def key(word):
    """A key."""
    return hashlib.sha1(word.encode()).hexdigest()


def made(folder: Path, word: str, size: int = 100, files: int = 1, rejected: int = 0) -> dict:
    """What was cleaned into ``folder``, by its key: ``files`` files of ``size`` bytes each."""
    paths = [folder / f"{key(word)}-0-{number}.parquet" for number in range(files)]
    for path in paths:
        path.write_bytes(b"PAR1" + word.encode().ljust(size - 8, b".") + b"PAR1")
    rejects = folder / f"{key(word)}-0-rejects.parquet"
    if rejected:
        rejects.write_bytes(b"PAR1" + b"r" * (size - 8) + b"PAR1")
    part = Part("", tuple(map(str, paths)), str(rejects) if rejected else "", 9, 9 - rejected, rejected)
    return {key(word): [part]}


def files_below(folder: Path) -> list[str]:
    """The names of all files below a folder."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file())
