"""``python -m benchmarks.scale.stubs FOLDER WORKERS THREADS``: a real scheduler, and workers that do nothing.

The scheduler is Dask's, with TLS for the client. Each worker is a listener in the same process, with an
address and a stream of its own: it says that it has done whatever it is told to do. It sends no heartbeats.
"""

import asyncio
import pickle
import sys
import time
from pathlib import Path
from typing import Any

import dask
from distributed import Scheduler
from distributed.comm import connect, listen
from distributed.protocol import Serialized, serialize
from distributed.security import Security
from distributed.versions import get_versions

from benchmarks.scale import place
from ess_core.nodes.tasks import Done
from ess_plugins.workers.options import NODE
from ess_plugins.workers.parcels import Delivered
from ess_plugins.workers.replies import Answered

_ANSWER = Answered(pickle.dumps(Done(Delivered(result=True))))
_FINISHED = {
    "op": "task-finished",
    "nbytes": 200,
    "type": pickle.dumps(Answered),
    "typename": Answered.__name__,
    "metadata": {},
    "thread": 0,
    "stimulus_id": "stub",
}
_METRICS: dict[str, Any] = {
    "bandwidth": {"total": 100e6, "workers": {}, "types": {}},
    "cpu": 0.0,
    "digests_total_since_heartbeat": {},
    "event_loop_interval": 0.02,
    "managed_bytes": 0,
    "memory": 0,
    "spilled_bytes": {"memory": 0, "disk": 0},
    "task_counts": {},
    "time": 0.0,
}
_USUAL: dict[str, Any] = {
    "op": "register-worker",
    "reply": False,
    "status": "running",
    "resources": {},
    "memory_limit": 4 << 30,
    "local_directory": "",
    "services": {},
    "nanny": "",
    "versions": get_versions(),
    "metrics": _METRICS,
    "extra": {},
    "stimulus_id": "stub",
}


class Stub:
    """One worker."""

    def __init__(self, name: str, threads: int) -> None:
        self._name, self._threads = name, threads
        self._kept = Serialized(*serialize(_ANSWER))

    async def join(self, scheduler: str) -> None:
        """Become known to the scheduler."""
        self._listener = await listen("inproc://", self._serve, deserialize=False)
        self._stream = await connect(scheduler, deserialize=False)
        own = {
            "address": self._listener.contact_address,
            "name": self._name,
            "nthreads": self._threads,
            "now": time.time(),
            "server_id": self._name,
        }
        await self._stream.write(_USUAL | own)
        await self._stream.read()
        self._working = asyncio.ensure_future(self._work())

    async def _work(self) -> None:
        while True:
            orders = await self._stream.read()
            done = [_finished(order) for order in orders if order["op"] == "compute-task"]
            if done:
                await self._stream.write(done)

    async def _serve(self, comm: Any) -> None:
        try:
            while True:
                await self._reply(comm, await comm.read())
        except OSError:  # it was closed
            return

    async def _reply(self, comm: Any, asked: dict[str, Any]) -> None:
        if asked["op"] == "get_data":
            await comm.write({"status": "OK", "data": dict.fromkeys(asked["keys"], self._kept)})
            await comm.read()
        elif asked.get("reply", True):
            await comm.write({"status": "OK"})


def _finished(order: dict[str, Any]) -> dict[str, Any]:
    now = time.time()
    took = ({"action": "compute", "start": now, "stop": now},)
    return _FINISHED | {"key": order["key"], "run_id": order["run_id"], "startstops": took}


async def main(folder: Path, workers: int, threads: int) -> None:
    """Run until killed."""
    dask.config.set(NODE | {"distributed.scheduler.worker-ttl": None})
    files = dict(zip(("tls_ca_file", "tls_scheduler_cert", "tls_scheduler_key"), place.KEYS, strict=True))
    security = Security(require_encryption=True, **{what: str(folder / name) for what, name in files.items()})
    async with Scheduler(
        host="127.0.0.1", port=0, protocol="tls", security=security, dashboard=False
    ) as scheduler:
        await scheduler.listen("inproc://", allow_offload=False)
        inside = scheduler.listeners[-1].contact_address
        stubs = [Stub(f"i-{number:017x}", threads) for number in range(workers)]
        for stub in stubs:
            await stub.join(inside)
        place.is_ready(folder, scheduler.address)
        await scheduler.finished()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
