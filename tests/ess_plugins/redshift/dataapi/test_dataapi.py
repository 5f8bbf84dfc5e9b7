"""`redshift sql --via data-api`: the same statements and the same answers, without a connection."""

import json
import signal
import sys

import pytest

from ess_core.errors import UsageError
from ess_plugins.redshift.dataapi import running
from ess_plugins.redshift.running import Script
from ess_plugins.redshift.sql.splitting import Statement
from tests.fixtures.waiting import until

VIA = ("--via", "data-api")
BY_API = {"redshift-data:ExecuteStatement", "redshift-data:DescribeStatement"}


@pytest.fixture(autouse=True)
def _registered(registered):
    """All of these work on the sandbox's cluster."""


@pytest.fixture
def via(here, monkeypatch):
    """Run SQL through the Data API, for which the driver need not be installed."""
    monkeypatch.setitem(sys.modules, "redshift_connector", None)

    def run(sql, *options):
        return here("redshift", "sql", sql, *VIA, *options)

    return run


VALUES = (
    *("12345678901234567890.123456789", "0.10::numeric(5,2)", "9223372036854775807", "-1::smallint"),
    *("1.5::float8", "0.1::float4", "'NaN'::float8", "1 = 1", "null", "'x'::char(3)", "''", "'ünï\tcode'"),
    *("timestamp '2026-01-02 03:04:05.678901'", "timestamptz '2026-01-02 03:04:05+02'"),
    *("date '0044-03-15 BC'", "timestamp 'infinity'", "time '01:02:03.000004'", "interval '1 day 2 hours'"),
    """json_parse('{"a": [1, null]}')""",
)


@pytest.mark.parametrize("form", ["json", "csv"])
def test_each_value_is_the_one_that_a_connection_gives(here, form):
    sql = "select " + ", ".join(f"{value} as c{number}" for number, value in enumerate(VALUES))
    over_a_connection = here("redshift", "sql", sql, "-f", form)
    by_api = here("redshift", "sql", sql, "-f", form, *VIA)
    assert by_api.returncode == 0
    assert by_api.stdout == over_a_connection.stdout


def test_statements_are_shown_and_said_as_over_a_connection(here, via, sandbox):
    made = "create table api (a int); insert into api values (1), (2); select * from api; "
    sandbox.reset()
    try:
        done = via(f"{made}delete from api where a > 5", "-f", "tsv")
    finally:
        via("drop table api")
    assert (done.returncode, done.stdout) == (0, "a\n1\n2\n")
    assert done.stderr.splitlines() == [
        "statement 1, line 1: done",
        "statement 2, line 1: 2 rows",
        "statement 4, line 1: 0 rows",
    ]
    assert set(sandbox.counts()) >= BY_API
    assert "redshift:GetClusterCredentials" not in sandbox.counts()


def test_a_long_answer_comes_in_pages_and_none_without_rows_lacks_its_columns(via, sandbox):
    sandbox.reset()
    done = via("select n from generate_series(1, 2500) as s(n)", "-f", "value")
    assert [int(line) for line in done.stdout.splitlines()] == list(range(1, 2501))
    assert sandbox.counts()["redshift-data:GetStatementResult"] == 3
    assert via("select 1 as a where 1 = 0", "-f", "tsv").stdout == "a\n"


def test_values_are_bound_each_where_it_is_needed(via):
    odd = "it's; drop table x; --"
    sql = "select :odd as a, ':b' as c; select :b::int + :b::int as d"
    done = via(sql, "--param", f"odd={odd}", "--param", "b=21", "-f", "value")
    assert done.stdout == f"{odd} :b\n42\n"
    done = via(sql, "--param", f"odd={odd}", "--param", "b=21", "-f", "value", "--single-transaction")
    assert done.stdout == f"{odd} :b\n42\n"


