"""SSH to nodes: does a login work, wait until it does, run a command, and OpenSSH's command line.

asyncssh is imported on the first use and not with this module: it takes a third of a second.
"""

import asyncio
from dataclasses import dataclass

from ess_core.nodes import refusals
from ess_core.nodes.openssh import make_room, openssh
from ess_core.nodes.refusals import LoginError, Refusal
from ess_core.nodes.worker import Login

__all__ = [
    "LoginError",
    "Outcome",
    "Refusal",
    "authenticate",
    "await_login",
    "capture",
    "make_room",
    "openssh",
    "reach",
    "run",
]

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 0.5
FIRST_CONNECT_S = 2.0
LONGEST_CONNECT_S = 6.0
LOGIN_S = 15.0
SHORTEST_TRY_S = 1.0


@dataclass(frozen=True)
class Outcome:
    """What a remote command wrote, and how it ended."""

    exit_status: int
    stdout: str
    stderr: str


async def authenticate(login: Login, timeout_s: float) -> None:
    """Log in once within ``timeout_s`` seconds and run ``true``. Raises LoginError or ConfigError."""
    await _authenticate(login, timeout_s, timeout_s)


async def reach(login: Login, timeout_s: float) -> None:
    """Log in once within ``timeout_s`` seconds and run nothing. Raises LoginError or ConfigError."""
    from ess_core.nodes.connection import connected

    async with connected(login, timeout_s):
        pass


async def await_login(login: Login, timeout_s: float, denied_s: float = 60) -> None:
    """Try to log in until it works, for at most ``timeout_s`` seconds.

    Raises the last LoginError when the time is up, when the node has denied the key for ``denied_s`` seconds
    in a row (cloud-init installs it within seconds), or at once when its host key has changed.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout_s
    denied_since: float | None = None
    pause_s, connect_s = FIRST_PAUSE_S, FIRST_CONNECT_S
    while True:
        try:
            return await _authenticate(login, min(LOGIN_S, end - loop.time()), connect_s)
        except LoginError as error:
            denied_since = (denied_since or loop.time()) if error.refusal is Refusal.DENIED else None
            hopeless = denied_since is not None and loop.time() - denied_since >= denied_s
            late = loop.time() + pause_s + SHORTEST_TRY_S >= end
            if hopeless or late or error.refusal is Refusal.HOST_KEY_CHANGED:
                raise
        await asyncio.sleep(pause_s)
        pause_s, connect_s = min(pause_s * 1.5, LONGEST_PAUSE_S), min(connect_s * 1.5, LONGEST_CONNECT_S)


async def capture(login: Login, command: str, timeout_s: float) -> Outcome:
    """Log in, run ``command`` without input and return what it wrote, all within ``timeout_s`` seconds.

    Raises LoginError where the login fails, the time is up or the connection is lost.
    """
    return await _capture(login, command, timeout_s, timeout_s)


def run(login: Login, command: str) -> int:
    """Run ``command`` with this process's stdin, stdout and stderr; see :func:`ess_core.nodes.stream.run`."""
    from ess_core.nodes import stream

    return stream.run(login, command)


async def _authenticate(login: Login, timeout_s: float, connect_s: float) -> None:
    outcome = await _capture(login, "true", timeout_s, connect_s)
    if outcome.exit_status:
        raise refusals.denied(login, " ".join(f"{outcome.stdout} {outcome.stderr}".split())[:200])


async def _capture(login: Login, command: str, timeout_s: float, connect_s: float) -> Outcome:
    import asyncssh

    from ess_core.nodes.connection import connected
    from ess_core.nodes.exits import exit_code

    loop = asyncio.get_running_loop()
    end = loop.time() + timeout_s
    async with connected(login, timeout_s, connect_s) as connection:
        try:
            async with asyncio.timeout_at(end):
                done = await connection.run(command, stdin=asyncssh.DEVNULL, errors="replace")
        except TimeoutError as error:
            raise refusals.failed(login, f"`{command}` did not end within {timeout_s:.0f} s") from error
        except (asyncssh.Error, OSError) as error:
            raise refusals.failed(login, f"the connection broke: {error}") from error
    return Outcome(exit_code(login, done.exit_status, done.exit_signal), str(done.stdout), str(done.stderr))
