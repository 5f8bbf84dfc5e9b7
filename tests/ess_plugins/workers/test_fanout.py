"""Many workers at the same time: outcomes as they come, a bound on how many, nothing left behind."""

import asyncio
import gc
from contextlib import aclosing

import pytest

from ess_core.errors import ConfigError, EssError
from ess_core.nodes.worker import Worker
from ess_plugins.workers.fanout import Done, FatalError, each

WORKERS = [Worker(str(number), "running", None) for number in range(20)]


def gathered(fn: object, at_once: int = 5) -> list[Done[str]]:
    async def work() -> list[Done[str]]:
        return [done async for done in each(WORKERS, fn, at_once)]  # type: ignore[arg-type]

    return asyncio.run(work())


def test_each_worker_has_one_outcome_and_no_more_run_at_once_than_asked() -> None:
    now, most = 0, 0

    async def work(worker: Worker) -> str:
        nonlocal now, most
        now += 1
        most = max(now, most)
        await asyncio.sleep(0.001)
        now -= 1
        if worker.id == "7":
            raise EssError("seven is broken")
        return worker.id

    done = gathered(work)
    assert most == 5
    assert sorted(int(one.worker.id) for one in done) == list(range(20))
    assert [one.worker.id for one in done if one.error] == ["7"]
    assert all(one.value == one.worker.id for one in done if not one.error)


def test_who_is_quick_is_told_before_who_is_slow() -> None:
    async def work(worker: Worker) -> str:
        await asyncio.sleep(0.2 if worker.id == "0" else 0)
        return worker.id

    assert gathered(work)[-1].worker.id == "0"


def test_what_all_would_fail_for_is_raised_once_and_ends_the_rest() -> None:
    ended = []

    async def work(worker: Worker) -> str:
        if worker.id == "1":
            raise ConfigError("no pem")
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(worker.id)
        return ""

    with pytest.raises(ConfigError, match="no pem"):
        gathered(work)
    assert sorted(ended) == ["0", "2", "3", "4"]


def test_who_wants_no_more_ends_what_runs() -> None:
    ended = []

    async def work(worker: Worker) -> str:
        try:
            await asyncio.sleep(0 if worker.id == "0" else 60)
        finally:
            ended.append(worker.id)
        return ""

    async def first() -> str:
        async with aclosing(each(WORKERS, work, 3)) as outcomes:
            async for done in outcomes:
                return done.worker.id
        return ""

    assert asyncio.run(first()) == "0"
    assert sorted(ended) == ["0", "1", "2"]


def test_what_several_raise_at_once_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    async def work(_: Worker) -> str:
        raise FatalError("the disk is full")

    with pytest.raises(FatalError):
        gathered(work)
    gc.collect()  # asyncio tells of what nobody asked for when a task goes
    assert caplog.messages == []