def test_the_statement_that_fails_is_named_and_the_next_is_not_run(via):
    done = via("select 1 as a;\n\nselect *\nfrom nowhere;\nselect 2 as b", "-f", "tsv")
    assert (done.returncode, done.stdout) == (1, "a\n1\n")
    assert done.stderr == 'ess: statement 2, line 3: relation "nowhere" does not exist\n'


def test_a_single_transaction_is_one_session_and_keeps_all_or_nothing(via, sandbox):
    made = "create temp table t (a int); create table one (a int); insert into one values (1);\n"
    sandbox.reset()
    failed = via(made + "select nothing", "--single-transaction")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr == 'ess: statement 4, line 2: column "nothing" does not exist\n'
    assert sandbox.counts()["redshift-data:BatchExecuteStatement"] == 1
    assert via("select * from one").returncode == 1
    try:
        done = via(made + "select a from one; select * from t", "--single-transaction", "-f", "tsv")
        assert (done.returncode, done.stdout) == (0, "a\n1\na\n")
    finally:
        via("drop table one")


def test_a_transaction_of_one_statement_is_that_statement(via, sandbox):
    sandbox.reset()
    assert via("select 1 as a", "--single-transaction", "-f", "value").stdout == "1\n"
    assert "redshift-data:BatchExecuteStatement" not in sandbox.counts()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["begin; select 1; commit"],
            "statement 1, line 1: the Data API takes no BEGIN, COMMIT and ROLLBACK",
        ),
        (["select 1;\nrollback"], "statement 2, line 2: the Data API takes no BEGIN, COMMIT and ROLLBACK"),
        (["set search_path to x; select 1"], "statement 1, line 1: it lasts as long as its session"),
        (["create temp table t (a int); select 1"], "statement 1, line 1: it lasts as long as its session"),
        (["create table #t (a int); select 1"], "statement 1, line 1: it lasts as long as its session"),
        (["select :x", "--param", "x="], "--param x is empty, and the Data API takes no empty values"),
        (["select :ü", "--param", "ü=1"], "--param ü: the Data API has names of letters, digits and _ only"),
        (["select 1;" * 41, "--single-transaction"], "there are 41 statements, and the Data API takes 40"),
        ([f"select '{'é' * 60_000}'"], "statement 1, line 1: it is longer than 100 KiB"),
    ],
)
def test_what_the_api_cannot_do_is_refused_without_a_call(via, sandbox, words, said):
    sandbox.reset()
    done = via(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"ess: {said}")
    assert sandbox.calls() == []


def test_sessions_do_not_matter_to_one_statement_or_one_transaction():
    one = [Statement("create temp table t (a int)", 1)]
    running.check(Script(one))
    running.check(Script([*one, *one], is_one=True))
    with pytest.raises(UsageError):
        running.check(Script([*one, *one]))


def test_a_login_by_password_is_said_to_be_none_for_the_api(here, sandbox, password, monkeypatch):
    monkeypatch.setenv("ESS_REDSHIFT_PASSWORD", password)
    assert here("redshift", "register", "essentia-warehouse", "dev", "admin").returncode == 0
    sandbox.reset()
    done = here("redshift", "sql", "select 1", *VIA)
    message, hint = done.stderr.splitlines()
    assert (done.returncode, done.stdout, sandbox.calls()) == (2, "", [])
    assert message.startswith(
        "ess: the Data API logs in by IAM or by a secret, and cluster essentia-warehouse"
    )
    assert "--secret-arn" in hint


def test_a_secret_and_who_you_are_log_in_too(here, sandbox):
    (secret,) = sandbox.client("secretsmanager").list_secrets()["SecretList"]
    for words, user in (
        (["essentia-warehouse", "dev", "--secret-arn", secret["ARN"]], "admin"),
        (["essentia-warehouse", "dev"], "IAM:ess-sandbox"),
        (["essentia-workgroup", "dev", "--workgroup"], "IAM:ess-sandbox"),
    ):
        assert here("redshift", "register", *words).returncode == 0
        assert here("redshift", "sql", "select current_user", *VIA, "-f", "value").stdout == f"{user}\n"


