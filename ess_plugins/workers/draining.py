"""Workers that leave a running engine."""

from collections.abc import Callable, Sequence

from ess_core.nodes.worker import Worker
from ess_plugins.workers.bootstrap import control
from ess_plugins.workers.cluster import Record
from ess_plugins.workers.fanout import each

LOGIN_S = 15.0
DRAIN_S = 600.0
"""How long what has been begun may take; what takes longer begins anew on another worker."""

SPARE_S = 60.0


async def drain(workers: Sequence[Worker], record: Record, say: Callable[[str], None]) -> None:
    """Let each end what it has begun, hand over what only it holds, and end; say where it did not.

    A worker that cannot be asked leaves without: what it had begun begins anew on another one.
    """
    names = ", ".join(one.id for one in workers)
    say(f"{names}: waiting for what has been begun there, at most {DRAIN_S / 60:.0f} minutes")
    async for done in each(workers, lambda worker: _leave(worker, record)):
        if done.error:
            say(f"{done.worker.id} leaves without handing over: {done.error.message}")
        elif done.value and not done.value["drained"]:
            say(f"{done.worker.id} leaves before it is done: what it had begun begins anew elsewhere")
        elif done.value and done.value["had_scheduler"]:
            say(f"{done.worker.id} had the scheduler: work that runs now begins anew")


async def _leave(worker: Worker, record: Record) -> dict[str, bool]:
    from ess_core.nodes.connection import connected

    assert worker.login
    async with connected(worker.login, LOGIN_S) as connection:
        return await control(connection, record.digest, "leave", {"drain_s": DRAIN_S}, DRAIN_S + SPARE_S)
