"""The engine's own pages, which listen on a node's loopback only, seen from this machine."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec

from ess_core.errors import EssError
from ess_core.nodes.worker import Worker
from ess_plugins.workers import tunnel
from ess_plugins.workers.cluster import Cluster
from ess_plugins.workers.reaching import host_port


@contextmanager
def opened(workers: Sequence[Worker], place: Cluster) -> Iterator[str]:
    """The address of the pages on this machine, while the block is open.

    Raises EssError where no engine runs.
    """
    record = place.record()
    node = next((one for one in workers if record and one.id == record.node), None)
    if record is None or node is None or node.login is None:
        raise EssError("no engine runs on the workers", "`ess cluster prepare` starts it")
    page = "status" if find_spec("bokeh") else "info/main/workers.html"
    with (
        tunnel.background() as background,
        tunnel.opened(background, node.login, host_port(record.pages)) as way,
    ):
        yield f"http://{tunnel.HERE}:{way.port}/{page}"
