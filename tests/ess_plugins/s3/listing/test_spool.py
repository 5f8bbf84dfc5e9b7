"""What waits for its turn comes back as it was, from memory or from disk."""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.errors import EssError
from ess_plugins.s3.listing import spool
from ess_plugins.s3.listing.spool import Spool


@given(st.lists(st.tuples(st.integers(0, 2), st.binary(min_size=1, max_size=50), st.booleans())))
def test_each_queue_gives_back_what_it_was_given(puts):
    kept, queues = Spool(memory_bytes=60), [deque() for _ in range(3)]
    for number, data, soon in puts:
        kept.put(queues[number], data, soon)
    assert kept.waiting_bytes == sum(len(data) for _, data, _ in puts)
    for number, queue in enumerate(queues):
        expected = [data for to, data, _ in puts if to == number]
        assert [kept.get(queue) for _ in expected] == expected
    assert kept.waiting_bytes == 0
    kept.close()


def test_what_exceeds_the_memory_is_on_disk_and_leaves_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(spool.tempfile, "tempdir", str(tmp_path))
    kept, queue = Spool(memory_bytes=10), deque()
    for _ in range(4):
        kept.put(queue, b"0123456789", soon=False)
    assert [isinstance(chunk, bytes) for chunk in queue] == [True, True, False, False]
    assert list(tmp_path.iterdir()) == []
    kept.close()


def test_memory_is_used_again_once_it_was_given_back():
    kept, queue = Spool(memory_bytes=10), deque()
    for _ in range(3):
        kept.put(queue, b"0123456789", soon=False)
    while queue:
        kept.get(queue)
    kept.put(queue, b"0123456789", soon=False)
    assert isinstance(queue[0], bytes)
    kept.close()


def test_no_room_on_disk_is_said_with_a_way_out(monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spool.os, "pwrite", full)
    kept, queue = Spool(memory_bytes=0), deque()
    kept.put(queue, b"1", soon=False)
    with pytest.raises(EssError, match="No space left on device") as raised:
        kept.put(queue, b"2", soon=False)
    assert "TMPDIR" in raised.value.hint
    kept.close()
