"""What every executor does, here and on workers: all items, whatever happens to one of them."""

import itertools
import os
import signal
import threading
from contextlib import closing

import pytest

from ess_core.conf import Conf
from ess_core.errors import EssError, UsageError
from ess_core.interrupts import Interrupted
from ess_core.nodes import processes
from ess_core.nodes.executors import LostError
from ess_core.nodes.processes import LocalExecutor
from ess_core.registry import REGISTRY, Entry, Kind
from ess_plugins.workers import executor as executors
from tests.ess_core.nodes import jobs
from tests.fixtures.processes import alive
from tests.fixtures.waiting import until


@pytest.fixture(params=["here", "workers"])
def executor(request):
    """Two at once, on this machine and then on workers."""
    if request.param == "here":
        opened = LocalExecutor(2)
    else:
        request.getfixturevalue("nodes")
        opened = executors.opened(Context(), 2, lambda: pytest.fail("it is not for this machine"))
    with opened:
        yield opened


class Context:
    """Of a user who has no AWS."""

    conf = Conf()
    cloud = None

    def say(self, text):
        raise AssertionError(text)


def test_each_item_comes_back_with_what_the_function_returned(executor):
    found = {outcome.item: outcome.value for outcome in executor.map(jobs.double, range(20))}
    assert found == {number: 2 * number for number in range(20)}


def test_an_outcome_comes_when_it_is_done_and_not_in_its_turn(executor, tmp_path):
    late, soon = tmp_path / "late", tmp_path / "soon"
    soon.touch()
    with closing(executor.map(jobs.await_file, [late, soon])) as outcomes:
        assert next(outcomes).value == "soon"
        late.touch()
        assert next(outcomes).value == "late"


def test_as_many_items_are_taken_as_there_are_processes_and_no_more(executor):
    taken = []
    items = (taken.append(number) or number for number in itertools.count())
    with closing(executor.map(jobs.double, items)) as outcomes:
        for done in range(1, 5):
            next(outcomes)
            assert len(taken) <= done + 2


def test_no_item_is_taken_before_the_one_a_window_earlier_is_done(executor, tmp_path):
    first = tmp_path / "first"
    others = [tmp_path / str(number) for number in range(9)]
    for other in others:
        other.touch()
    taken = []
    items = (taken.append(path) or path for path in [first, *others])
    with closing(executor.map(jobs.await_file, items, window=4)) as outcomes:
        assert {next(outcomes).value for _ in range(3)} == {"0", "1", "2"}
        assert len(taken) == 4
        first.touch()
        assert len(list(outcomes)) == 7


def test_a_process_that_is_told_to_end_where_python_swallows_it_ends_silently(executor, capfd):
    [outcome] = executor.map(jobs.swallow, [1])
    assert isinstance(outcome.error, LostError)
    assert capfd.readouterr().err == ""


def test_a_process_that_is_killed_costs_only_its_own_item(executor):
    found = {one.item: one for one in executor.map(jobs.die, range(8))}
    assert {item for item, one in found.items() if one.error} == {0}
    assert isinstance(found[0].error, LostError)
    assert found[0].error.message == "the process that worked on it was killed by SIGKILL"


def test_an_item_whose_process_was_lost_is_begun_anew(executor, tmp_path):
    (outcome,) = executor.map(jobs.die_once, [tmp_path / "marker"], retries=1)
    assert (outcome.value, outcome.attempts) == ("done", 2)


def test_it_is_not_begun_anew_for_ever(executor):
    (outcome,) = executor.map(jobs.leave, [1], retries=2)
    assert outcome.error.message == "the process that worked on it ended with code 7, 3 times"
    assert outcome.attempts == 3


def test_a_command_whose_process_is_killed_ends_with_it(executor, tmp_path):
    (outcome,) = executor.map(jobs.leave_and_die, [tmp_path])
    assert outcome.error
    until(lambda: not any(map(alive, jobs.noted(tmp_path))))


