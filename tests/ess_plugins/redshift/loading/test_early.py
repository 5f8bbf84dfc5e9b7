"""Some files are copied while others are staged; what becomes of a load does not depend on it."""

import threading
import time

import pytest

from ess_core.errors import EssError
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.loading import early
from ess_plugins.redshift.loading.early import MOST_COPIES, Early
from ess_plugins.redshift.loading.model import Changed
from tests.ess_plugins.redshift.loading.test_faults import FAULTS
from tests.fixtures.waiting import until

FILES = {f"{number}.csv": [(number,)] for number in range(6)}
COPIES = "select count(*) from stl_query where querytxt ilike 'copy %%' and querytxt like %s"


@pytest.fixture(autouse=True)
def _quick_files_are_worth_it(monkeypatch):
    monkeypatch.setattr(early, "WORTH_S", 0)


def done(ahead):
    """Wait for what it has begun."""
    until(lambda: all(thread.name != "early-copy" for thread in threading.enumerate()))
    assert ahead


def ids(loads, table):
    """What is in it."""
    return [row[0] for row in loads.rows(table, "id")]


def test_what_is_copied_early_is_not_copied_again(loads):
    table = loads.table("id int, _file_id bigint")
    plans = []
    found = loads.load(table, FILES, early=done, before=plans.append)
    assert (found.rows_loaded, found.files_loaded, found.files_skipped, found.attempts) == (6, 6, 0, 1)
    assert ids(loads, table) == [*range(6)]
    assert len(loads.ledger(table)) == 6
    ((copies,),) = loads.warehouse.sql(COPIES, (f"%{plans[0].load_id}%",))
    assert 2 <= copies <= MOST_COPIES
    assert loads.load(table, FILES, early=done).files_skipped == 6
    assert ids(loads, table) == [*range(6)]


def test_many_files_take_no_more_copies(loads):
    table = loads.table("id int")
    many = {f"{number}.csv": [(number,)] for number in range(41)}
    plans = []
    assert loads.load(table, many, early=done, before=plans.append).rows_loaded == 41
    ((copies,),) = loads.warehouse.sql(COPIES, (f"%{plans[0].load_id}%",))
    assert 2 <= copies <= MOST_COPIES


def test_no_copy_begins_where_the_rest_is_staged_sooner_than_one_takes(loads, monkeypatch):
    table, plans = loads.table("id int"), []
    run, add = early.Copying.run, Early.add

    def slowly(copying, files, progress=None):
        run(copying, files, progress)
        time.sleep(1)

    def one_after_the_other(ahead, file):
        add(ahead, file)
        done(ahead)

    monkeypatch.setattr(early.Copying, "run", slowly)
    monkeypatch.setattr(Early, "add", one_after_the_other)
    assert loads.load(table, FILES, early=done, before=plans.append).rows_loaded == 6
    assert loads.warehouse.sql(COPIES, (f"%{plans[0].load_id}%",)) == [(2,)]


def test_files_that_are_all_staged_soon_are_copied_together(loads, monkeypatch):
    monkeypatch.setattr(early, "WORTH_S", 60)
    plans = []
    assert loads.load(loads.table("id int"), FILES, early=done, before=plans.append).rows_loaded == 6
    assert loads.warehouse.sql(COPIES, (f"%{plans[0].load_id}%",)) == [(1,)]


class Held:
    """A connection and COPYs on it, of which each goes on until it is let go or cancelled."""

    def __init__(self):
        self.sizes, self.closed = [], False
        self.begun, self.end = threading.Event(), threading.Event()

    def run(self, files):
        self.sizes.append(len(files))
        self.begun.set()
        assert self.end.wait(30)

    def cancel(self):
        self.end.set()

    def close(self):
        self.closed = True


@pytest.fixture
def held(monkeypatch):
    found = Held()
    monkeypatch.setattr(Early, "_begun", lambda _: found)
    return found


def test_the_next_copy_begins_as_soon_as_one_has_ended(held):
    with Early(held, None, None, None, 20) as ahead:
        for number in range(5):
            ahead.add(number)
        assert held.begun.wait(30)
        assert held.sizes == [2]
        held.end.set()
        done(ahead)
        assert held.sizes == [2, 3]


