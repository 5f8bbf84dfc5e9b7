"""The executor of this machine: whatever happens to one process, the others go on and nothing stays."""

import os
import signal
import subprocess
import sys

import pytest

from ess_core.errors import EssError
from ess_core.nodes import active, sessions, tasks
from ess_core.nodes.executors import open_executor
from ess_core.nodes.forkserver import ForkServer
from ess_core.nodes.process import Process
from ess_core.nodes.processes import LocalExecutor
from ess_core.registry import REGISTRY, Entry, Kind
from tests.ess_core.nodes import jobs
from tests.fixtures.processes import alive
from tests.fixtures.waiting import until


@pytest.fixture
def executor():
    with LocalExecutor(2) as opened:
        yield opened


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Make a module of that text that processes can import; its name."""
    monkeypatch.syspath_prepend(tmp_path)

    def made(text):
        (tmp_path / "imported_in_tests.py").write_text(text)
        return "imported_in_tests"

    return made


_THREAD = "import threading\nthreading.Thread(target=threading.Event().wait{}).start()"
_ENDLESS = "import time\ntime.sleep(600)"
_DIES_ONCE = """
import os

def die():
    try:
        os.close(os.open({!r}, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    os._exit(7)

os.register_at_fork(after_in_child=die)
"""
_NO_FORK = """
import errno, os

def refuse():
    raise OSError(errno.EAGAIN, "whatever")

os.fork = refuse
"""


def _kill_server(executor):
    server = executor._server._popen
    server.kill()
    server.wait()


def test_processes_are_kept_from_one_map_to_the_next(executor):
    first, second = ({one.value for one in executor.map(jobs.process, range(6))} for _ in range(2))
    assert len(first) <= 2
    assert first == second


def test_one_item_needs_one_process(executor):
    assert len({one.value for _ in range(3) for one in executor.map(jobs.process, [1])}) == 1


def test_what_is_imported_for_work_to_come_all_processes_have(executor, module):
    executor.expect(("this.is.nowhere", module("raise RuntimeError"), "tabnanny"))
    found = [one.value for one in executor.map(jobs.modules, range(4))]
    assert all("tabnanny" in modules for modules in found)
    assert all(one.value for one in executor.map(jobs.is_copy, range(4)))


def test_a_process_that_died_while_it_waited_costs_no_item(executor):
    [first] = executor.map(jobs.process, [0])
    os.kill(first.value, signal.SIGKILL)
    [outcome] = executor.map(jobs.double, [4], retries=1)
    assert (outcome.value, outcome.error) == (8, None)


def test_where_the_one_that_starts_processes_has_died_another_one_does(executor):
    [first] = executor.map(jobs.process, [0])
    _kill_server(executor)
    os.kill(first.value, signal.SIGKILL)
    [outcome] = executor.map(jobs.double, [4], retries=1)
    assert (outcome.value, outcome.error) == (8, None)


def test_of_a_process_whose_starter_has_died_only_its_end_is_told(executor):
    [_] = executor.map(jobs.process, [0])
    _kill_server(executor)
    [outcome] = executor.map(jobs.die, [0])
    assert outcome.error.message == "the process that worked on it has ended"


def test_processes_begin_from_nothing_where_a_copy_would_lack_threads(executor, module):
    executor.expect((module(_THREAD.format(", daemon=True")),))
    assert [one.value for one in executor.map(jobs.is_copy, range(2))] == [False, False]


def test_a_process_that_died_as_it_began_costs_an_item_one_attempt(executor, module, tmp_path):
    executor.expect((module(_DIES_ONCE.format(str(tmp_path / "died"))),))
    [outcome] = executor.map(jobs.double, [4], retries=1)
    assert (outcome.value, outcome.error, outcome.attempts) == (8, None, 2)


def test_that_no_process_can_be_started_is_said(executor, module):
    executor.expect((module(_NO_FORK),))
    with pytest.raises(EssError, match="no process can be started: Resource temporarily unavailable"):
        list(executor.map(jobs.double, [1]))


def test_what_is_closed_starts_no_process_any_more():
    server = ForkServer(tasks.setting())
    server.get_ready()
    server.close()
    with pytest.raises(EssError, match="no process can be started: no more are wanted"):
        Process(server)


def test_no_process_stays_behind_a_closed_executor():
    with LocalExecutor(2) as opened:
        pids = {one.value for one in opened.map(jobs.process, range(4))}
    assert not any(os.path.exists(f"/proc/{pid}") for pid in pids), "one is left, or was not collected"


@pytest.mark.slow
@pytest.mark.parametrize("job", ["note_and_wait", "note_and_stay"])
def test_processes_and_their_commands_end_when_ess_is_killed(tmp_path, job):
    ess = subprocess.Popen([sys.executable, "-c", _KILLED.format(job, str(tmp_path))], cwd=os.getcwd())
    pids = jobs.noted(tmp_path)
    assert all(map(alive, pids))
    ess.kill()
    ess.wait()
    until(lambda: not any(map(alive, pids)))


@pytest.mark.parametrize("text", [_ENDLESS, _THREAD.format("")], ids=["import", "thread"])
def test_the_one_that_starts_processes_ends_when_ess_is_killed(module, tmp_path, text):
    name = module(f"open({str(tmp_path / 'imported')!r}, 'w')\n{text}")
    ess = subprocess.Popen(
        [sys.executable, "-c", _EXPECTING.format(name)],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"},
        stdout=subprocess.PIPE,
    )
    pid = int(ess.stdout.readline())
    try:
        until((tmp_path / "imported").exists)
        ess.kill()
        ess.wait()
        until(lambda: not alive(pid))
    finally:
        if alive(pid):
            sessions.kill_session(pid)


def test_run_all_runs_once_on_this_machine(executor):
    (outcome,) = executor.run_all(jobs.nowhere)
    assert (outcome.item, outcome.value) == ("this machine", "here")


def test_without_an_active_cluster_work_runs_here_and_asks_for_no_configuration():
    with open_executor(None, 1) as opened:
        assert isinstance(opened, LocalExecutor)


@pytest.fixture
def clouds(monkeypatch):
    """A cluster is active whose provider has an executor."""
    active.write(active.Active("clouds"))
    monkeypatch.setattr(REGISTRY, "entries", [Entry(Kind.EXECUTOR, "clouds", "test", f"{__name__}:Other")])


def test_the_active_providers_executor_is_taken_where_a_plugin_gives_one(clouds):
    context = Context()
    opened = open_executor(context, 3, usual=1)
    assert (opened.context, opened.threads) == (context, 3)
    with opened.here() as here:
        assert isinstance(here, LocalExecutor)


def test_the_master_is_taken_where_it_is_asked_for_which_a_line_says(clouds):
    context = Context()
    with open_executor(context, 1, master=True) as opened:
        assert isinstance(opened, LocalExecutor)
    assert context.said == ["work is done on this machine and not on workers: --master"]


class Context:
    """Keeps what it is told."""

    def __init__(self):
        self.said = []
        self.say = self.said.append


class Other:
    """An executor as a plugin's."""

    def __init__(self, context, threads, here):
        self.context, self.threads, self.here = context, threads, here


_EXPECTING = """
import time
from ess_core.nodes.processes import LocalExecutor

executor = LocalExecutor(1)
executor.expect(({!r},))
print(executor._server._popen.pid, flush=True)
time.sleep(600)
"""
_KILLED = """
from pathlib import Path
from ess_core.nodes.processes import LocalExecutor
from tests.ess_core.nodes import jobs
list(LocalExecutor(1).map(jobs.{}, [Path({!r})]))
"""


def test_without_proc_the_group_of_a_session_still_ends_with_it(monkeypatch):
    leader = subprocess.Popen(
        ["sh", "-c", "sleep 600 & echo $!; wait"], stdout=subprocess.PIPE, start_new_session=True
    )
    assert leader.stdout
    child = int(leader.stdout.readline())
    monkeypatch.setattr(sessions.os.path, "isdir", lambda _path: False)
    sessions.kill_session(leader.pid)
    leader.communicate(timeout=20)  # returns when nobody has its output open any more
    assert leader.returncode == -signal.SIGKILL
    until(lambda: not alive(child))  # what it has open is closed a moment before that