def test_a_warehouse_that_there_is_not_is_named_with_its_region(here, conf):
    assert here("redshift", "deregister").returncode == 0
    conf(cluster="gone", database="dev")
    done = here("redshift", "sql", "select 1", *VIA)
    assert done.returncode == 1
    assert done.stderr.startswith("ess: there is no cluster gone in us-east-1\n")


def test_what_iam_does_not_allow_is_named(via, sandbox):
    sandbox.plan(deny=["ExecuteStatement"])
    done = via("select 1")
    assert done.returncode == 1
    assert done.stderr.startswith("ess: not allowed to call ExecuteStatement: ")


def test_an_answer_that_breaks_off_is_an_error_after_its_rows(via, sandbox):
    second = {
        "action": "GetStatementResult",
        "code": "ResourceNotFoundException",
        "when": {"NextToken": "1000"},
    }
    sandbox.plan(errors=[second])
    done = via("select n from generate_series(1, 2500) as s(n)", "-f", "value")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 1000
    assert done.stderr.startswith("ess: GetStatementResult failed: ")


def test_a_statement_that_takes_too_long_is_cancelled_and_the_conf_named(via, conf, sandbox):
    conf(statement_timeout=1)
    sandbox.reset()
    done = via("select pg_sleep(60)")
    message, hint = done.stderr.splitlines()
    assert (done.returncode, message) == (
        1,
        "ess: statement 1, line 1: it took longer than 1 s and was cancelled",
    )
    assert hint == "hint: statement_timeout in [Redshift] of instance.conf says how long"
    assert sandbox.counts()["redshift-data:CancelStatement"] == 1


def test_ctrl_c_cancels_the_statement(ess, rows, sandbox):
    sql = "select 1 from pg_stat_activity where state = 'active' and query ilike '%pg_sleep(580)%'"
    sessions = f"{sql} and pid <> pg_backend_pid()"
    process = ess.start("redshift", "sql", "select 1 as a from pg_sleep(580)", *VIA)
    until(lambda: rows(sessions) or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "")
    assert sandbox.counts()["redshift-data:CancelStatement"] == 1
    until(lambda: not rows(sessions))


def test_a_signal_that_arrives_while_a_statement_is_started_cancels_it_too(here, sandbox, monkeypatch):
    from ess_plugins.redshift.dataapi.calls import DataApi

    def interrupted(*_words):
        raise KeyboardInterrupt

    monkeypatch.setattr(DataApi, "_ended", interrupted)
    sandbox.reset()
    assert here("redshift", "sql", "select pg_sleep(30)", *VIA).returncode == 130
    assert sandbox.counts()["redshift-data:CancelStatement"] == 1


def test_an_answer_goes_into_a_bucket_this_way_too(here, conf, sandbox):
    conf(iam_role="default")
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="api-unloads")
    try:
        words = ("redshift", "sql", "select n from generate_series(1, 50) as s(n)", "-f", "json", *VIA)
        done = here(*words, "--unload", "s3://api-unloads/a")
        again = here(*words, "--unload", "s3://api-unloads/a")
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket="api-unloads")["Contents"]]
    finally:
        for key in keys:
            s3.delete_object(Bucket="api-unloads", Key=key)
        s3.delete_bucket(Bucket="api-unloads")
    assert {row["file"] for row in json.loads(done.stdout)} == {f"s3://api-unloads/{key}" for key in keys}
    assert done.stderr.startswith("unloaded 50 rows into 2 files, ")
    assert again.stderr.startswith("ess: there are files of that prefix already, and nothing is written\n")


def test_status_asks_this_way_too(here, via):
    done = here("redshift", "status", *VIA, "-f", "json")
    shown = json.loads(done.stdout)
    assert done.returncode == 0
    assert (shown["reachable"], shown["database"], shown["user"], shown["slices"]) == (
        True,
        "dev",
        "admin",
        4,
    )
