"""One command or login on a host: a real process of this user in the host's HOME."""

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import struct
import termios
from typing import Any

import asyncssh

from ess_plugins.sandbox.ssh.place import SHELL, Place


async def serve(process: asyncssh.SSHServerProcess[bytes], place: Place) -> None:
    """Run what the client asks for and pass on its exit status."""
    start = _on_terminal if process.term_type else _on_pipes
    child = await start(process, place)
    status = await child.wait()
    with contextlib.suppress(OSError, asyncssh.Error):
        await process.stdout.drain()
        await process.stderr.drain()
    if status < 0:
        process.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
    else:
        process.exit(status)


async def _on_pipes(process: asyncssh.SSHServerProcess[bytes], place: Place) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    child = await _spawn(process, place, stdin=pipe, stdout=pipe, stderr=pipe)
    await process.redirect(stdin=child.stdin, stdout=child.stdout, stderr=child.stderr)
    return child


async def _on_terminal(process: asyncssh.SSHServerProcess[bytes], place: Place) -> asyncio.subprocess.Process:
    ours, theirs = pty.openpty()
    columns, rows, width, height = process.term_size
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, width, height))
    try:
        child = await _spawn(
            process, place, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=_take_terminal
        )
    finally:
        os.close(theirs)
    await process.redirect(stdin=os.dup(ours), stdout=ours)
    return child


async def _spawn(
    process: asyncssh.SSHServerProcess[bytes], place: Place, **options: Any
) -> asyncio.subprocess.Process:
    command = [SHELL, "-c", process.command] if process.command else [SHELL, "-l"]
    terminal = {"TERM": process.term_type} if process.term_type else {}
    return await asyncio.create_subprocess_exec(
        *command, cwd=place.home, env=place.environment() | terminal, start_new_session=True, **options
    )


def _take_terminal() -> None:
    """In the child: make the terminal on stdin the controlling one, so that Ctrl-C reaches it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
