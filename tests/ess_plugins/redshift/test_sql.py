"""`redshift sql`: statements one by one, answers of any length, and failures that name their statement."""

import json
import signal

import pytest

from ess_plugins.redshift import running
from ess_plugins.redshift.connecting import Connection
from tests.fixtures.waiting import until


@pytest.fixture(autouse=True)
def _registered(registered):
    """All of these work on the sandbox's cluster."""


def test_each_answer_is_shown_and_each_change_is_said(here):
    done = here(
        *(
            "redshift",
            "sql",
            "create temp table t (a int, b varchar); insert into t values (1, 'x'), (2, null);",
        ),
        *("-f", "tsv"),
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "statement 1, line 1: done\nstatement 2, line 1: 2 rows\n"
    done = here("redshift", "sql", "select 1 as a; select 'x' as b, 2 as c", "-f", "tsv")
    assert (done.stdout, done.stderr) == ("a\n1\nb\tc\nx\t2\n", "")


@pytest.mark.parametrize("via", [(), ("--via", "data-api")])
def test_columns_of_one_name_are_numbered(here, via):
    sql = "select count(*), count(1), 'x' as a, 'y' as a_1, null as a"
    for form in ("json", "table", "csv"):
        done = here("redshift", "sql", sql, "-f", form, *via)
        assert done.returncode == 0, done.stderr
        for name in ("count", "count_1", "a", "a_1", "a_2"):
            assert name in done.stdout
    (row,) = json.loads(here("redshift", "sql", sql, "-f", "json", *via).stdout)
    assert row == {"count": 1, "count_1": 1, "a": "x", "a_1": "y", "a_2": None}


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("12345678901234567890.123456789", "12345678901234567890.123456789"),
        ("timestamp '2026-01-02 03:04:05.678901'", "2026-01-02 03:04:05.678901"),
        ("date '2026-01-02'", "2026-01-02"),
        ("date '0044-03-15 BC'", "0044-03-15 BC"),
        ("timestamp 'infinity'", "infinity"),
        ("timestamp '12026-01-01'", "12026-01-01 00:00:00"),
        ("interval '1 day 2 hours'", "1 day 02:00:00"),
        ("time '01:02:03.000004'", "01:02:03.000004"),
        ("9223372036854775807", 9223372036854775807),
        ("1.5::float8", 1.5),
        ("'NaN'::float8", "nan"),
        ("1 = 1", True),
        ("null", None),
        ("'a\ttab, \"quotes\" and ünïcode'", 'a\ttab, "quotes" and ünïcode'),
    ],
)
def test_no_value_changes_on_its_way_out(rows, sql, value):
    assert rows(f"select {sql} as v") == [{"v": value}]


def test_a_script_of_a_file_or_stdin_is_split_at_its_semicolons_only(ess, here, rows, tmp_path):
    script = "-- a; comment\nselect ';' as a;\n/* and; this */ select 'it''s;' as b -- end"
    (tmp_path / "s.sql").write_text(script)
    filed = here("redshift", "sql", "--file", tmp_path / "s.sql", "-f", "value")
    piped = ess("redshift", "sql", "-", "-f", "value", input=script)
    assert (filed.stdout, piped.stdout) == (";\nit's;\n", ";\nit's;\n")


def test_the_statement_that_fails_is_named_with_its_line_and_the_next_is_not_run(here):
    done = here("redshift", "sql", "select 1 as a;\n\nselect *\nfrom nowhere;\nselect 2 as b", "-f", "tsv")
    assert (done.returncode, done.stdout) == (1, "a\n1\n")
    assert done.stderr.startswith("ess: statement 2, line ")
    assert 'relation "nowhere" does not exist' in done.stderr


def test_a_failure_in_the_middle_of_an_answer_comes_after_its_rows(here):
    sql = "select 1 / (2500 - n) as a from generate_series(1, 3000) as s(n)"
    done = here("redshift", "sql", sql, "-f", "value")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 2000
    assert done.stderr == "ess: statement 1, line 1: division by zero\n"


def test_values_are_bound_and_never_become_sql(rows):
    hostile = "x'; drop table t; --\n\"é%s ?"
    (row,) = rows(
        "select :v as v, :n::int % 5 as n, '%s :no' as t", "--param", f"v={hostile}", "--param", "n=7"
    )
    assert row == {"v": hostile, "n": 2, "t": "%s :no"}


def test_a_parameter_without_a_value_is_refused_before_anything_runs(sandbox, here):
    done = here("redshift", "sql", "create table never (a int); select :v")
    assert done.returncode == 2
    assert done.stderr.startswith("ess: the SQL needs values for :v\n")
    assert here("redshift", "sql", "select * from never").returncode == 1


def test_each_statement_is_kept_although_a_later_one_fails(here, rows):
    done = here("redshift", "sql", "create table kept (a int); insert into kept values (1); select nothing")
    try:
        assert done.returncode == 1
        assert rows("select a from kept") == [{"a": 1}]
    finally:
        here("redshift", "sql", "drop table if exists kept")


def test_a_single_transaction_keeps_all_or_nothing(here, rows):
    made = "create table one (a int); insert into one values (1); "
    assert here("redshift", "sql", made + "select nothing", "--single-transaction").returncode == 1
    assert here("redshift", "sql", "select * from one").returncode == 1
    try:
        assert here("redshift", "sql", made + "select a from one", "--single-transaction").returncode == 0
        assert rows("select a from one") == [{"a": 1}]
    finally:
        here("redshift", "sql", "drop table if exists one")


