"""A running engine as this machine sees it: through one forwarded port, with the client's certificate."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ess_core.errors import EssError
from ess_core.nodes.worker import Worker
from ess_plugins.workers import tunnel
from ess_plugins.workers.cluster import Cluster, Record
from ess_plugins.workers.options import MASTER
from ess_plugins.workers.tunnel import Background, Tunnel

if TYPE_CHECKING:
    from distributed.security import Security

    from ess_plugins.workers.tls import Authority

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
        return quiet_dask("distributed.security").Security(  # type: ignore[no-any-return]
            require_encryption=True,
            tls_ca_file=str(self.ca),
            tls_client_cert=str(self.cert),
            tls_client_key=str(self.key),
        )


@dataclass(frozen=True)
class Told:
    """What a scheduler says of itself."""

    identity: dict[str, Any]

    @property
    def digest(self) -> str:
        """The bundle that it runs from."""
        return str(self.identity["id"]).partition("-")[0]

    @property
    def workers(self) -> set[str]:
        """The ids of the nodes that work for it."""
        return {str(one["name"]) for one in self.identity["workers"].values()}


class Way:
    """An open tunnel to a scheduler, and who may speak through it."""

    def __init__(self, authority: "Authority", at: Tunnel, background: Background) -> None:
        self._authority = authority
        self._background = background
        self._address = f"tls://{tunnel.HERE}:{at.port}"

    def ask(self) -> Told:
        """What the scheduler says of itself and its workers. Raises EssError where it does not answer."""
        return Told(self._background.run(_ask(self._address, self.engine_of(0).security())))

    def engine(self) -> Engine:
        """The engine there."""
        return self.engine_of(len(self.ask().workers))

    def engine_of(self, workers: int) -> Engine:
        """The engine there, which has so many workers."""
        files = self._authority
        return Engine(self._address, files.ca, files.client, files.client_key, workers)


@contextmanager
def way_to(
    place: Cluster, record: Record | None, workers: Sequence[Worker], background: Background
) -> Iterator[Way]:
    """The way to the scheduler of ``record``, open while the block is.

    Raises EssError where there is none, or its node cannot be reached.
    """
    node = next((one for one in workers if record and one.id == record.node), None)
    if record is None or node is None or node.login is None:
        raise EssError("no engine runs on the workers", "`ess cluster prepare` starts it")
    with tunnel.opened(background, node.login, host_port(record.address)) as at:
        yield Way(place.authority(), at, background)


def look(place: Cluster, workers: Sequence[Worker]) -> Told:
    """What the scheduler says that runs on the workers; nothing is started. Raises EssError as ``way_to``."""
    with tunnel.background() as background, way_to(place, place.record(), workers, background) as way:
        return way.ask()


def quiet_dask(name: str) -> Any:
    """A module of Dask's, imported so that it leaves to ess what is said here."""
    import dask.config

    with dask.config.set(MASTER):
        return import_module(name)


async def _ask(address: str, security: "Security") -> dict[str, Any]:
    rpc = quiet_dask("distributed.core").rpc
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


def host_port(address: str) -> tuple[str, int]:
    """Host and port of ``tls://host:port`` or ``host:port``."""
    host, _, port = address.removeprefix("tls://").rpartition(":")
    return host.strip("[]"), int(port)
