"""One process at a time prepares a cluster or starts the engine of a node."""

import threading
import time

import pytest

from ess_core.errors import EssError
from ess_plugins.workers.turns import turn


def test_the_second_waits_for_the_first(tmp_path):
    order = []

    def second():
        with turn(tmp_path / "lock", 10, "busy"):
            order.append("second")

    with turn(tmp_path / "lock", 10, "busy"):
        waiting = threading.Thread(target=second)
        waiting.start()
        time.sleep(0.3)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_who_waits_too_long_is_told_why(tmp_path):
    with (
        turn(tmp_path / "lock", 10, "busy"),
        pytest.raises(EssError, match="busy"),
        turn(tmp_path / "lock", 0.3, "busy"),
    ):
        pass


def test_an_error_in_the_block_lets_go_of_it(tmp_path):
    with pytest.raises(ZeroDivisionError), turn(tmp_path / "lock", 1, "busy"):
        raise ZeroDivisionError
    with turn(tmp_path / "lock", 1, "busy"):
        pass
