"""A signal in the middle of asynchronous work: it is cleaned up, prints nothing, and the signal is raised."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from ess_core import interrupts
from ess_core.interrupts import Interrupted
from ess_core.nodes.loop import complete
from tests.fixtures.ssh import Fleet

WAIT_FOR_MANY = """
import asyncio, sys
from pathlib import Path
from ess_core import interrupts
from ess_core.nodes import ssh
from ess_core.nodes.loop import complete
from ess_core.nodes.worker import Login
interrupts.install()
pem, known_hosts, *nodes = sys.argv[1:]
addresses = [node.split(",") for node in nodes * 10]
async def wait():
    files = {"pem": Path(pem), "known_hosts": Path(known_hosts)}
    logins = [Login(host, int(port), **files) for host, port in addresses]
    print("ready", flush=True)
    await asyncio.gather(*(ssh.await_login(login, 60) for login in logins))
try:
    complete(wait())
except interrupts.Interrupted as error:
    sys.exit(error.exit_code)
"""


@pytest.fixture(autouse=True)
def _installed() -> Iterator[None]:
    before = {signum: signal.getsignal(signum) for signum in interrupts.SIGNALS}
    interrupts.install()
    yield
    for signum, handler in before.items():
        signal.signal(signum, handler)


async def interrupted_work(log: list[str], signum: int = signal.SIGTERM) -> None:
    try:
        os.kill(os.getpid(), signum)
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.05)
        log.append("cleaned up")


@pytest.mark.parametrize("signum", interrupts.SIGNALS)
def test_work_is_cleaned_up_before_the_signal_is_raised(signum: signal.Signals):
    log: list[str] = []
    with pytest.raises(Interrupted) as caught:
        complete(interrupted_work(log, signum))
    assert caught.value.exit_code == 128 + signum
    assert log == ["cleaned up"]
    assert signal.getsignal(signum) is interrupts._raise


def test_a_result_and_an_error_come_back():
    async def fine() -> int:
        return 7

    async def broken() -> int:
        raise LookupError("lost")

    assert complete(fine()) == 7
    with pytest.raises(LookupError, match="lost"):
        complete(broken())


def test_a_signal_that_is_only_noted_does_not_stop_the_work():
    async def work() -> str:
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.sleep(0.05)
        return "done"

    noted: list[int] = []
    with interrupts.noted(noted.append):
        assert complete(work()) == "done"
    assert noted == [signal.SIGINT]


def test_an_ignored_signal_stays_ignored():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def work() -> str:
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0.05)
        return "done"

    assert complete(work()) == "done"


def test_a_second_signal_does_not_wait_for_a_clean_up_that_hangs():
    async def stubborn() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(60)
        finally:
            asyncio.get_running_loop().call_later(0.1, os.kill, os.getpid(), signal.SIGINT)
            await asyncio.sleep(60)

    began = time.monotonic()
    with pytest.raises(Interrupted):
        complete(stubborn())
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("delay_s", [0.0, 0.4])
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_many_nodes_are_awaited_ends_quickly_and_quietly(
    fleet: Fleet, signum: signal.Signals, delay_s: float
):
    nodes = [
        fleet.node().start(),
        fleet.node(),
        fleet.node().drop(),
        fleet.node().hang(),
        fleet.node(username="x").start(),
    ]
    known_hosts = str(fleet.folder / "known_hosts")
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            WAIT_FOR_MANY,
            str(fleet.pem),
            known_hosts,
            *(f"{n.host},{n.port}" for n in nodes),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    process.stdout.readline()
    time.sleep(delay_s)
    process.send_signal(signum)
    assert process.wait(3) == 128 + signum
    assert process.communicate() == ("", "")
