"""The folder and plain files of ESS_HOME."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from ess_core.errors import EssError


def home() -> Path:
    """The folder of ess's own files: ``$ESS_HOME``, else ``~/.ess``."""
    return Path(os.environ.get("ESS_HOME") or Path.home() / ".ess").absolute()


def private_folder(*parts: str) -> Path:
    """Return ``ESS_HOME/parts…``, created with mode 0700.

    Raises EssError where it cannot be made (read-only or full disk, a file in the way).
    """
    folder = home()
    with explained(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for part in parts:
            folder = folder / part
            folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def write_private(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` with mode 0600: whole and on disk, or not at all.

    Raises EssError where the disk is full or read-only.
    """
    import tempfile  # it imports half a dozen compressors, and most commands write nothing

    with explained(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
        _sync_folder(path.parent)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold the lock file ``path``; yields False at once where another process holds it."""
    with explained(path):
        handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise EssError(f"cannot write {path}: {reason}", "set ESS_HOME to a folder you can write") from error
