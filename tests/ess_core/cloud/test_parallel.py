"""Calls side by side: in their order, as fast as the slowest, and no hindrance to an end."""

import asyncio
import subprocess
import sys
import threading
import time

import pytest

from ess_core.cloud import in_parallel, in_thread, within


def _fail():
    raise ValueError("no")


def test_answers_and_failures_come_in_the_order_of_the_calls():
    first = threading.Event()
    answers = in_parallel({"slow": lambda: first.wait(5), "bad": _fail, "quick": first.set})
    assert list(answers) == ["slow", "bad", "quick"]
    assert answers["slow"] is True
    assert str(answers["bad"]) == "no"


def test_calls_run_at_the_same_time():
    barrier = threading.Barrier(8, timeout=5)
    assert len(in_parallel({str(number): barrier.wait for number in range(8)})) == 8


def test_no_calls_have_no_answers():
    assert in_parallel({}) == {}


def test_within_the_time_the_answer_or_the_failure_comes():
    assert within(5, lambda: 7) == 7
    with pytest.raises(ValueError, match="no"):
        within(5, _fail)


def test_after_the_time_nobody_waits():
    release = threading.Event()
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="no answer within 0 s"):
        within(0.1, lambda: release.wait(20))
    assert time.monotonic() - began < 5
    release.set()


def test_a_thread_can_be_awaited():
    async def both():
        assert await in_thread(lambda: 7) == 7
        with pytest.raises(ValueError, match="no"):
            await in_thread(_fail)

    asyncio.run(both())


@pytest.mark.parametrize(
    "waiting",
    [
        "in_parallel({'a': hang})",
        "within(60, hang)",
        "asyncio.run(asyncio.wait_for(in_thread(hang), 60))",
    ],
)
def test_a_call_that_hangs_does_not_hold_up_a_signal_or_the_exit(waiting):
    code = f"""if True:
        import asyncio, os, signal, threading, time
        from ess_core import interrupts
        from ess_core.cloud import in_parallel, in_thread, within
        interrupts.install()
        def hang():
            time.sleep(60)
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
        {waiting}
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)
    assert "Interrupted: SIGTERM" in done.stderr


def test_an_answer_that_comes_after_the_loop_was_closed_is_dropped_silently():
    code = """if True:
        import asyncio, time
        from ess_core.cloud import in_thread
        async def impatient():
            asyncio.ensure_future(in_thread(lambda: time.sleep(0.3)))
            await asyncio.sleep(0.05)
        asyncio.run(impatient())
        time.sleep(0.5)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, "")
