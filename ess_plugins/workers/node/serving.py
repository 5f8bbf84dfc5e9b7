"""The processes of the engine: a Dask scheduler on one node, a Dask worker on each.

Both listen on the node's private address only, and speak only with who has a certificate of the cluster's own
authority. Their HTTP pages are on the node's loopback.
"""

import asyncio
import errno
import ipaddress
import signal
import socket
from collections.abc import Mapping, Sequence
from typing import Any

import dask
from distributed import Nanny, Scheduler
from distributed.comm.addressing import parse_host_port
from distributed.security import Security

from ess_core.errors import EssError
from ess_core.nodes.cores import usable_cores
from ess_plugins.workers import openfiles
from ess_plugins.workers.node import place
from ess_plugins.workers.options import NODE

SCHEDULER_PORT = 8786
PAGES_PORT = 8787
ANY_PORT = 0
WORKER_PORTS = (*range(8788, 8794), ANY_PORT)
NANNY_PORTS = (*range(8794, 8800), ANY_PORT)
DEATH_TIMEOUT_S = 60.0
"""How long a worker looks for its scheduler before it ends itself."""

REACH_S = 15.0
PORTS = "8786-8799"
_MEMORY_SHARE = 0.9
_TASK_BYTES = 512 << 20
"""What the process of one task takes, unless its command takes more."""


def security() -> Security:
    """TLS with this node's certificate, and nothing without."""
    files = {"ca": place.TLS / "ca.pem", "cert": place.TLS / "node.pem", "key": place.TLS / "node-key.pem"}
    roles = {
        f"tls_{role}_{what}": str(files[what])
        for role in ("scheduler", "worker", "client")
        for what in ("cert", "key")
    }
    return Security(require_encryption=True, tls_ca_file=str(files["ca"]), **roles)


def scheduler(order: Mapping[str, Any]) -> None:
    """Be the scheduler until told to end."""
    openfiles.allow()
    asyncio.run(_scheduler(order))


def worker(order: Mapping[str, Any]) -> None:
    """Be this node's worker, a process for all its cores, until told to end or the scheduler is gone."""
    asyncio.run(_worker(order))


async def _scheduler(order: Mapping[str, Any]) -> None:
    async with await _begun(order["address"], order["digest"]) as made:
        pages: Any = made.http_server
        place.write(
            "scheduler",
            place.own_state(
                order, engine=made.id, listens=made.address, dashboard=f"{pages.address}:{pages.port}"
            ),
        )
        await _until_told_or(made.finished())


async def _begun(address: str, digest: str, ports: Sequence[int] = (SCHEDULER_PORT, ANY_PORT)) -> Scheduler:
    """A scheduler at the first of the ports that nobody else listens at; workers and nannies look themselves.

    Its id tells whoever asks which bundle it runs.
    """
    check(address)
    port, *others = ports
    made = Scheduler(
        host=address,
        port=port,
        protocol="tls",
        security=security(),
        dashboard_address=f"{loopback(address)}:{PAGES_PORT}",
    )
    made.id = f"{digest}-{made.id}"
    try:
        await made
    except RuntimeError as error:
        if others and _is_taken(error):
            return await _begun(address, digest, others)
        raise
    return made


async def _worker(order: Mapping[str, Any]) -> None:
    check(order["address"])
    await _reach(order["scheduler"])
    async with _nanny(order) as made:
        place.write("worker", place.own_state(order, listens=made.worker_address or ""))
        await _until_told_or(made.finished())


def _nanny(order: Mapping[str, Any]) -> Nanny:
    """What starts the worker, and starts it anew where it ends; not started yet."""
    address = order["address"]
    return Nanny(
        order["scheduler"],
        host=address,
        port=NANNY_PORTS,
        worker_port=WORKER_PORTS,
        protocol="tls",
        security=security(),
        dashboard_address=f"{loopback(address)}:0",
        nthreads=threads(usable_cores(), _memory_bytes()),
        memory_limit=_memory_bytes(),
        name=order["name"],
        local_directory=str(place.WORK),
        death_timeout=DEATH_TIMEOUT_S,
    )


async def _reach(scheduler: str) -> None:
    """Raise EssError where the scheduler cannot be reached: Dask would only say that it took too long."""
    host, port = parse_host_port(scheduler.removeprefix("tls://"))
    try:
        async with asyncio.timeout(REACH_S):
            context = security().get_connection_args("worker")["ssl_context"]
            _reader, writer = await asyncio.open_connection(host, port, ssl=context)
        writer.close()
    except (OSError, TimeoutError) as error:
        raise EssError(
            f"it cannot reach the scheduler at {host}:{port}: is TCP {PORTS} open among the workers?"
        ) from error


def threads(cores: int, memory_bytes: int) -> int:
    """How many tasks a node works on at once: one for each core, and no more than it has memory for."""
    return max(1, min(cores, memory_bytes // _TASK_BYTES))


def loopback(address: str) -> str:
    """Where HTTP pages go: the node's loopback, which may be its only address as well."""
    return address if ipaddress.ip_address(address).is_loopback else "127.0.0.1"


async def _until_told_or(finished: Any) -> None:
    told = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, told.set)
    waiting = {asyncio.ensure_future(told.wait()), asyncio.ensure_future(finished)}
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)


def check(address: str) -> None:
    """Raise EssError where nobody can listen at an address, as it is not this machine's."""
    with socket.socket() as probe:
        try:
            probe.bind((address, ANY_PORT))
        except OSError as error:
            raise EssError(f"cannot listen on {address}: {error.strerror}") from error


def _is_taken(error: BaseException | None) -> bool:
    """Whether something failed as somebody else listens there."""
    while error and not isinstance(error, OSError):
        error = error.__cause__
    return isinstance(error, OSError) and error.errno == errno.EADDRINUSE


def _memory_bytes() -> int:
    """What the worker may use: nearly all that the system would give it now."""
    from distributed.system import MEMORY_LIMIT

    return int(MEMORY_LIMIT * _MEMORY_SHARE)


dask.config.set(NODE | {"distributed.comm.require-encryption": True, "distributed.worker.daemon": True})
