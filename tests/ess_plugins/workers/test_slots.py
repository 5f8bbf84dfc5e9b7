"""The processes of a run on one node, while the run ends there."""

import asyncio
from types import SimpleNamespace

import pytest

from ess_plugins.workers.replies import Dropped
from ess_plugins.workers.slots import Slots


@pytest.mark.parametrize("is_started", [False, True])
def test_work_that_comes_when_the_run_is_over_is_dropped_and_not_failed(is_started):
    async def late():
        slots = Slots("run", [])
        slots.setup(SimpleNamespace(name="own"))
        if is_started:
            slots._server.get_ready()
        await slots.teardown(None)
        return await asyncio.to_thread(slots.work, b"", lambda: True)

    assert asyncio.run(late()) == Dropped()
