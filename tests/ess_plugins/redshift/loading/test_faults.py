"""Whatever goes wrong in a load, each file is in the table once, or not at all and that is said."""

import os
import signal
import threading

import pytest

from ess_core.errors import EssError
from ess_core.interrupts import Interrupted, install
from ess_plugins.redshift.connecting import Connection
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.loading.model import Changed

A = {"a.csv": [(1,), (2,)], "b.csv": [(3,)]}
FAULTS = (
    "copy_s3_503",
    "drop_in_copy",
    "drop_before_commit",
    "drop_after_commit",
    "serialization_on_commit",
)
ONE_IS_ENOUGH = [
    one if one == "drop_after_commit" else pytest.param(one, marks=pytest.mark.slow) for one in FAULTS
]


def _is_loaded_once(loads, table):
    assert [row[0] for row in loads.rows(table)] == [1, 2, 3]
    assert loads.ledger(table) == [("s3://raw/a.csv", "e1", 2), ("s3://raw/b.csv", "e1", 1)]
    assert loads.staged() == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_an_attempt_and_no_row(sandbox, loads, fault):
    table = loads.table("id int, _file_id bigint")
    sandbox.plan(warehouse=[fault])
    done = loads.load(table, A)
    assert (done.rows_loaded, done.files_loaded, done.files_skipped, done.attempts) == (3, 2, 0, 2)
    _is_loaded_once(loads, table)
    assert len(loads.told.notes) == 1
    assert loads.told.notes[0].endswith("; trying again in 0 s")
    assert loads.load(table, A).files_skipped == 2


@pytest.mark.slow
def test_all_faults_one_after_the_other(sandbox, loads):
    table = loads.table("id int")
    sandbox.plan(warehouse=[*FAULTS[:3], *FAULTS[4:], FAULTS[3]])
    assert loads.load(table, A, attempts=6).attempts == 6
    _is_loaded_once(loads, table)


@pytest.mark.parametrize("fault", ONE_IS_ENOUGH)
def test_a_changed_file_is_replaced_once_too(sandbox, loads, fault):
    table = loads.table("id int, _file_id bigint")
    loads.load(table, A)
    sandbox.plan(warehouse=[fault])
    done = loads.load(table, {"a.csv": [(7,)]}, etag="e2", changed=Changed.REPLACE)
    assert (done.rows_loaded, done.rows_replaced, done.attempts) == (1, 2, 2)
    assert [row[0] for row in loads.rows(table)] == [3, 7]


@pytest.mark.parametrize("fault", ONE_IS_ENOUGH)
def test_a_table_is_made_anew_once_too(sandbox, loads, fault):
    table = loads.table("id int, _file_id bigint")
    loads.load(table, {"old.csv": [(9,)]})
    sandbox.plan(warehouse=[fault])
    assert loads.load(table, A, replace_table=True).attempts == 2
    _is_loaded_once(loads, table)


def test_files_that_were_left_out_are_known_after_a_commit_without_an_answer(sandbox, loads):
    table = loads.table("id int")
    sandbox.plan(warehouse=["drop_after_commit"])
    done = loads.load(table, {**A, "bad.csv": [(4,)]}, broken={"bad.csv": b"?"}, isolate=True)
    assert (done.files_loaded, done.files_skipped, list(done.quarantined), done.attempts) == (2, 0, [2], 2)
    _is_loaded_once(loads, table)


@pytest.mark.parametrize("fault", [ONE_IS_ENOUGH[0], "drop_before_commit", *ONE_IS_ENOUGH[3:]])
def test_a_fault_that_stays_ends_the_load_with_what_is_known(sandbox, loads, fault):
    table = loads.table("id int")
    sandbox.plan(warehouse=[fault] * 2)
    if fault == "drop_after_commit":  # the second attempt finds that the first one did it
        assert loads.load(table, A, attempts=2).attempts == 2
        sandbox.plan(warehouse=[])
        return
    with pytest.raises(RedshiftError, match="the load was tried 2 times and failed each time") as caught:
        loads.load(table, A, attempts=2)
    assert ("is not known" in caught.value.hint) == (fault == "drop_before_commit")
    assert "the same command again" in caught.value.hint
    assert loads.staged() == []
    loads.load(table, A)
    _is_loaded_once(loads, table)


def test_a_last_commit_without_an_answer_is_told_as_unknown_and_the_next_run_finds_out(sandbox, loads):
    table = loads.table("id int")
    sandbox.plan(warehouse=["drop_after_commit"])
    with pytest.raises(RedshiftError) as caught:
        loads.load(table, A, attempts=1)
    assert "whether its COMMIT was done is not known" in caught.value.hint
    assert loads.load(table, A).files_skipped == 2
    _is_loaded_once(loads, table)


def test_what_fails_for_good_is_not_tried_again(loads):
    table = loads.table("id int")
    tried = []

    def connect():
        tried.append(1)
        raise RedshiftError(Problem.LOGIN, "no")

    with pytest.raises(RedshiftError, match="no"):
        loads.load(table, A, connect=connect)
    assert len(tried) == 1


