"""Walk a folder in the byte order of whole paths, reading only folders that can hold what is wanted."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

TEMPORARY = b".ess-put-"
"""How the names of files begin that are still being written; a walk does not see them."""

_Inode = tuple[int, int]


Run = tuple[bytes, list[bytes]]
"""A folder, by its path with ``/`` at the end, and names in it that follow one another."""


@dataclass(frozen=True)
class NotRead:
    """A path whose content is not known, and why."""

    path: bytes
    error: OSError


@dataclass
class _Folder:
    """A folder on the way: its path with ``/`` at the end, and the names left in it, the next one last."""

    path: bytes
    inode: _Inode
    names: list[bytes]

    def run(self) -> list[bytes]:
        """Take the names before that of the next folder."""
        taken = []
        while self.names and not self.names[-1].endswith(b"/"):
            taken.append(self.names.pop())
        return taken


def walk(root: bytes, prefix: bytes) -> Iterator[Run | NotRead]:
    """What is below ``root`` (which ends in ``/``), begins with ``root + prefix`` and is no folder.

    Paths are bytes, so that any name will do. It keeps the names of one folder for each level it is in.
    """
    wanted = root + prefix
    way: list[_Folder] = []
    yield from _enter(root, wanted, way)
    while way:
        folder = way[-1]
        if names := folder.run():
            yield folder.path, names
        if folder.names:
            yield from _enter(folder.path + folder.names.pop(), wanted, way)
        else:
            way.pop()


def one_level(root: bytes, prefix: bytes) -> Iterator[Run | NotRead]:
    """What is directly below ``root + prefix``, in the same order; the names of folders end in ``/``."""
    inner, slash, _ = prefix.rpartition(b"/")
    way: list[_Folder] = []
    if _is_plain(inner) or not slash:
        yield from _enter(root + inner + slash, root + prefix, way)
    for folder in way:
        yield folder.path, folder.names[::-1]


def _is_plain(path: bytes) -> bool:
    return b"\0" not in path and {b"", b".", b".."}.isdisjoint(path.split(b"/"))


def _enter(path: bytes, wanted: bytes, way: list[_Folder]) -> Iterator[NotRead]:
    """Put a folder on the way, unless the way goes through it already."""
    try:
        found = os.stat(path)
        inode = (found.st_dev, found.st_ino)
        if all(folder.inode != inode for folder in way):
            way.append(_Folder(path, inode, _names(path, wanted)))
    except (FileNotFoundError, NotADirectoryError):  # gone since, or never there
        return
    except OSError as error:
        yield NotRead(path, error)


def _names(path: bytes, wanted: bytes) -> list[bytes]:
    """The names in a folder that lead to what is wanted, in reverse order; those of folders end in ``/``.

    With the ``/``, names sort as the whole paths do: ``a-b`` before what is in ``a``, that before ``a0``.
    """
    rest = wanted[len(path) :]
    folder, slash, _ = rest.partition(b"/")
    if slash:
        return [folder + b"/"] if _is_plain(folder) else []
    with os.scandir(path) as entries:
        names = [
            name + b"/" if _is_folder(entry) else name
            for entry in entries
            if (name := entry.name).startswith(rest) and not name.startswith(TEMPORARY)
        ]
    names.sort(reverse=True)
    return names


def _is_folder(entry: "os.DirEntry[bytes]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads nowhere; looked at again when its turn comes
        return False
