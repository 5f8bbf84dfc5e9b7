"""Ctrl-C, SIGTERM and SIGHUP at any moment: the code of the signal, no traceback."""

import signal
import subprocess
import sys
import time

import pytest

from tests.ess_core.host.conftest import Env, Plant
from tests.fixtures.sandbox import Ess

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
AT_IMPORT = """
import os, signal, sys
count = 0
def watch(event, arguments):
    global count
    if event == "import":
        count += 1
        if count == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGINT)
from ess_core.host.main import main
sys.addaudithook(watch)
code = main(sys.argv[2:])
sys.stdout.write(f"{count} imports\\n")
sys.exit(code)
"""
STARTED = """
import os, sys
from ess_core.host.main import main
try:
    os.write(2, b"started\\n")
    code = main()
except KeyboardInterrupt:
    code = 130
sys.exit(code)
"""


def at_import(number: int, ess: Ess, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", AT_IMPORT, str(number), *words]
    return subprocess.run(
        command, env=ess.env, cwd=ess.cwd, capture_output=True, text=True, timeout=20, check=False
    )


def assert_stopped_at(number: int, ess: Ess, *words: str) -> None:
    done = at_import(number, ess, *words)
    assert (done.returncode, done.stderr) == (130, ""), f"at import {number}"


def imports(ess: Ess, *words: str) -> int:
    """How many there are, which differs from one Python to the next."""
    return int(at_import(0, ess, *words).stdout.split()[-2])


def test_ctrl_c_during_imports_ends_silently(ess: Ess) -> None:
    words = ("plugin", "list", "-f", "json")
    last = imports(ess, *words)
    for number in (1, 2, 5, *range(20, last, last // 5)):
        assert_stopped_at(number, ess, *words)


@pytest.mark.slow
def test_ctrl_c_at_every_third_import_ends_silently(ess: Ess) -> None:
    words = ("plugin", "list")
    for number in range(1, imports(ess, *words), 3):
        assert_stopped_at(number, ess, *words)


@pytest.mark.parametrize("delay_ms", [0, 20, 60, 120])
def test_ctrl_c_soon_after_the_start_shows_no_traceback(delay_ms: int, ess: Ess) -> None:
    assert_no_traceback(delay_ms, ess)


@pytest.mark.slow
@pytest.mark.parametrize("delay_ms", range(0, 300, 7))
def test_ctrl_c_at_any_time_shows_no_traceback(delay_ms: int, ess: Ess) -> None:
    assert_no_traceback(delay_ms, ess)


def assert_no_traceback(delay_ms: int, ess: Ess) -> None:
    """The clock starts with the first line of ours: what comes before is the interpreter's own start."""
    command = [sys.executable, "-c", STARTED, "plugin", "list"]
    process = subprocess.Popen(
        command, env=ess.env, cwd=ess.cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "started\n"
    time.sleep(delay_ms / 1000)
    process.send_signal(signal.SIGINT)
    _out, said = process.communicate(timeout=20)
    assert said == ""
    assert process.returncode in (0, 130, -signal.SIGINT)  # the last: when Python has given its handlers back


@pytest.mark.parametrize("signum", CODES)
def test_a_command_cleans_up_when_told_to_stop(signum: signal.Signals, ess: Ess, probe: Env) -> None:
    process = ess.start("trial", "clean-up", env=probe)
    assert process.stderr is not None
    assert process.stderr.readline() == "ready\n"
    process.send_signal(signum)
    assert process.wait(10) == CODES[signum]
    assert process.stderr.read() == "cleaned up\n"


def test_a_signal_that_python_swallows_counts_all_the_same(ess: Ess, probe: Env) -> None:
    done = ess("trial", "destroy", env=probe, timeout=25)
    assert (done.returncode, done.stderr) == (130, "")


_SLOW_TIMERS = """
import os, signal, threading, time
from ess_core import interrupts

class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        for _ in range(1000):
            pass

def start_slowly(timer):
    start(timer)
    while slow and time.sleep(0.01) is None and timer.is_alive():
        pass
    slow.clear()

start, threading.Timer.start, slow = threading.Timer.start, start_slowly, [True]
interrupts.install()
interrupts.repeat_swallowed()
Last()
time.sleep(60)
"""


def test_a_signal_that_is_swallowed_comes_again_however_slow_the_machine_is() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SLOW_TIMERS], capture_output=True, text=True, timeout=50, check=False
    )
    assert done.stderr.endswith("ess_core.interrupts.Interrupted: SIGTERM\n")
    assert "Exception ignored" not in done.stderr


def test_a_signal_that_python_swallows_while_plugins_load_ends_at_once(ess: Ess, plant: Plant) -> None:
    source = """
import os, signal
class Last:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
Last()
"""
    done = ess("plugin", "list", env=plant(source))
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_ctrl_c_while_the_interpreter_ends_is_silent(ess: Ess, probe: Env) -> None:
    process = ess.start("trial", "linger", env=probe)
    assert process.stderr is not None
    assert process.stderr.readline() == "leaving\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    assert process.stderr.read() == ""


def test_a_signal_that_the_parent_ignores_stays_ignored(ess: Ess, probe: Env) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        process = ess.start("trial", "clean-up", env=probe)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert process.stderr is not None
    assert process.stderr.readline() == "ready\n"
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 143
