"""The processes of the engine: a Dask scheduler on one node, a Dask worker on each.

Both listen on the node's private address only, and speak only with who has a certificate of the cluster's own
authority. Their HTTP pages are on the node's loopback.
"""

import asyncio
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
WORKER_PORTS = range(8788, 8794)
NANNY_PORTS = range(8794, 8800)
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
    address = order["address"]
    made = Scheduler(
        host=address,
        port=_one_of(address, [SCHEDULER_PORT]),
        protocol="tls",
        security=security(),
        dashboard_address=f"{loopback(address)}:{PAGES_PORT}",
    )
    made.id = f"{order['digest']}-{made.id}"  # whoever asks knows which bundle it runs
    async with made:
        pages: Any = made.http_server
        place.write(
            "scheduler",
            place.own_state(
                order, engine=made.id, listens=made.address, dashboard=f"{pages.address}:{pages.port}"
            ),
        )
        await _until_told_or(made.finished())


async def _worker(order: Mapping[str, Any]) -> None:
    address = order["address"]
    await _reach(order["scheduler"])
    made = Nanny(
        order["scheduler"],
        host=address,
        port=_one_of(address, NANNY_PORTS),
        worker_port=_one_of(address, WORKER_PORTS),
        protocol="tls",
        security=security(),
        dashboard_address=f"{loopback(address)}:0",
        nthreads=threads(usable_cores(), _memory_bytes()),
        memory_limit=_memory_bytes(),
        name=order["name"],
        local_directory=str(place.WORK),
        death_timeout=DEATH_TIMEOUT_S,
    )
    async with made:
        place.write("worker", place.own_state(order, listens=made.worker_address or ""))
        await _until_told_or(made.finished())


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


def _one_of(address: str, ports: Sequence[int]) -> int:
    """The first of the ports that is free there, else any. Raises EssError where none can be had."""
    for port in [*ports, 0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                if port == 0:
                    raise EssError(f"cannot listen on {address}: {error.strerror}") from error
            else:
                return port
    return 0


def _memory_bytes() -> int:
    """What the worker may use: nearly all that the system would give it now."""
    from distributed.system import MEMORY_LIMIT

    return int(MEMORY_LIMIT * _MEMORY_SHARE)


dask.config.set(NODE | {"distributed.comm.require-encryption": True, "distributed.worker.daemon": True})