def test_an_error_comes_back_as_it_was_raised_and_is_not_tried_again(executor):
    (outcome,) = executor.map(jobs.fail, ["usage"], retries=3)
    assert type(outcome.error) is UsageError
    assert (outcome.error.message, outcome.error.hint) == ("it cannot be", "type something else")
    assert outcome.attempts == 1


def test_an_error_that_cannot_be_pickled_keeps_its_words(executor):
    (outcome,) = executor.map(jobs.fail, ["own"])
    error = outcome.error
    assert (error.message, error.hint, error.exit_code) == ("one and two", "try three", 4)


def test_failures_of_aws_and_of_memory_are_explained(executor):
    aws, memory = sorted(executor.map(jobs.fail, ["aws", "memory"]), key=lambda one: one.item)
    assert aws.error.message == "not allowed to call GetObject: no"
    assert memory.error.message == "the memory is not enough"


@pytest.mark.parametrize(("kind", "raised"), [("horse", ValueError), ("exit", SystemExit)])
def test_a_bug_is_raised_as_one_with_its_traceback(executor, kind, raised):
    with pytest.raises(raised) as caught:
        list(executor.map(jobs.fail, [kind]))
    assert "in fail" in str(caught.value.__cause__)


def test_a_result_that_cannot_be_pickled_is_a_bug_and_says_so(executor):
    with pytest.raises(Exception, match=r"pickle.*lambda"):
        list(executor.map(jobs.unpicklable, [1]))
    assert [one.value for one in executor.map(jobs.double, [1])] == [2]


def test_what_was_begun_is_done_before_the_error_of_taking_items_is_raised(executor):
    def items():
        yield 1
        raise EssError("no more can be listed")

    outcomes = executor.map(jobs.double, items())
    assert next(outcomes).value == 2
    with pytest.raises(EssError, match="no more can be listed"):
        next(outcomes)


def test_closing_the_iterator_ends_what_runs_with_its_commands(executor, tmp_path):
    running = tmp_path / "running"
    running.mkdir()
    with closing(executor.map(_wait_or_return, [running, None])) as outcomes:
        assert next(outcomes).item is None
        pids = jobs.noted(running)
        assert all(map(alive, pids))
    until(lambda: not any(map(alive, pids)))
    assert [one.value for one in executor.map(jobs.double, [1])] == [2]


def test_a_task_that_is_ended_can_clean_up(executor, tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "GRACE_S", 60)
    outcomes = executor.map(jobs.note_and_clean_up, [tmp_path])
    with pytest.raises(Interrupted):
        _interrupted(outcomes, tmp_path)
    until((tmp_path / "cleaned").exists)


def test_an_interrupt_ends_what_runs(executor, tmp_path):
    with pytest.raises(Interrupted):
        _interrupted(executor.map(jobs.note_and_wait, [tmp_path]), tmp_path)
    until(lambda: not any(map(alive, jobs.noted(tmp_path))))


def test_plugins_are_known_to_tasks(executor, monkeypatch):
    monkeypatch.setattr(REGISTRY, "entries", [Entry(Kind.DATASTORE, "odd", "test", "odd.store:Store")])
    (outcome,) = executor.map(jobs.datastores, [1])
    assert outcome.value == ["odd"]


def test_items_are_in_no_command_line_and_no_environment(executor):
    (outcome,) = executor.map(jobs.arguments, ["secret-item"])
    assert "secret-item" not in outcome.value


def _wait_or_return(folder):
    if folder:
        jobs.note_and_wait(folder)


def _interrupted(outcomes, folder):
    """Take outcomes while SIGINT arrives, after a task has noted that it is under way."""
    before = signal.signal(signal.SIGINT, _raise)
    me = os.getpid()

    def interrupt():
        jobs.noted(folder)
        os.kill(me, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        list(outcomes)
    finally:
        thread.join()
        signal.signal(signal.SIGINT, before)


def _raise(signum, _frame):
    raise Interrupted(signum)


def test_a_process_imports_nothing_of_the_engine(executor):
    (outcome,) = executor.map(jobs.modules, [1])
    assert not outcome.value & {"dask", "distributed", "tornado", "boto3", "botocore", "duckdb", "asyncssh"}
