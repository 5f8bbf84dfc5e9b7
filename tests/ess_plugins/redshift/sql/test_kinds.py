"""What a statement does is known before it runs."""

import pytest

from ess_plugins.redshift.sql.kinds import Control, answers, commits, control, is_query, stands_alone


@pytest.mark.parametrize(
    ("sql", "does"),
    [
        ("begin", Control.BEGIN),
        ("/* a */ BEGIN WORK", Control.BEGIN),
        ("start transaction read only", Control.BEGIN),
        ("Commit", Control.COMMIT),
        ("end transaction", Control.COMMIT),
        ("rollback", Control.ROLLBACK),
        ("abort", Control.ROLLBACK),
        ("select 'begin'", None),
        ('"begin"', None),
        ("", None),
    ],
)
def test_transaction_control_is_known(sql, does):
    assert control(sql) is does


@pytest.mark.parametrize(
    "sql",
    [
        "select 1",
        "-- a\nSELECT 1",
        "with a as (select 1) select * from a",
        "(select 1) union (select 2)",
        "((select 1))",
        "select 'into', \"into\" from t",
        "select * from (select 1) -- into",
    ],
)
def test_a_query_has_an_answer_and_takes_a_cursor(sql):
    assert is_query(sql)
    assert answers(sql)


@pytest.mark.parametrize(
    "sql", ["select * into t from s", "with a as (select 1) select * into t from a", "(select 1 into t)"]
)
def test_a_select_that_makes_a_table_has_no_answer(sql):
    assert not is_query(sql)
    assert not answers(sql)


@pytest.mark.parametrize(
    "sql", ["show search_path", "explain select 1", "analyze compression t", "call p(1)", "fetch 10 from c"]
)
def test_other_statements_answer_without_being_queries(sql):
    assert answers(sql)
    assert not is_query(sql)


@pytest.mark.parametrize(
    "sql", ["insert into t select 1", "analyze t", "create table t as select 1", "set a to 1"]
)
def test_what_changes_something_has_no_answer(sql):
    assert not answers(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "vacuum",
        "VACUUM FULL t",
        "create database d",
        "drop database d",
        "create or replace library l language plpythonu",
        "drop library l",
        "create external table s.t (a int)",
        "alter table t append from s",
        'alter table "a"."b" /* x */ append from s',
        "alter table t alter column c type varchar(300)",
        "alter table s.t add if not exists partition (d='1') location 's3://b'",
        "alter table s.t set location 's3://b'",
    ],
)
def test_what_no_transaction_takes_is_known(sql):
    assert stands_alone(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "create table database (a int)",
        "alter table t add append int",
        "alter table append add a int",
        "alter table t add column type int",
        "alter table t rename column type to kind",
        "alter table t alter distkey type",
        "create table vacuum (a int)",
        "copy t from 's3://b'",
        "select 'vacuum'",
        "alter",
        "alter table",
        "alter table t",
    ],
)
def test_what_a_transaction_takes_is_left_in_it(sql):
    assert not stands_alone(sql)


def test_truncate_commits():
    assert commits("truncate t")
    assert not commits("delete from t")
