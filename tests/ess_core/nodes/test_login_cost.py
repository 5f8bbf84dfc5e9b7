"""Many logins at once are cheap."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncssh
import pytest

from ess_core.nodes.ssh import authenticate
from tests.fixtures.ssh import Fleet

LOGINS = 20


def seconds(one: Callable[[], Awaitable[object]]) -> float:
    async def everyone() -> None:
        await asyncio.gather(*(one() for _ in range(LOGINS)))

    began = time.perf_counter()
    asyncio.run(everyone())
    return time.perf_counter() - began


def test_twenty_logins_take_no_longer_than_asyncssh_with_its_defaults(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    login = fleet.node().start().login()

    async def plain() -> None:
        where = {"username": login.username, "client_keys": [str(login.pem)], "known_hosts": None}
        async with asyncssh.connect(login.host, login.port, **where) as connection:
            await connection.run("true")

    asyncio.run(authenticate(login, 10))
    assert seconds(lambda: authenticate(login, 30)) <= seconds(plain)
