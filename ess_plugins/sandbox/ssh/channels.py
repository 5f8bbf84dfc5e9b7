"""Standard input, output and error of a command: three pipes, or a terminal."""

import asyncio
import fcntl
import os
import pty
import struct
import termios
from collections.abc import Callable
from dataclasses import dataclass, field

TermSize = tuple[int, int, int, int]
"""Columns, rows, width and height in pixels, as SSH gives them."""


@dataclass
class Channels:
    """Our ends as streams, the child's as descriptors."""

    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader | None
    child_stdin: int
    child_stdout: int
    child_stderr: int
    in_child: Callable[[], None] | None = None
    readers: list[asyncio.BaseTransport] = field(default_factory=list)

    def close_child_ends(self) -> None:
        """Close here what only the child needs."""
        for descriptor in {self.child_stdin, self.child_stdout, self.child_stderr}:
            os.close(descriptor)

    def close(self) -> None:
        """Close our ends; a child that goes on writing gets SIGPIPE, on a terminal SIGHUP."""
        for reader in self.readers:
            reader.close()
        self.stdin.close()


async def open_pipes() -> Channels:
    """Three pipes."""
    (stdin, feed), (drain, stdout), (drain_errors, stderr) = os.pipe(), os.pipe(), os.pipe()
    output, reading = await _reader(drain)
    errors, reading_errors = await _reader(drain_errors)
    return Channels(
        await _writer(feed), output, errors, stdin, stdout, stderr, readers=[reading, reading_errors]
    )


async def open_terminal(size: TermSize) -> Channels:
    """A terminal of this size, which becomes the child's controlling one, so that Ctrl-C reaches it."""
    ours, theirs = pty.openpty()
    output, reading = await _reader(ours)
    writer = await _writer(os.dup(ours))
    resize(writer, size)
    return Channels(writer, output, None, theirs, theirs, theirs, _take_terminal, [reading])


def resize(terminal: asyncio.StreamWriter, size: TermSize) -> None:
    """Tell the terminal, and so its processes, how large the client's window is."""
    columns, rows, width, height = size
    file = terminal.get_extra_info("pipe")
    fcntl.ioctl(file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, width, height))


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


async def _reader(descriptor: int) -> tuple[asyncio.StreamReader, asyncio.BaseTransport]:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0)
    )
    return reader, transport


async def _writer(descriptor: int) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_write_pipe(
        lambda: asyncio.streams.FlowControlMixin(loop=loop), os.fdopen(descriptor, "wb", 0)
    )
    return asyncio.StreamWriter(transport, protocol, None, loop)
