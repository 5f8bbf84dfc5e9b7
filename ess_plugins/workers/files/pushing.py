"""Files of this machine to nodes: continued where they broke off, verified, and whole or not there at all."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ess_core.errors import EssError
from ess_core.nodes.worker import Worker
from ess_plugins.workers.files import parts, scripts
from ess_plugins.workers.files.link import Link, ScriptError, each_of, linked, shown
from ess_plugins.workers.files.local import Digests, Load, LocalFile

SAME = b"same"


@dataclass
class Push:
    """Sends ``load`` to below the folder ``dest`` of nodes; ``sent`` is told of the bytes that are there."""

    load: Load
    dest: str
    sent: Callable[[int], None]
    _digests: Digests = field(default_factory=Digests)

    async def to(self, worker: Worker) -> None:
        """Send all to one node. Raises EssError for the first thing that does not work."""
        assert worker.login
        async with linked(worker.login) as link:
            folders = sorted({"", *(folder.target for folder in self.load.folders)})
            for batch in scripts.batches((self._name(folder),) for folder in folders):
                await link.run(scripts.MKDIR, *batch)
            await each_of(self.load.files, lambda file: self._send(link, file))
            inner_first = reversed(self.load.folders)
            for batch in scripts.batches((f"{one.mode:o}", self._name(one.target)) for one in inner_first):
                await link.run(scripts.CHMOD, *batch)

    async def _send(self, link: Link, file: LocalFile) -> None:
        sha256 = await self._digests.of(file)
        with _named(file.path):
            try:
                await self._try(link, file, sha256)
            except ScriptError as error:
                if error.code != scripts.DAMAGED:
                    raise
                await self._try_again(link, file, sha256)

    async def _try_again(self, link: Link, file: LocalFile, sha256: str) -> None:
        """Send all of a file anew: what was there of it may have been damaged."""
        try:
            await self._try(link, file, sha256)
        except ScriptError as error:
            if error.code != scripts.DAMAGED:
                raise
            raise EssError("its checksum there is another; it changed while it was sent") from error

    async def _try(self, link: Link, file: LocalFile, sha256: str) -> None:
        target = self._path(file.target)
        words = (
            scripts.name(os.path.dirname(target)),
            scripts.name(target),
            parts.stem(target),
            str(file.size),
        )
        about = (sha256, f"{file.mode:o}", parts.ending(sha256))
        async with link.talk(scripts.PUT, *words, *about) as talk:
            have = await talk.line()
            if have == SAME:
                self.sent(file.size)
            elif have.isdigit():
                self.sent(int(have))
                with open(file.path, "rb") as opened:
                    opened.seek(int(have))
                    if not await talk.send(opened, file.size - int(have), self.sent):
                        raise EssError("it became shorter while it was sent")
            async for _ in talk.pieces():
                """There is no more, but its end may be an error."""

    def _path(self, target: str) -> str:
        return os.path.normpath(os.path.join(self.dest, target))

    def _name(self, target: str) -> str:
        return scripts.name(self._path(target))


@contextmanager
def _named(path: str) -> Iterator[None]:
    """Say of an error which file it is about."""
    try:
        yield
    except OSError as error:
        raise EssError(f"{shown(path)}: {error.strerror}") from error
    except ScriptError as error:
        raise EssError(f"{shown(path)}: {error.message}") from error
    except EssError as error:
        raise EssError(f"{shown(path)}: {error.message}", error.hint) from error
