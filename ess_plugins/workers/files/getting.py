"""Files of nodes to this machine: a folder for each node, continued where they broke off, and verified."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO

from ess_core.errors import EssError, NothingMatchedError
from ess_core.nodes.worker import Worker
from ess_plugins.workers.fanout import FatalError
from ess_plugins.workers.files import parts, scripts
from ess_plugins.workers.files.link import Link, each_of, linked, shown
from ess_plugins.workers.files.local import digest
from ess_plugins.workers.sinks import file_name

TRIES = 2
UNREADABLE = b"-"
UNMATCHED = b"?"


@dataclass(frozen=True)
class RemoteFile:
    """One file of a node."""

    path: str
    size: int
    mode: int
    sha256: str


@dataclass
class Listing:
    """What the patterns match on one node."""

    files: list[RemoteFile] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Get:
    """Brings what ``patterns`` match to below ``dest``; ``found`` and ``got`` are told of bytes."""

    patterns: tuple[str, ...]
    dest: str
    found: Callable[[int], None]
    got: Callable[[int], None]

    async def of(self, worker: Worker) -> int:
        """Bring all from one node; how many files. Raises EssError for the first thing that does not work."""
        assert worker.login
        folder = os.path.join(self.dest, file_name(worker))
        async with linked(worker.login) as link:
            listing = await self._listing(link)
            self.found(sum(file.size for file in listing.files))
            await each_of(listing.files, lambda file: self._bring(link, file, _inside(folder, file.path)))
        if listing.unmatched and not listing.files:
            raise NothingMatchedError(f"nothing matches {_some(listing.unmatched)}")
        if missing := [*listing.unmatched, *listing.unreadable]:
            why = "cannot be read" if listing.unreadable else "matches nothing"
            raise EssError(f"{_some(missing)} {why}")
        return len(listing.files)

    async def _listing(self, link: Link) -> Listing:
        listing = Listing()
        answer = b"".join(
            [
                await link.run(scripts.LIST, *batch)
                for batch in scripts.batches((scripts.name(pattern),) for pattern in self.patterns)
            ]
        )
        for record in answer.split(b"\0")[:-1]:
            _add(listing, record)
        return listing

    async def _bring(self, link: Link, file: RemoteFile, path: str) -> None:
        with _local():
            if await _is_same(path, file):
                os.chmod(path, file.mode)
                self.got(file.size)
                return
            os.makedirs(os.path.dirname(path), exist_ok=True)
            part = parts.part(path, file.sha256)
            for _ in range(TRIES):
                with open(part, "ab", buffering=0) as opened:
                    _lock(opened, part)
                    await self._fetch(link, file, opened)
                    if await digest(part) == file.sha256:
                        os.chmod(part, file.mode)
                        os.replace(part, path)
                        return
                    os.unlink(part)
        raise EssError(f"{shown(file.path)}: its checksum here is another; it changed while it was read")

    async def _fetch(self, link: Link, file: RemoteFile, opened: IO[bytes]) -> None:
        have = opened.tell()
        if have > file.size:
            opened.truncate(have := 0)
        self.got(have)
        words = (scripts.name(file.path), str(have), str(file.size - have))
        async with link.talk(scripts.FETCH, *words) as talk:
            async for piece in talk.pieces():
                rest = memoryview(piece)
                while rest:
                    rest = rest[opened.write(rest) :]
                self.got(len(piece))


def _add(listing: Listing, record: bytes) -> None:
    size, mode, sha256, name = record.split(b" ", 3)
    path = os.fsdecode(name.removeprefix(b"./"))
    if sha256 == UNREADABLE:
        listing.unreadable.append(path)
    elif sha256 == UNMATCHED:
        listing.unmatched.append(path)
    else:
        listing.files.append(RemoteFile(path, int(size), int(mode, 8) & 0o777, sha256.decode()))


def _inside(folder: str, path: str) -> str:
    """Where a file of a node is kept. Raises EssError where its name would lead out of the folder."""
    words = [word for word in path.split("/") if word not in ("", ".")]
    if not words or ".." in words:
        raise EssError(f"it names a file {path!r}, which would not be kept in {folder}")
    return os.path.join(folder, *words)


async def _is_same(path: str, file: RemoteFile) -> bool:
    if os.path.isdir(path):
        raise FatalError(f"cannot write {path}: a folder of this name is there")
    return os.path.isfile(path) and os.path.getsize(path) == file.size and await digest(path) == file.sha256


def _lock(opened: IO[bytes], part: str) -> None:
    """Keep others from writing it; one that was renamed meanwhile is another's, and whole."""
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_ours = os.path.samestat(os.fstat(opened.fileno()), os.stat(part))
    except (BlockingIOError, FileNotFoundError):
        is_ours = False
    if not is_ours:
        raise EssError(f"another ess brings it at this moment: {part}")


@contextmanager
def _local() -> Iterator[None]:
    """What cannot be written here ends all."""
    try:
        yield
    except OSError as error:
        raise FatalError(f"cannot write {error.filename or 'here'}: {error.strerror}") from error


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{shown(names[0])}{more}"
