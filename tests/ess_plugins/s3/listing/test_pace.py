"""How hard S3 is pressed: less after it complains, slowly more after that, and never above the most."""

import itertools
import threading
import time

from ess_plugins.s3.listing import pace
from ess_plugins.s3.listing.pace import Gate, pauses


def test_pauses_grow_and_stop_growing():
    for shortest in range(3):
        found = list(itertools.islice(pauses(), 12))
        assert 0 < found[shortest] <= 0.05 * 2**shortest
        assert all(pause <= 5 for pause in found)
        assert found[-1] > 1


def test_a_complaint_cuts_and_good_answers_grow_again(monkeypatch):
    clock = iter([10.0, 10.1, 10.5])
    monkeypatch.setattr(pace.time, "monotonic", lambda: next(clock))
    gate = Gate(64)
    gate.slow_down()
    assert gate.limit == 44
    gate.slow_down()  # the same burst
    assert gate.limit == 44
    gate.slow_down()
    assert gate.limit == 31
    for _ in range(1000):
        gate.went_well()
    assert gate.limit == 64


def test_one_request_is_always_let_in(monkeypatch):
    clock = itertools.count(10.0)
    monkeypatch.setattr(pace.time, "monotonic", lambda: next(clock))
    gate = Gate(64)
    for _ in range(100):
        gate.slow_down()
    assert gate.limit == 1
    with gate:
        pass


def test_no_more_are_inside_than_the_limit():
    gate, lock = Gate(3), threading.Lock()
    inside, most = 0, 0

    def work():
        nonlocal inside, most
        for _ in range(5):
            with gate:
                with lock:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.001)
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= most <= 3
