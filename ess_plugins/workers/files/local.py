"""The files of this machine that are to be sent: what they are, and their checksums, each read once."""

import asyncio
import glob
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from ess_core.errors import EssError, NothingMatchedError, UsageError

CHUNK_BYTES = 1 << 22


@dataclass(frozen=True)
class LocalFile:
    """One file: its path here, where it goes below the destination, its size and permissions."""

    path: str
    target: str
    size: int
    mode: int


@dataclass(frozen=True)
class LocalFolder:
    """One folder that is made there too."""

    target: str
    mode: int


@dataclass
class Load:
    """All that is to be sent, to each node alike."""

    files: list[LocalFile] = field(default_factory=list)
    folders: list[LocalFolder] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    """What is neither a file nor a folder."""

    @property
    def size(self) -> int:
        """The bytes for one node."""
        return sum(file.size for file in self.files)


def collect(words: Sequence[str]) -> Load:
    """What ``words`` name: files, folders with all in them, globs of both.

    Raises NothingMatchedError where one is not there, UsageError where two would have the same place, and
    EssError for what cannot be read.
    """
    load = Load()
    for path in [path for word in words for path in _named(word)]:
        top = os.path.basename(os.path.abspath(path))
        _add(load, path, top or ".")
    _check(load)
    return load


def _named(word: str) -> list[str]:
    if os.path.lexists(word):
        return [word]
    found = sorted(glob.glob(word, recursive=True))
    if not found:
        raise NothingMatchedError(f"there is no file {word!r} here")
    return found


def _add(load: Load, path: str, target: str) -> None:
    try:
        seen = os.stat(path)
        if stat.S_ISDIR(seen.st_mode):
            load.folders.append(LocalFolder(target, seen.st_mode & 0o777))
            for name in sorted(os.listdir(path)):
                _add_inside(load, os.path.join(path, name), f"{target}/{name}")
        elif not stat.S_ISREG(seen.st_mode):
            load.skipped.append(path)
        elif not os.access(path, os.R_OK):
            raise EssError(f"cannot read {path!r}: Permission denied")
        else:
            load.files.append(LocalFile(path, target, seen.st_size, seen.st_mode & 0o777))
    except OSError as error:
        raise EssError(f"cannot read {path!r}: {error.strerror}") from error


def _add_inside(load: Load, path: str, target: str) -> None:
    """Add what is in a folder; links to folders could lead anywhere, and round in circles."""
    if os.path.islink(path) and not os.path.isfile(path):
        load.skipped.append(path)
    else:
        _add(load, path, target)


def _check(load: Load) -> None:
    seen: set[str] = set()
    for target in _targets(load):
        if target in seen:
            raise UsageError(
                f"two of the files would be {target!r} there", "send them one after the other, with --dest"
            )
        seen.add(target)


def _targets(load: Load) -> Iterator[str]:
    yield from (file.target for file in load.files)
    yield from (folder.target for folder in load.folders)


class Digests:
    """The sha256 of files, each worked out once, whichever node asks first."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Future[str]] = {}

    async def of(self, file: LocalFile) -> str:
        """The sha256 in hexadecimal. Raises EssError where the file cannot be read."""
        if file.path not in self._tasks:
            self._tasks[file.path] = asyncio.ensure_future(digest(file.path))
        return await asyncio.shield(self._tasks[file.path])


async def digest(path: str) -> str:
    """The sha256 of a file. Raises EssError where it cannot be read."""
    made = hashlib.sha256()
    try:
        with open(path, "rb") as opened:
            while await asyncio.to_thread(_digest_more, made, opened):
                """A piece at a time, so that a signal need not wait for all."""
    except OSError as error:
        raise EssError(f"cannot read {path!r}: {error.strerror}") from error
    return made.hexdigest()


def _digest_more(made: "hashlib._Hash", opened: IO[bytes]) -> bool:
    data = opened.read(CHUNK_BYTES)
    made.update(data)
    return bool(data)
