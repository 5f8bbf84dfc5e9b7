"""The Parquet files of the cache: where they are, how they are lent, and whether they are as they were."""

import contextlib
import errno
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ess_core.home import home, private_folder
from ess_core.tables.cache.key import DIGITS
from ess_core.tables.parquet import MAGIC

FOLDER = "cache"
_KEPT = "parts"
_BLOCK_BYTES = 4096
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}


@dataclass(frozen=True, slots=True)
class Stamp:
    """By what a file is known again: its size, and when it was written."""

    size_bytes: int
    modified_ns: int

    @property
    def disk_bytes(self) -> int:
        """What it takes on the disk, in whole blocks."""
        return -(-self.size_bytes // _BLOCK_BYTES) * _BLOCK_BYTES


def stamp(path: str | Path) -> Stamp:
    """The stamp of a file."""
    found = os.stat(path)
    return Stamp(found.st_size, found.st_mtime_ns)


def key_in(name: str) -> str:
    """The key that the name of each file begins with."""
    return name[:DIGITS]


def folder() -> Path:
    """Where the cache is; what is there is nobody else's business."""
    return home() / FOLDER


def kept(name: str) -> Path:
    """Where the cache has a file."""
    return folder() / _KEPT / name[:2] / name


def keep(path: Path) -> None:
    """Put a file of someone's own folder into the cache, in place of an older one."""
    target = private_folder(FOLDER, _KEPT, path.name[:2]) / path.name
    with contextlib.suppress(FileNotFoundError):
        target.unlink()
    _link(path, target)


class Lender:
    """Puts files of the cache into someone's own folder; with strings, as there may be very many."""

    def __init__(self, to: Path) -> None:
        self._kept = str(folder() / _KEPT)
        self._to = str(to)

    def lend(self, known: Mapping[str, Stamp]) -> bool:
        """Put all of these there; False, and none, where one is gone or damaged."""
        given: list[str] = []
        for name, stamp in known.items():
            path = f"{self._to}/{name}"
            try:
                _link(f"{self._kept}/{name[:2]}/{name}", path)
            except FileNotFoundError:
                break
            given.append(path)
            if not _is_whole(path, stamp):
                break
        else:
            return True
        for path in given:
            os.unlink(path)
        return False


def drop(names: Iterable[str]) -> None:
    """Remove files from the cache; who was lent one keeps it."""
    for name in names:
        with contextlib.suppress(FileNotFoundError):
            kept(name).unlink()


def drop_all() -> None:
    """Remove all files from the cache, also those that the index does not know."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder() / _KEPT)


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copy2(source, target)  # this file system has no links, or not so many to one file


def _is_whole(path: str, known: Stamp) -> bool:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        found = os.fstat(handle)
        if (found.st_size, found.st_mtime_ns) != (known.size_bytes, known.modified_ns):
            return False
        ends = os.pread(handle, len(MAGIC), 0), os.pread(handle, len(MAGIC), found.st_size - len(MAGIC))
    finally:
        os.close(handle)
    return ends == (MAGIC, MAGIC)
