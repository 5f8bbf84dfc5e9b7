"""One coroutine for each worker, many at the same time, and what becomes of each as it is done."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from ess_core.errors import ConfigError, EssError
from ess_core.nodes.worker import Worker

AT_ONCE = 256

T = TypeVar("T")


class FatalError(EssError):
    """What ends the work on all nodes, whichever it was noticed with."""


@dataclass(frozen=True)
class Done(Generic[T]):
    """What became of one worker: ``value`` is what the function gave, None where there is an ``error``."""

    worker: Worker
    value: T | None = None
    error: EssError | None = None


async def each(
    workers: Iterable[Worker], fn: Callable[[Worker], Awaitable[T]], at_once: int = AT_ONCE
) -> AsyncGenerator[Done[T], None]:
    """Await ``fn(worker)`` for every worker, ``at_once`` at the same time; the outcomes as they come.

    An EssError that ``fn`` raises is in the outcome of its worker; a ConfigError, which all would have, a
    FatalError and all that is no EssError are raised here and cancel the rest. So does closing the generator.
    """
    waiting = iter(workers)
    running: set[asyncio.Task[Done[T]]] = set()
    try:
        while True:
            running |= {
                asyncio.ensure_future(_one(one, fn)) for one in islice(waiting, at_once - len(running))
            }
            if not running:
                return
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            outcomes = [task.result() for task in done]
            running -= done  # where one raises, the others are still asked for what they raised
            for outcome in outcomes:
                yield outcome
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _one(worker: Worker, fn: Callable[[Worker], Awaitable[T]]) -> Done[T]:
    try:
        return Done(worker, await fn(worker))
    except (ConfigError, FatalError):
        raise
    except EssError as error:
        return Done(worker, error=error)
