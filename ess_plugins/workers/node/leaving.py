"""A worker that leaves: it takes nothing new, ends what it has begun, and hands over what only it holds."""

import asyncio
from collections.abc import Mapping
from typing import Any

from ess_plugins.workers.node import control, place

_POLL_S = 0.5


def leave(order: Mapping[str, Any]) -> dict[str, Any]:
    """Let the worker of this node hand over within ``drain_s``, then end what runs and drop the keys."""
    worker = place.read("worker")
    had_scheduler = bool((scheduler := place.read("scheduler")) and scheduler.is_alive())
    drained = True
    if worker and worker.is_alive():
        drained = asyncio.run(_drained(worker.scheduler, worker.listens, float(order["drain_s"])))
    control.down(order)
    return {"drained": drained, "had_scheduler": had_scheduler}


async def _drained(scheduler: str, worker: str, drain_s: float) -> bool:
    """Whether the worker has ended what it had begun, and nothing is only with it any more."""
    from distributed.core import rpc

    from ess_plugins.workers.node.serving import security

    how = security().get_connection_args("client")
    try:
        async with asyncio.timeout(drain_s), rpc(scheduler, connection_args=how) as asked:
            await asked.retire_workers(workers=[worker], close_workers=False, remove=False)
            async with rpc(worker, connection_args=how) as leaving:
                while await leaving.call_stack():
                    await asyncio.sleep(_POLL_S)
            await asked.retire_workers(workers=[worker], close_workers=True, remove=True)
    except (OSError, TimeoutError):
        return False
    return True
