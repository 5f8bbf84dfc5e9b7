"""A private folder of one process: what it cleans and what it is lent, gone when it ends, however it ends."""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ess_core.home import private_folder
from ess_core.home.paths import explained
from ess_core.tables.cache import index
from ess_core.tables.cache.files import FOLDER

_IN_USE = "in-use"
_LOCK = ".lock"


@dataclass(frozen=True)
class Workspace:
    """Two folders that nobody else reads: ``parts`` has Parquet files alone, ``spill`` is for the rest."""

    folder: Path

    @property
    def parts(self) -> Path:
        """The cleaned files."""
        return self.folder / "parts"

    @property
    def spill(self) -> Path:
        """For what does not fit in memory."""
        return self.folder / "spill"


@contextmanager
def workspace() -> Iterator[Workspace]:
    """A new one; those of processes that were killed are removed.

    Raises EssError where ESS_HOME cannot be written.
    """
    sweep()
    root = _root()
    with explained(root):
        name, handle = _claim(root)
    made = Workspace(root / name)
    try:
        with explained(made.folder):
            for folder in (made.folder, made.parts, made.spill):
                folder.mkdir(mode=0o700)
        yield made
    finally:
        _remove(made.folder)
        os.close(handle)


def sweep() -> None:
    """Remove the workspaces of processes that were killed, and what these left in the cache unknown."""
    root = _root()
    for name in {entry.removesuffix(_LOCK) for entry in os.listdir(root)}:
        path = root / (name + _LOCK)
        with explained(path):
            handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            if _taken(handle, path):
                _remove_left(root / name)
        finally:
            os.close(handle)


def _root() -> Path:
    return private_folder(FOLDER, _IN_USE)


def _claim(root: Path) -> tuple[str, int]:
    """A name of our own whose lock we hold; a sweeper may take a lock before its owner does."""
    while True:
        name = secrets.token_hex(8)
        path = root / (name + _LOCK)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        if _taken(handle, path):
            return name, handle
        os.close(handle)


def _taken(handle: int, path: Path) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return path.exists()


def _remove_left(folder: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        index.forget_unknown(os.listdir(Workspace(folder).parts))
    _remove(folder)


def _remove(folder: Path) -> None:
    """The folder, then its lock: as long as there is a folder, there is a lock that says whose it is."""
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(FileNotFoundError):
        folder.with_name(folder.name + _LOCK).unlink()
