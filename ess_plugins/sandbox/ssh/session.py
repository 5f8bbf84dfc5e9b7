"""One command or login on a host: a real process of this user in the host's HOME."""

import asyncio
import contextlib
import os
import signal
from typing import Any

import asyncssh

from ess_plugins.sandbox.ssh.channels import Channels, open_pipes, open_terminal, resize
from ess_plugins.sandbox.ssh.place import LOGIN, SHELL, Place

_CHUNK_BYTES = 1 << 16


async def serve(process: asyncssh.SSHServerProcess[bytes], place: Place) -> None:
    """Run what the client asks for and pass on its exit status."""
    channels = await (open_terminal(process.term_size) if process.term_type else open_pipes())
    child = await _spawn(process, place, channels)
    feeding = asyncio.create_task(_feed(process, channels, child.pid))
    pumps = [_pump(channels.stdout, process.stdout)]
    if channels.stderr:
        pumps.append(_pump(channels.stderr, process.stderr))
    try:
        await asyncio.gather(*pumps)
    except (OSError, asyncssh.Error):
        pass  # the client has gone; the command finds its pipes closed, as with sshd
    finally:
        channels.close()
    status = await child.wait()
    feeding.cancel()
    if status < 0:
        process.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
    else:
        process.exit(status)


async def _spawn(
    process: asyncssh.SSHServerProcess[bytes], place: Place, channels: Channels
) -> asyncio.subprocess.Process:
    command = [SHELL, "-c", process.command] if process.command else LOGIN
    terminal = {"TERM": process.term_type} if process.term_type else {}
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            cwd=place.home,
            env=place.environment() | terminal,
            stdin=channels.child_stdin,
            stdout=channels.child_stdout,
            stderr=channels.child_stderr,
            start_new_session=True,
            preexec_fn=channels.in_child,
        )
    finally:
        channels.close_child_ends()


async def _feed(process: asyncssh.SSHServerProcess[bytes], channels: Channels, pid: int) -> None:
    """Pass on what the client types, its signals and the size of its window, until it has no more to say."""
    with contextlib.suppress(OSError, asyncssh.Error):
        while await _fed(process, channels, pid):
            pass
    channels.stdin.close()


async def _fed(process: asyncssh.SSHServerProcess[bytes], channels: Channels, pid: int) -> bool:
    try:
        data = await process.stdin.read(_CHUNK_BYTES)
    except asyncssh.TerminalSizeChanged as changed:
        resize(channels.stdin, changed.term_size)
    except asyncssh.SignalReceived as received:
        _signal(pid, received.signal)
    except asyncssh.BreakReceived:
        _signal(pid, "INT")
    else:
        channels.stdin.write(data)
        await channels.stdin.drain()
        return bool(data)
    return True


def _signal(pid: int, name: str) -> None:
    with contextlib.suppress(ProcessLookupError, KeyError):
        os.killpg(pid, signal.Signals[f"SIG{name}"])


async def _pump(source: asyncio.StreamReader, target: Any) -> None:
    while data := await _read(source):
        target.write(data)
        await target.drain()


async def _read(source: asyncio.StreamReader) -> bytes:
    """The next bytes; a terminal whose last process has gone ends with an error instead of nothing."""
    try:
        return await source.read(_CHUNK_BYTES)
    except OSError:
        return b""
