"""The datastore on a folder of this machine."""

import contextlib
import io
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from ess_core.errors import EssError, UsageError
from ess_core.files.ahead import ahead
from ess_core.files.datastore import BadKeyError, ChangedError, File, NoFileError, UnreadableError, key_bytes
from ess_core.files.facts import Fact, file_of
from ess_core.files.levels import Folder
from ess_core.files.walk import TEMPORARY, NotRead, Run, one_level, walk

if TYPE_CHECKING:
    from ess_core.cloud import Cloud

SCHEME = "file://"
SHOWN = 3  # of the paths that could not be read
_COPY_BYTES = 1 << 20
_READ_ONLY = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK  # the last so that a FIFO does not wait for a writer
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC

_Seen = tuple[str, int, int, int, int, int]
"""A key, and what its etag is made of: device, inode, size, and when it was modified and changed, in ns."""

_Missed = list[NotRead]
_Names = list[bytes]
_Runs = Callable[[bytes, bytes], Iterator[Run | NotRead]]


class Local:
    """A folder: a key is the path below it, parts joined with ``/``; only files have keys.

    Links are followed, except into a folder that the path is in already; sockets, FIFOs, devices and
    dangling links are no files. ``file://`` is followed by an absolute path as it is, nothing
    percent-encoded.
    """

    def __init__(self, url: str, cloud: "Cloud | None" = None) -> None:  # noqa: ARG002 - the hook's convention
        path = url.removeprefix(SCHEME)
        if not path.startswith("/") or "\0" in path:
            raise UsageError(f"{url!r} is not a folder of this machine", "write file:// and an absolute path")
        self.url = SCHEME + path.rstrip("/")
        self._shown = path.rstrip("/") or "/"
        self._root = os.fsencode(path).rstrip(b"/") + b"/"

    def list(self, prefix: str = "") -> Iterator[File]:
        """The files whose key begins with ``prefix``; only folders that can hold one are read."""
        return map(file_of, self.facts(prefix))

    def facts(self, prefix: str = "") -> Iterator[Fact]:
        """The same as facts."""
        seen = cast("Iterator[_Seen]", self._each(walk, prefix))  # a walk gives no folders
        return map(_fact, ahead(seen))

    def level(self, prefix: str = "") -> Iterator[File | Folder]:
        """The files and folders directly below ``prefix``; one folder is read."""
        found = self._each(one_level, prefix)
        return (one if isinstance(one, Folder) else file_of(_fact(one)) for one in found)

    def _each(self, runs: _Runs, prefix: str) -> Iterator[_Seen | Folder]:
        if not os.path.isdir(self._root):
            raise EssError(f"there is no folder {self._shown!r}")
        missed: _Missed = []
        wanted = _bytes(prefix)
        for run in runs(self._root, wanted) if wanted is not None else ():
            if isinstance(run, NotRead):
                missed.append(run)
            else:
                yield from self._found(*run, missed)
        if missed:
            raise _unreadable(missed)

    def _found(self, folder: bytes, names: _Names, missed: _Missed) -> Iterator[_Seen | Folder]:
        """The names that are those of files or folders now."""
        above = _key(folder[len(self._root) :])
        with _opened(folder, missed) as handle:  # from there, the way to a file is short
            for name in names if handle is not None else ():
                if name.endswith(b"/"):
                    yield Folder(above + _key(name))
                    continue
                try:
                    found = os.stat(name, dir_fd=handle)
                except PermissionError as error:
                    missed.append(NotRead(folder + name, error))
                except OSError:  # gone since, or a dangling link
                    continue
                else:
                    if stat.S_ISREG(found.st_mode):
                        yield _seen(above + _key(name), found)

    def stat(self, key: str) -> File:
        """What is known of one file."""
        path = self._path(key)
        with self._explained(key):
            found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            raise self._missing(key)
        return _file(key, found)

    def open(self, key: str, start: int = 0, end: int | None = None, etag: str = "") -> BinaryIO:
        """The bytes from ``start`` up to ``end``."""
        self.stat(key)
        with self._explained(key):
            stream = io.FileIO(os.open(self._path(key), _READ_ONLY))
        if etag and _file(key, os.fstat(stream.fileno())).etag != etag:
            stream.close()
            raise ChangedError(f"{key!r} in {self._shown} was changed since it was listed")
        stream.seek(start)
        return io.BufferedReader(_Range(stream, None if end is None else max(0, end - start)))

    def put(self, key: str, source: BinaryIO) -> None:
        """Write under another name beside it, to the disk, then rename."""
        path = self._path(key)
        folder = os.path.dirname(path)
        temporary = os.path.join(folder, TEMPORARY + secrets.token_hex(8).encode())
        with self._explained(key, "write"):
            os.makedirs(folder, exist_ok=True)
            try:
                _write(temporary, source)
                os.replace(temporary, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
                raise
            _sync(folder)

    def delete(self, key: str) -> None:
        """Remove the file; its folder stays."""
        with (
            self._explained(key, "delete"),
            contextlib.suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError),
        ):
            os.unlink(self._path(key))

    def _path(self, key: str) -> bytes:
        path = _bytes(key)
        parts = path.split(b"/") if path else []
        if not path or b"\0" in path or not {b"", b".", b".."}.isdisjoint(parts):
            raise BadKeyError(f"{key!r} is no plain path below {self._shown}, so no file there can have it")
        if parts[-1].startswith(TEMPORARY):
            raise BadKeyError(f"{key!r} is a name that ess keeps for files it is writing")
        return self._root + path

    def _missing(self, key: str) -> NoFileError:
        return NoFileError(f"there is no file {key!r} in {self._shown}")

    @contextlib.contextmanager
    def _explained(self, key: str, verb: str = "read") -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if verb == "read" and isinstance(error, FileNotFoundError | NotADirectoryError):
                raise self._missing(key) from error
            reason = error.strerror or error
            raise EssError(f"cannot {verb} {key!r} in {self._shown}: {reason}") from error