@pytest.mark.parametrize("goes_on", [False, True])
def test_no_copy_begins_any_more_when_the_load_goes_on_or_is_left(held, goes_on):
    with Early(held, None, None, None, 20) as ahead:
        for number in range(5):
            ahead.add(number)
        if goes_on:
            threading.Timer(0.1, held.end.set).start()
            ahead.copying()
    done(ahead)
    assert (held.sizes, held.closed) == ([2], True)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_an_attempt_and_no_row(sandbox, loads, fault):
    table = loads.table("id int, _file_id bigint")
    sandbox.plan(warehouse=[fault])
    found = loads.load(table, FILES, early=done)
    assert (found.rows_loaded, found.files_loaded, found.files_skipped, found.attempts) == (6, 6, 0, 2)
    assert ids(loads, table) == [*range(6)]
    assert len(loads.told.notes) == 1
    assert loads.staged() == []


def test_what_copy_refuses_is_told_as_ever(loads):
    table = loads.table("id int")
    with pytest.raises(EssError, match=r"0\.csv"):
        loads.load(table, FILES, early=done, broken={"0.csv": b"?"})
    assert ids(loads, table) == []


def test_a_load_that_was_quicker_leaves_nothing_twice(loads):
    table = loads.table("id int, _file_id bigint")
    some = {name: FILES[name] for name in ("0.csv", "1.csv", "5.csv")}

    def another(ahead):
        done(ahead)
        assert loads.load(table, some).files_loaded == 3

    found = loads.load(table, FILES, early=another)
    assert (found.rows_loaded, found.files_loaded, found.files_skipped) == (3, 3, 3)
    assert ids(loads, table) == [*range(6)]


def test_a_load_that_was_quicker_costs_an_attempt_where_rows_do_not_know_their_file(loads):
    table = loads.table("id int")
    some = {name: FILES[name] for name in ("0.csv", "1.csv", "5.csv")}

    def another(ahead):
        done(ahead)
        loads.load(table, some)

    found = loads.load(table, FILES, early=another)
    assert (found.rows_loaded, found.files_loaded, found.files_skipped, found.attempts) == (3, 3, 3, 2)
    assert ids(loads, table) == [*range(6)]
    (told,) = loads.told.notes
    assert "another load was quicker with some of the files; trying again" in told


def test_a_load_that_was_quicker_with_all_leaves_nothing_to_do(loads):
    table = loads.table("id int")

    def another(ahead):
        done(ahead)
        loads.load(table, FILES)

    found = loads.load(table, FILES, early=another)
    assert (found.rows_loaded, found.files_skipped) == (0, 6)
    assert ids(loads, table) == [*range(6)]


def test_changed_files_are_replaced(loads):
    table = loads.table("id int, _file_id bigint")
    loads.load(table, FILES)
    changed = {name: [(number + 100,) for (number,) in rows] for name, rows in FILES.items()}
    found = loads.load(table, changed, etag="e2", changed=Changed.REPLACE, early=done)
    assert (found.rows_loaded, found.rows_replaced) == (6, 6)
    assert ids(loads, table) == [*range(100, 106)]


def test_what_ends_before_the_load_ends_the_copy_too(loads):
    table = loads.table("id int")
    connections = []

    def interrupted(ahead):
        connections.append(ahead._connection)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loads.load(table, FILES, early=interrupted)
    with pytest.raises(RedshiftError):
        connections[0].execute("select 1")
    assert not any(thread.name == "early-copy" for thread in threading.enumerate())
    assert ids(loads, table) == []
    assert loads.staged() == []


class Stuck:
    """A connection whose statements take until they are cancelled."""

    def __init__(self):
        self.cancelled, self.closed = threading.Event(), threading.Event()

    def execute(self, *_):
        assert self.cancelled.wait(30)
        raise EssError("it was cancelled")

    def cancel(self):
        self.cancelled.set()

    def close(self):
        self.closed.set()


def test_a_copy_that_runs_is_cancelled():
    stuck = Stuck()
    with Early(stuck, None, None, None, 2) as ahead:
        for _ in range(2):
            ahead.add(None)
    assert stuck.cancelled.is_set()
    assert stuck.closed.is_set()
    assert not any(thread.name == "early-copy" for thread in threading.enumerate())


class Refusing(Stuck):
    """A connection that answers with an error."""

    def __init__(self, problem):
        super().__init__()
        self.problem = problem

    def execute(self, *_):
        raise RedshiftError(self.problem, "no")


@pytest.mark.parametrize("problem", [Problem.DENIED, Problem.LOST])
def test_what_does_not_pass_ends_the_staging_at_once(problem):
    with Early(Refusing(problem), None, None, None, 100) as ahead:
        for _ in range(7):
            ahead.add(None)
        done(ahead)
        if problem is Problem.LOST:
            ahead.add(None)
        else:
            with pytest.raises(RedshiftError):
                ahead.add(None)
        with pytest.raises(RedshiftError):
            ahead.copying()
