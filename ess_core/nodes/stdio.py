"""This process's stdin, stdout and stderr in an event loop, left in blocking mode: others may share them."""

import asyncio
import os
import select
import sys
from collections.abc import Callable

from ess_core.errors import EssError

STDIN, STDOUT, STDERR = range(3)
CHUNK_BYTES = 65536


async def read(handle: int) -> bytes:
    """The next bytes, none at the end. A stream that this process was started without has none."""
    if _absent(handle):
        return b""
    if not _ready(handle, select.POLLIN):
        loop = asyncio.get_running_loop()
        await _event(handle, loop.add_reader, loop.remove_reader)
    return os.read(handle, CHUNK_BYTES)


async def write(handle: int, data: bytes) -> None:
    """Write everything; a stream that this process was started without takes it and drops it.

    Raises BrokenPipeError where nobody reads it any more, and EssError where the disk is full.
    """
    loop = asyncio.get_running_loop()
    rest = memoryview(data)
    while rest and not _absent(handle):
        if not _ready(handle, select.POLLOUT):
            await _event(handle, loop.add_writer, loop.remove_writer)
        rest = rest[_write(handle, rest[: select.PIPE_BUF]) :]


def _write(handle: int, piece: memoryview) -> int:
    """Write at most what a pipe that has room takes without blocking."""
    try:
        return os.write(handle, piece)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise EssError(f"cannot write the output: {error.strerror}") from error


def _ready(handle: int, event: int) -> bool:
    """Whether it can be read or written now; always so for a regular file, which epoll cannot watch."""
    poll = select.poll()
    poll.register(handle, event)
    return bool(poll.poll(0))


async def _event(
    handle: int, watch: Callable[[int, Callable[[], None]], None], forget: Callable[[int], bool]
) -> None:
    seen = asyncio.Event()
    watch(handle, seen.set)
    try:
        await seen.wait()
    finally:
        forget(handle)


def _absent(handle: int) -> bool:
    """Whether it was closed when this process started; the number may be another file's by now."""
    return (sys.__stdin__, sys.__stdout__, sys.__stderr__)[handle] is None