class _Range(io.RawIOBase):
    """The next ``left`` bytes of a file, or all."""

    def __init__(self, file: io.FileIO, left: int | None) -> None:
        self._file = file
        self._left = left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(memoryview(buffer)[: self._left]) or 0
        if self._left is not None:
            self._left -= count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _bytes(key: str) -> bytes | None:
    """The bytes of a key; None where it is no text that has any, a half of a surrogate pair for one."""
    try:
        return key_bytes(key)
    except UnicodeEncodeError:
        return None


def _key(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")


@contextlib.contextmanager
def _opened(folder: bytes, missed: _Missed) -> Iterator[int | None]:
    """A descriptor of a folder, None where it is gone since, or cannot be opened any more."""
    handle = None
    try:
        handle = os.open(folder, _FOLDER)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        missed.append(NotRead(folder, error))
    try:
        yield handle
    finally:
        if handle is not None:
            os.close(handle)


def _file(key: str, found: os.stat_result) -> File:
    return file_of(_fact(_seen(key, found)))


def _seen(key: str, found: os.stat_result) -> _Seen:
    return key, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _fact(seen: _Seen) -> Fact:
    etag = "%x-%x-%x-%x-%x" % seen[1:]  # noqa: UP031 - twice as quick
    return seen[0], seen[3], seen[4] // 1000, etag, ""


def _write(path: bytes, source: BinaryIO) -> None:
    with open(os.open(path, _NEW, 0o666), "wb", buffering=0) as target:
        shutil.copyfileobj(source, target, _COPY_BYTES)
        os.fsync(target.fileno())


def _sync(folder: bytes) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unreadable(missed: _Missed) -> UnreadableError:
    names = ", ".join(repr(_key(each.path)) for each in missed[:SHOWN])
    more = f" and {len(missed) - SHOWN} more" if len(missed) > SHOWN else ""
    return UnreadableError(f"could not read {names}{more}: {missed[0].error.strerror}")
