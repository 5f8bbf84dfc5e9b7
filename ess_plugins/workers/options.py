"""How the engine is set, on the nodes and on the master."""

from typing import Any

# A thousand messages of each connection are kept otherwise, with the tasks that are in them.
_FORGETFUL: dict[str, Any] = {"distributed.admin.low-level-log-length": 1}

NODE: dict[str, Any] = _FORGETFUL | {
    # A task whose worker was lost is the executor's to begin anew: it counts the attempts.
    "distributed.scheduler.allowed-failures": 0,
    # A worker that says nothing for so long is taken for lost.
    "distributed.scheduler.worker-ttl": "60s",
    # What waits stays with the scheduler, which gives it to whoever is free first.
    "distributed.scheduler.worker-saturation": 1.0,
    # Work is done in processes of their own, and the results kept here are small.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
}
"""What the scheduler and each worker are to be started with."""

MASTER: dict[str, Any] = {
    # What goes wrong is said by ess, in its own words.
    "logging": {"distributed": "critical", "distributed.client": "critical"},
}
"""To be set before ``distributed`` is imported, which reads it then."""

CLIENT = _FORGETFUL
"""To be set while a client is made."""
