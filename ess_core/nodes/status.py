"""How each node of a cluster is, asked of all at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from ess_core.nodes import figures, ssh
from ess_core.nodes.figures import Figures
from ess_core.nodes.local import THIS_MACHINE
from ess_core.nodes.loop import complete
from ess_core.nodes.worker import Worker

RUNNING = "running"


@dataclass(frozen=True)
class NodeStatus:
    """One node: its figures, or the problem in asking for them; neither where it is not running."""

    worker: Worker
    figures: Figures | None = None
    problem: str = ""


def ask(workers: Sequence[Worker], timeout_s: float) -> list[NodeStatus]:
    """Ask every running node for its figures, in the order given, each within ``timeout_s`` seconds.

    Raises ConfigError where a pem cannot be used.
    """
    return complete(_ask_all(workers, timeout_s))


async def _ask_all(workers: Sequence[Worker], timeout_s: float) -> list[NodeStatus]:
    return await asyncio.gather(*(_ask(worker, timeout_s) for worker in workers))


async def _ask(worker: Worker, timeout_s: float) -> NodeStatus:
    if worker.state != RUNNING:
        return NodeStatus(worker)
    if worker.login is None and worker != THIS_MACHINE:
        return NodeStatus(worker, problem="it has no address that ess may use")
    try:
        return NodeStatus(worker, figures.parse(await _probe(worker, timeout_s)))
    except ssh.LoginError as error:
        return NodeStatus(worker, problem=error.message)
    except ValueError:
        return NodeStatus(worker, problem="it answers, but not as a Linux machine would")


async def _probe(worker: Worker, timeout_s: float) -> str:
    if worker.login:
        return (await ssh.capture(worker.login, figures.PROBE, timeout_s)).stdout
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec("sh", "-c", figures.PROBE, stdout=pipe, stderr=pipe)
    return (await process.communicate())[0].decode(errors="replace")