@pytest.mark.parametrize("word", ["commit", "TRUNCATE t", "vacuum", "begin", "rollback"])
def test_what_cannot_be_in_a_single_transaction_is_refused_before_it_begins(sandbox, here, word):
    sandbox.reset()
    done = here("redshift", "sql", f"create table never (a int);\n{word};", "--single-transaction")
    assert done.returncode == 2
    verb = word.split()[0].upper()
    assert done.stderr.startswith(
        f"ess: statement 2, line 2: {verb} cannot be part of a single transaction\n"
    )
    assert sandbox.calls() == []


def test_a_transaction_of_the_script_holds_its_queries_too(rows, executed):
    sql = "begin; create table gone (a int); insert into gone values (1); select a from gone; rollback"
    assert rows(sql) == [{"a": 1}]
    assert [sent.lower() for sent, _ in executed].count("begin") == 1
    assert rows("select count(*) as n from svv_tables where table_name = 'gone'") == [{"n": 0}]


def test_a_transaction_that_is_left_open_is_rolled_back_and_said(here):
    done = here("redshift", "sql", "begin; create table gone (a int)")
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == (
        "ess: warning: the transaction that the SQL began is not committed, and is rolled back"
    )
    assert here("redshift", "sql", "select * from gone").returncode == 1


@pytest.fixture
def executed(monkeypatch):
    """Each statement that is sent, with the number of rows it answered."""
    found = []
    real = Connection.execute

    def watched(self, sql, *words):
        answer = real(self, sql, *words)
        found.append((sql, len(answer.rows)))
        return answer

    monkeypatch.setattr(Connection, "execute", watched)
    return found


def test_a_script_with_a_cursor_is_given_no_other_as_redshift_has_one_at_a_time(rows, executed):
    declare = "declare c cursor for select 1 as a union all select 2"
    sql = f"begin; {declare}; fetch forward 5 from c; select 3 as a; commit"
    assert rows(sql) == [{"a": 1}, {"a": 2}, {"a": 3}]
    assert [sent for sent, _ in executed if sent.lower().startswith("declare")] == [declare]


def test_an_answer_of_any_length_is_never_in_memory_as_a_whole(here, executed):
    done = here("redshift", "sql", "select n from generate_series(1, 4500) as s(n)", "-f", "value")
    assert [int(line) for line in done.stdout.splitlines()] == list(range(1, 4501))
    assert max(count for _, count in executed) == running.ROWS_AT_ONCE


def test_a_query_without_rows_still_has_its_columns(here):
    done = here("redshift", "sql", "select 1 as a, 2 as b where 1 = 0", "-f", "tsv")
    assert (done.returncode, done.stdout) == (0, "a\tb\n")


def test_columns_can_be_picked(here):
    done = here("redshift", "sql", "select 1 as a, 2 as b", "-f", "json", "-c", "b")
    assert json.loads(done.stdout) == [{"b": 2}]


def test_a_statement_that_takes_too_long_is_ended_and_the_conf_named(here, conf):
    conf(statement_timeout=1)
    done = here("redshift", "sql", "select pg_sleep(60)")
    message, hint = done.stderr.splitlines()
    assert done.returncode == 1
    assert message == "ess: statement 1, line 1: canceling statement due to statement timeout"
    assert hint == "hint: statement_timeout in [Redshift] of instance.conf says how long"


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("drop_before_commit", "the connection to cluster essentia-warehouse was lost: "),
        ("drop_after_commit", "the connection to cluster essentia-warehouse was lost: "),
        ("serialization_on_commit", "Serializable isolation violation"),
    ],
)
def test_what_ends_a_commit_is_told_apart(sandbox, here, fault, said):
    sandbox.plan(warehouse=[fault])
    done = here("redshift", "sql", "begin; create temp table t (a int); commit")
    message, hint = done.stderr.splitlines()[-2:]
    assert done.returncode == 1
    assert message.startswith("ess: statement 3, line 1: ")
    assert said in message
    assert "again" in hint


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "there is no SQL"),
        (["select 1", "--file", "x.sql"], "there is SQL and a --file"),
        (["-", "--password-stdin"], "both the SQL and the password are to come from stdin"),
        (["--file", "nowhere.sql"], "cannot read nowhere.sql: No such file or directory"),
        ([" ; -- nothing"], "there is no SQL statement in it"),
        (["select 'a"], "the SQL is wrong: a string that begins in line 1 is not closed"),
        (["select '\udcff'"], "statement 1, line 1: it is not UTF-8"),
        (["select :x", "--param", "x=\udcff"], "--param x: it is not UTF-8"),
        (["select 1", "--param", "x"], "--param 'x' is not NAME=VALUE"),
    ],
)
def test_what_cannot_be_run_is_refused_without_a_call(sandbox, here, words, said):
    sandbox.reset()
    done = here("redshift", "sql", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"ess: {said}\n")
    assert sandbox.calls() == []


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_statement_that_runs_on_the_server_too(ess, rows, signum):
    sql = "select 1 from pg_stat_activity where state = 'active' and query ilike '%pg_sleep(590)%'"
    process = ess.start("redshift", "sql", "create temp table t as select 1 as a from pg_sleep(590)")
    sessions = f"{sql} and pid <> pg_backend_pid()"
    until(lambda: rows(sessions) or process.poll() is not None)
    process.send_signal(signum)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (128 + signum, "", "")
    until(lambda: not rows(sessions))


def test_a_server_that_takes_no_cancel_does_not_keep_ess(here, monkeypatch):
    def interrupted(*_words):
        raise KeyboardInterrupt

    def unreachable(*_words):
        raise ConnectionRefusedError

    monkeypatch.setattr("redshift_connector.Cursor.execute", interrupted)
    monkeypatch.setattr("ess_plugins.redshift.driver.socket.create_connection", unreachable)
    done = here("redshift", "sql", "create temp table t (a int)")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
