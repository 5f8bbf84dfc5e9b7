"""The engine of the active cluster: found running, else prepared and started; reached through one port."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ess_core.errors import EssError
from ess_core.nodes.loop import complete
from ess_core.nodes.worker import Worker
from ess_plugins.workers import bundle, cluster, roster, tunnel
from ess_plugins.workers.bundle import Bundle
from ess_plugins.workers.cluster import Cluster, Record
from ess_plugins.workers.starting import Report, Started, Starting
from ess_plugins.workers.tls import Authority
from ess_plugins.workers.tunnel import Background, Tunnel

if TYPE_CHECKING:
    from distributed.security import Security

    from ess_core.cloud import Cloud
    from ess_core.conf import Conf

ANSWER_S = 20.0


@dataclass(frozen=True)
class Engine:
    """A running engine: ``address`` is the forwarded port, and the files are what TLS needs.

    ``workers`` counts the nodes that work for it.
    """

    address: str
    ca: Path
    cert: Path
    key: Path
    workers: int

    def security(self) -> "Security":
        """What Dask's client takes."""
        return _security(self.ca, self.cert, self.key)


@contextmanager
def running(conf: "Conf", cloud: "Cloud", say: Callable[[str], None]) -> Iterator[Engine]:
    """The engine on the active cluster's workers; its tunnel is held while the block is open.

    Where a node is not prepared, or for other versions than are installed here, or nothing runs there, that
    is made good first. A node with which that does not work is named through ``say`` and left out.

    Raises EssError where no node can work, and NothingMatchedError where there is none.
    """
    workers = roster.workers_of(conf, cloud)
    place, wanted = cluster.current(), bundle.current()
    with tunnel.background() as background, ExitStack() as open_tunnels:
        at = _found(place, wanted, workers, background, open_tunnels)
        if at is None:
            started = bring_up(place, wanted, workers, Saying(say))
            at = _opened(started.record, workers, background, open_tunnels)
        authority = place.authority()
        yield Engine(
            f"tls://{tunnel.HERE}:{at.port}",
            authority.ca,
            authority.client,
            authority.client_key,
            len(_names(place.authority(), at, background)),
        )


def bring_up(
    place: Cluster,
    wanted: Bundle,
    workers: Sequence[Worker],
    report: Report,
    *,
    all_or_nothing: bool = False,
    replace: bool = False,
    joining: bool = False,
) -> Started:
    """Prepare the nodes and start the engine on them; what is done already is left alone.

    With ``all_or_nothing`` nothing is started where a node cannot be prepared. ``replace`` ends an engine
    that this machine has no keys of. With ``joining`` the nodes join the scheduler that runs.
    Raises EssError where no node can work.
    """
    with place.changing():
        starting = Starting(place, wanted, report, replace=replace)
        return complete(_bring_up(starting, workers, all_or_nothing=all_or_nothing, joining=joining))


async def _bring_up(
    starting: Starting, workers: Sequence[Worker], *, all_or_nothing: bool, joining: bool
) -> Started:
    started = await starting.prepare(workers)
    if started.left_out and (all_or_nothing or not started.prepared):
        raise _not_ready(started, len(workers))
    await starting.start(workers, joining=joining)
    if started.record is None or len(started.left_out) == len(workers):
        raise _not_ready(started, len(workers))
    return started


def _not_ready(started: Started, total: int) -> EssError:
    name, first = next(iter(started.left_out.items()))
    return EssError(
        f"{len(started.left_out)} of {total} workers are not ready; {name}: {first.message}", first.hint
    )


def _found(
    place: Cluster, wanted: Bundle, workers: Sequence[Worker], background: Background, tunnels: ExitStack
) -> Tunnel | None:
    """A tunnel to the engine where it runs on all these workers, from what is installed here."""
    record = place.record()
    if record is None or record.digest != wanted.digest:
        return None
    try:
        at = _opened(record, workers, background, tunnels)
        told = ask(place.authority(), at, background)
    except (EssError, OSError):
        return None
    runs = str(told["id"]).startswith(wanted.digest)
    return at if runs and {one.id for one in workers} <= _workers(told) else None


def _opened(
    record: Record | None, workers: Sequence[Worker], background: Background, tunnels: ExitStack
) -> Tunnel:
    node = next((one for one in workers if record and one.id == record.node), None)
    if node is None or node.login is None or record is None:
        raise EssError("the engine ran on a node that is gone")
    return tunnels.enter_context(tunnel.opened(background, node.login, host_port(record.address)))


def ask(authority: Authority, at: Tunnel, background: Background) -> dict[str, Any]:
    """What the scheduler says of itself and its workers. Raises EssError where it does not answer."""
    return background.run(
        _ask(
            f"tls://{tunnel.HERE}:{at.port}", _security(authority.ca, authority.client, authority.client_key)
        )
    )


async def _ask(address: str, security: "Security") -> dict[str, Any]:
    import asyncio

    from distributed.core import rpc

    try:
        async with asyncio.timeout(ANSWER_S):
            async with rpc(
                address, connection_args=security.get_connection_args("client"), timeout=ANSWER_S
            ) as scheduler:
                told: dict[str, Any] = await scheduler.identity(n_workers=-1)
                return told
    except (OSError, TimeoutError) as error:
        raise EssError(
            f"the scheduler does not answer: {error}", "`ess cluster prepare` starts it again"
        ) from error


def _names(authority: Authority, at: Tunnel, background: Background) -> set[str]:
    return _workers(ask(authority, at, background))


def _workers(told: dict[str, Any]) -> set[str]:
    return {str(one["name"]) for one in told["workers"].values()}


def _security(ca: Path, cert: Path, key: Path) -> "Security":
    from distributed.security import Security

    return Security(
        require_encryption=True, tls_ca_file=str(ca), tls_client_cert=str(cert), tls_client_key=str(key)
    )


def host_port(address: str) -> tuple[str, int]:
    """Host and port of ``tls://host:port`` or ``host:port``."""
    host, _, port = address.removeprefix("tls://").rpartition(":")
    return host.strip("[]"), int(port)


class Saying:
    """A report to one who only listens."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.note = say

    def count(self, text: str, done: int, wanted: int | None) -> None:
        """Say nothing: the lines of the nodes are enough."""
