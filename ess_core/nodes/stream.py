"""A remote command with this process's stdin, stdout and stderr, byte for byte and with bounded memory."""

import asyncio
import contextlib

import asyncssh

from ess_core.nodes import stdio
from ess_core.nodes.connection import connected
from ess_core.nodes.exits import exit_code
from ess_core.nodes.loop import complete
from ess_core.nodes.output import Output, end
from ess_core.nodes.worker import Login

LOGIN_S = 30


def run(login: Login, command: str) -> int:
    """Run ``command`` on the node with this process's streams; return its exit code or 128 + its signal.

    A stream that is closed counts as /dev/null. A signal to us ends the remote command too.
    Raises LoginError where login or connection fail, and BrokenPipeError where nobody reads our output.
    """
    return complete(_run(login, command))


async def _run(login: Login, command: str) -> int:
    async with connected(login, LOGIN_S) as connection:
        session = Output()
        channel, _ = await connection.create_session(lambda: session, command, encoding=None)
        feeding = asyncio.ensure_future(_feed(channel, session))
        try:
            while piece := await session.next():
                await stdio.write(*piece)
            return exit_code(login, channel.get_exit_status(), channel.get_exit_signal())
        finally:
            feeding.cancel()
            end(channel)


async def _feed(channel: asyncssh.SSHClientChannel[bytes], session: Output) -> None:
    """Send our stdin until its end, or until the command is gone."""
    with contextlib.suppress(OSError):
        while data := await stdio.read(stdio.STDIN):
            channel.write(data)
            await session.has_room.wait()
        channel.write_eof()
