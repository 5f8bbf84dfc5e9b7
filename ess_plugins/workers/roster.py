"""The workers of the active cluster."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ess_core.errors import NothingMatchedError
from ess_core.nodes import active
from ess_core.nodes.executors import Context
from ess_core.nodes.local import PROVIDER, THIS_MACHINE, LocalProvider
from ess_core.nodes.worker import Worker, WorkerProvider
from ess_core.registry import REGISTRY, Kind

if TYPE_CHECKING:
    from ess_core.cloud import Cloud
    from ess_core.conf import Conf

RUNNING = "running"


def nodes_of(context: Context) -> list[Worker]:
    """All nodes of the active cluster in a stable order; conf and AWS are asked only where it needs them."""
    if active.read().provider == PROVIDER:
        return _without_this_machine(LocalProvider().workers())
    return _provided(context.conf, context.cloud)


def workers_of(conf: "Conf", cloud: "Cloud") -> list[Worker]:
    """The active cluster's workers that can be logged in to. Raises NothingMatchedError where none is."""
    return ready(_provided(conf, cloud))


def ready(nodes: Sequence[Worker]) -> list[Worker]:
    """Those of the nodes that run and have an address. Raises NothingMatchedError where none is."""
    able = [node for node in nodes if node.state == RUNNING and node.login]
    if able:
        return able
    if nodes:
        raise NothingMatchedError(
            f"none of the {len(nodes)} workers is running", "`ess instance status` shows how each of them is"
        )
    raise NothingMatchedError(
        "there are no workers: work runs on this machine",
        "`ess instance ec2 create` launches some; `ess instance local HOST…` names hosts of your own",
    )


def _provided(conf: "Conf", cloud: "Cloud") -> list[Worker]:
    provider: WorkerProvider = REGISTRY.load(Kind.WORKER_PROVIDER, active.read().provider)(conf, cloud)
    return _without_this_machine(provider.workers())


def _without_this_machine(nodes: list[Worker]) -> list[Worker]:
    return [node for node in nodes if node != THIS_MACHINE]