def test_a_warehouse_that_is_away_for_a_moment_is_waited_for(loads):
    table = loads.table("id int")
    answers = [RedshiftError(Problem.UNREACHABLE, "away"), RedshiftError(Problem.LOST, "gone")]

    def connect():
        if answers:
            raise answers.pop()
        return loads.connect()

    assert loads.load(table, A, connect=connect).attempts == 3
    _is_loaded_once(loads, table)


def test_a_ledger_that_is_held_for_too_long_is_tried_again(loads):
    table = loads.table("id int")
    loads.load(table, {})  # there is a ledger now
    holder = loads.warehouse.connect(autocommit=False)
    holder("lock table public.ess_load_ledger")

    def connect():
        one = loads.connect()
        one.execute("SET statement_timeout TO 300")
        if loads.told.notes:
            holder.raw.rollback()
        return one

    table = loads.table("id int")
    done = loads.load(table, A, connect=connect)
    assert done.attempts == 2
    assert "another load holds the ledger" in loads.told.notes[0]
    _is_loaded_once(loads, table)


# Several at once


def _at_once(*calls):
    """What each of the calls returned, or how it failed, at the same time."""
    barrier, found = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number, call):
        barrier.wait()
        try:
            found[number] = call()
        except EssError as error:
            found[number] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_four_loads_of_the_same_file_load_it_once(loads):
    table = loads.table("id int")
    done = _at_once(*[lambda: loads.load(table, A)] * 4)
    assert sorted(one.files_loaded for one in done) == [0, 0, 0, 2]
    assert sorted(one.files_skipped for one in done) == [0, 2, 2, 2]
    _is_loaded_once(loads, table)


def test_four_loads_of_other_files_all_load_where_there_was_no_ledger(loads):
    loads.warehouse.sql("drop table if exists public.ess_load_ledger")
    table = loads.table("id int, _file_id bigint")
    done = _at_once(*[lambda n=n: loads.load(table, {f"{n}.csv": [(n,)]}) for n in range(4)])
    assert [one.rows_loaded for one in done] == [1, 1, 1, 1]
    assert [row[0] for row in loads.rows(table)] == [0, 1, 2, 3]
    ids = [file_id for (file_id,) in loads.ledger(table, "file_id")]
    assert len(set(ids)) == 4
    assert sorted(row[1] for row in loads.rows(table)) == ids


def test_loads_that_have_some_files_in_common_load_each_once(loads):
    table = loads.table("id int, _file_id bigint")
    several = [{f"{n}.csv": [(n,)] for n in range(first, first + 3)} for first in range(4)]
    done = _at_once(*[lambda files=files: loads.load(table, files) for files in several])
    assert sum(one.files_loaded for one in done) == 6
    assert all(one.files_loaded + one.files_skipped == 3 for one in done)
    assert [row[0] for row in loads.rows(table)] == [0, 1, 2, 3, 4, 5]
    of_rows = {row[0]: row[1] for row in loads.rows(table)}
    in_ledger = {int(uri[9:-4]): number for uri, number in loads.ledger(table, "uri, file_id")}
    assert of_rows == in_ledger


def test_upserts_of_the_same_keys_at_once_leave_one_row_each(loads):
    table = loads.table("id int, v int")
    files = [{f"{n}.csv": [(1, n), (2, n)]} for n in range(3)]
    _at_once(*[lambda one=one: loads.load(table, one, upsert_key=("id",)) for one in files])
    rows = loads.rows(table)
    assert [row[0] for row in rows] == [1, 2]
    assert rows[0][1] == rows[1][1]


# Ctrl-C


def _interrupting(monkeypatch, word, *, after=False):
    """A signal arrives at the statement that begins with this word, before it is sent or after its answer."""
    real = Connection.execute

    def execute(self, sql, *words):
        is_it = sql.startswith(word)
        if is_it and not after:
            os.kill(os.getpid(), signal.SIGINT)
        answer = real(self, sql, *words)
        if is_it and after:
            os.kill(os.getpid(), signal.SIGINT)
        return answer

    monkeypatch.setattr(Connection, "execute", execute)


@pytest.fixture
def signals():
    """Signals are exceptions, as in ess."""
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    install()
    yield
    for one, handler in before.items():
        signal.signal(one, handler)


@pytest.mark.parametrize("word", [pytest.param("CREATE TEMP", marks=pytest.mark.slow), "COPY", "INSERT INTO"])
def test_ctrl_c_before_the_commit_leaves_nothing(loads, monkeypatch, signals, word):
    table = loads.table("id int")
    with monkeypatch.context() as patched:
        _interrupting(patched, word, after=True)
        with pytest.raises(Interrupted):
            loads.load(table, A)
    assert (loads.rows(table), loads.ledger(table), loads.staged()) == ([], [], [])
    loads.load(table, A)
    _is_loaded_once(loads, table)


def test_ctrl_c_at_the_commit_waits_for_its_answer(loads, monkeypatch, signals):
    table = loads.table("id int")
    with monkeypatch.context() as patched:
        _interrupting(patched, "COMMIT")
        with pytest.raises(Interrupted):
            loads.load(table, A)
    _is_loaded_once(loads, table)
