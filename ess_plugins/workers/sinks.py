"""Where the output of a command on many nodes goes: to our stdout and stderr, or a file for each node."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol
from urllib.parse import quote

from ess_core.errors import EssError
from ess_core.nodes import stdio
from ess_core.nodes.worker import Worker
from ess_plugins.workers.fanout import FatalError
from ess_plugins.workers.lines import Lines

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator
    from contextlib import AbstractAsyncContextManager

    from ess_core.files import Datastore

STREAMS = {stdio.STDOUT: "out", stdio.STDERR: "err"}

Take = Callable[[int, bytes], "Awaitable[None]"]
"""Takes the next bytes of STDOUT or STDERR, and returns when there is room for more."""


class Sink(Protocol):
    """Gives each node, for as long as its command runs, what takes its output."""

    def of(self, worker: Worker) -> "AbstractAsyncContextManager[Take]": ...


class Printed:
    """Whole lines on our stdout and stderr, as they come; ``prefix(worker, stream)`` stands before each."""

    def __init__(self, prefix: Callable[[Worker, int], bytes]) -> None:
        self._prefix = prefix
        self._writing = asyncio.Lock()  # one for both: they may be the same terminal

    @asynccontextmanager
    async def of(self, worker: Worker) -> AsyncIterator[Take]:
        """Print what is whole, and at the end what is left."""
        lines = {stream: Lines(self._prefix(worker, stream)) for stream in STREAMS}

        async def take(stream: int, data: bytes) -> None:
            await self._write(stream, lines[stream].take(data))

        yield take
        for stream, rest in lines.items():
            await self._write(stream, rest.end())

    async def _write(self, stream: int, data: bytes) -> None:
        if data:
            async with self._writing:
                with _fatal():
                    await stdio.write(stream, data)


class Folder:
    """Two files for each node, ``NODE.out`` and ``NODE.err``, as the command writes them."""

    def __init__(self, path: Path) -> None:
        """Raises EssError where the folder cannot be made."""
        self._path = path
        with _fatal():
            path.mkdir(parents=True, exist_ok=True)

    @asynccontextmanager
    async def of(self, worker: Worker) -> AsyncIterator[Take]:
        """Begin its files anew."""
        with _fatal():
            files = _opened(_paths(self._path, worker))
        try:
            yield _writer(files)
        finally:
            for file in files.values():
                file.close()


class Stored:
    """Two objects of a datastore for each node, kept here until its command ends."""

    def __init__(self, store: "Datastore") -> None:
        self._store = store

    @asynccontextmanager
    async def of(self, worker: Worker) -> AsyncIterator[Take]:
        """Send them when the command has ended, also where it failed."""
        with tempfile.TemporaryDirectory(prefix="ess-exec-") as folder:
            paths = _paths(Path(folder), worker)
            files = _opened(paths)
            try:
                yield _writer(files)
            finally:
                for file in files.values():
                    file.close()
            await asyncio.to_thread(self._put, list(paths.values()))

    def _put(self, paths: Sequence[Path]) -> None:
        for path in paths:
            with path.open("rb") as file:
                self._store.put(path.name, file)


def file_name(worker: Worker) -> str:
    """A name for what is a node's own: no ``/``, none hidden, and another for each node."""
    name = quote(worker.id, safe="=@+,:[]")
    return f"%2E{name[1:]}" if name.startswith(".") else name


def _paths(folder: Path, worker: Worker) -> dict[int, Path]:
    return {stream: folder / f"{file_name(worker)}.{ending}" for stream, ending in STREAMS.items()}


def _opened(paths: dict[int, Path]) -> dict[int, IO[bytes]]:
    return {stream: path.open("wb", buffering=0) for stream, path in paths.items()}


def _writer(files: dict[int, IO[bytes]]) -> Take:
    async def take(stream: int, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            with _fatal():
                rest = rest[files[stream].write(rest) :]

    return take


@contextmanager
def _fatal() -> "Iterator[None]":
    """What cannot be written here cannot be for any other node either."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        where = f"{error.filename}" if error.filename else "the output"
        raise FatalError(f"cannot write {where}: {error.strerror}") from error
    except EssError as error:
        raise FatalError(error.message, error.hint) from error
