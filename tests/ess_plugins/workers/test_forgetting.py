"""What is done is forgotten, however many items there are: by the master, and by the scheduler."""

import gc
import tracemalloc

import pytest

from ess_core.conf import Conf
from ess_plugins.workers.executor import DaskExecutor

ITEMS = 60
ITEM_BYTES = 50_000
SMALL_BYTES = 10 * ITEM_BYTES


class Context:
    """Of a user who has no AWS."""

    conf = Conf()
    cloud = None

    def say(self, text):
        raise AssertionError(text)


@pytest.fixture
def executor(nodes):
    with DaskExecutor(Context(), 2, lambda: pytest.fail("it is not for this machine")) as opened:
        assert [outcome.value for outcome in opened.map(len, ["ab"])] == [2]
        yield opened


def items():
    return (f"{number:0{ITEM_BYTES}}" for number in range(ITEMS))


def test_the_master_keeps_nothing_of_what_is_done(executor):
    tracemalloc.start()
    try:
        for outcome in executor.map(len, items()):
            assert outcome.value == ITEM_BYTES
        gc.collect()
        kept_bytes, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept_bytes < SMALL_BYTES


def test_the_scheduler_keeps_nothing_of_what_is_done(executor):
    for outcome in executor.map(len, items()):
        assert outcome.value == ITEM_BYTES
    assert executor._run._connection._client.run_on_scheduler(messages_kept) < SMALL_BYTES


def messages_kept(dask_scheduler):
    """The bytes of the messages to workers that the scheduler still has."""
    from distributed.protocol import dumps

    kept = [message for comm in dask_scheduler.stream_comms.values() for message in comm.recent_message_log]
    return sum(len(frame) for message in kept for frame in dumps(message))
