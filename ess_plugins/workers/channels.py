"""One command over an SSH connection: its input, its output, its end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncssh

from ess_core.nodes import refusals
from ess_core.nodes.output import Output
from ess_core.nodes.worker import Login

LAST_S = 3.0
"""How long we wait for a command that we end to say that it has."""

WINDOW_BYTES = 1 << 18


@asynccontextmanager
async def session(
    login: Login, connection: asyncssh.SSHClientConnection, line: str
) -> AsyncIterator[tuple[asyncssh.SSHClientChannel[bytes], Output]]:
    """Start ``line`` on the node; at the end its stdin ends, and it is given a moment to end too.

    Raises LoginError where it cannot be started.
    """
    output = Output(WINDOW_BYTES)
    try:
        channel, _ = await connection.create_session(lambda: output, line, encoding=None, window=WINDOW_BYTES)
    except (asyncssh.Error, OSError) as error:
        raise refusals.failed(login, f"the command could not be started: {error}") from error
    try:
        yield channel, output
    finally:
        if not output.has_ended:
            with contextlib.suppress(OSError, TimeoutError):
                channel.write_eof()  # for the guard, which then ends the command
                async with asyncio.timeout(LAST_S):
                    await output.drain()
        channel.close()
