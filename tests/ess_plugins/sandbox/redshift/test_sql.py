"""Redshift's own SQL is understood, and what Redshift has not is refused."""

import threading

import pytest


def test_the_server_says_that_it_is_a_redshift(sql):
    ((version,),) = sql("select version()")
    assert version.startswith("PostgreSQL 8.0.2 ")
    assert "Redshift" in version
    assert sql.columns("select version()") == ["version"]


def test_keys_and_encodings_of_a_table_are_understood_and_known(sql):
    sql(
        """create table purchase (
            "PurchaseDate" timestamp encode az64, userid bigint not null distkey, price decimal(10,2),
            referrer varchar(8) default 'none' encode lzo, id bigint identity(1, 1), more super,
            primary key (userid)
        ) backup no diststyle key compound sortkey (purchasedate, userid)"""
    )
    found = sql(
        'select "column", type, distkey, sortkey, "notnull" from pg_table_def where tablename = \'purchase\''
    )
    assert found[:4] == [
        ("purchasedate", "timestamp without time zone", False, 1, False),
        ("userid", "bigint", True, 2, True),
        ("price", "numeric(10,2)", False, 0, False),
        ("referrer", "character varying(8)", False, 0, False),
    ]
    (info,) = sql("select diststyle, sortkey1 from svv_table_info where \"table\" = 'purchase'")
    assert info == ("KEY(userid)", "purchasedate")
    ((key,),) = sql("select indexdef from pg_indexes where tablename = 'purchase'")
    assert key.endswith("(userid)")
    kinds = dict(sql("select column_name, data_type from svv_columns where table_name = 'purchase'"))
    assert kinds["referrer"] == "character varying"
    assert kinds["more"] == "super"
    tables = sql("select table_name, table_type from svv_all_tables where table_name = 'purchase'")
    assert tables == [("purchase", "TABLE")]
    sql("drop table purchase")


def test_a_primary_key_is_not_enforced(sql, table):
    name = table("id int primary key, v varchar(5)")
    sql(f"insert into {name} values (1, 'a'), (1, 'b')")
    assert sql(f"select count(*) from {name}") == [(2,)]
    assert "null value" in sql.refused(f"insert into {name} values (null, 'c')")[0]


def test_a_char_holds_no_letter_of_several_bytes(sql, table):
    name = table("v char(5)")
    sql(f"insert into {name} values ('abc')")
    assert sql.refused(f"insert into {name} values ('é')")[1] == "22001"


def test_the_length_of_text_is_in_bytes(sql, table):
    name = table("v varchar(5)")
    sql(f"insert into {name} values ('éé')")
    assert sql.refused(f"insert into {name} values ('ééé')") == (
        "value too long for type character varying",
        "22001",
    )
    assert sql.refused(f"insert into {name} values ('abcdef')")[1] == "22001"


def test_the_length_of_text_is_in_bytes_in_a_copy_of_the_table_and_in_a_new_column(sql, table):
    name = table("v varchar(5)")
    sql(f"create temp table copied (like {name} including defaults)")
    assert sql.refused("insert into copied values ('ééé')")[1] == "22001"
    sql(f"alter table {name} add column w varchar(2) default 'x' encode zstd")
    assert sql.refused(f"insert into {name} values ('a', 'éé')")[1] == "22001"
    sql("drop table copied")


def test_text_without_a_size_and_decimals_have_redshifts_defaults(sql, table):
    name = table("a text, b varchar, c varchar(max), d char, e decimal, f numeric(5)")
    kinds = sql(f"select type from pg_table_def where tablename = '{name}'")
    assert [kind for (kind,) in kinds] == [
        "character varying(256)",
        "character varying(256)",
        "character varying(65535)",
        "character(1)",
        "numeric(18,0)",
        "numeric(5,0)",
    ]


def test_names_are_folded_to_lower_case_also_in_quotes(sql, table):
    name = table('"Order ID" int, "quo""te" int')
    sql(f'insert into "{name.upper()}" ("ORDER id", "QUO""TE") values (1, 2)')
    assert sql.columns(f"select * from {name}") == ["order id", 'quo"te']


def test_a_backslash_escapes_in_every_string(sql):
    assert sql(r"select 'a\\b', 'it\'s', 'tab\tx'") == [("a\\b", "it's", "tab\tx")]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("create table t (tag int)", "42601"),
        ("create table t (id serial)", "0A000"),
        ("create table t (id jsonb)", "0A000"),
        ("create table t (v varchar(65536))", "22023"),
        ("create table t (v char(4097))", "22023"),
        ("create table t (v decimal(39))", "22023"),
        ("create table t (id int distkey, b int distkey)", "42601"),
        ("create table t (id int) sortkey (nope)", "42703"),
        ("create table t (id int) diststyle odd", "42601"),
        ("create table t (id int) nonsense", "42601"),
        ("create table t (id int", "42601"),
        ("create index i on t (id)", "0A000"),
        ("insert into t values (1) on conflict do nothing", "42601"),
        ("insert into t values (1) returning id", "42601"),
        ("copy t from stdin", "0A000"),
        ("select 1; select 2", "42601"),
        (f"select 1 as {'n' * 64}", "0A000"),
        ("selec", "42601"),
    ],
)
def test_what_redshift_does_not_take_is_refused(sql, statement, code):
    assert sql.refused(statement)[1] == code
    assert sql("select 1") == [(1,)]


def test_a_refused_statement_fails_its_transaction(connect, table):
    name = table("id int")
    sql = connect(autocommit=False)
    sql(f"insert into {name} values (1)")
    sql.refused("create table x (tag int)")
    assert sql.refused("select 1")[1] == "25P02"
    sql.raw.rollback()
    assert sql(f"select count(*) from {name}") == [(0,)]


def test_truncate_commits(connect, table, sql):
    name = table("id int")
    sql(f"insert into {name} values (1)")
    other = connect(autocommit=False)
    other(f"truncate {name}")
    other.raw.rollback()
    assert sql(f"select count(*) from {name}") == [(0,)]


def test_rows_of_one_table_are_moved_to_another(sql, table):
    first, second = table("id int"), table("id int")
    sql(f"insert into {second} values (1), (2)")
    sql(f"alter table {first} append from {second}")
    assert sql(f"select (select count(*) from {first}), (select count(*) from {second})") == [(2, 0)]


def test_merge_and_a_swap_by_renaming_work(connect, table):
    sql, target, source = (
        connect(autocommit=False),
        table("id int, v varchar(5)"),
        table("id int, v varchar(5)"),
    )
    sql(f"insert into {target} values (1, 'a')")
    sql(f"insert into {source} values (1, 'b'), (2, 'c')")
    sql(
        f"merge into {target} using {source} on {target}.id = {source}.id "
        f"when matched then update set v = {source}.v "
        f"when not matched then insert values ({source}.id, {source}.v)"
    )
    assert sql(f"select * from {target} order by 1") == [(1, "b"), (2, "c")]
    sql(f"create table swapped (like {target})")
    sql("insert into swapped values (9, 'z')")
    sql(f"alter table {target} rename to old")
    sql(f"alter table swapped rename to {target}")
    sql("drop table old")
    sql.raw.commit()
    assert sql(f"select id from {target}") == [(9,)]
    sql.raw.commit()


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("nvl(null, 2)", 2),
        ("len('abc')", 3),
        ("'x'::varchar(max)", "x"),
        ("sysdate > '2020-01-01'", True),
        ("getdate() > '2020-01-01'", True),
        ("convert_timezone('Asia/Tokyo', '2020-01-01 00:00'::timestamp)::varchar", "2020-01-01 09:00:00"),
        ("json_serialize(json_parse('{\"a\": 1}'))", '{"a": 1}'),
    ],
)
def test_functions_that_postgresql_has_not(sql, expression, value):
    assert sql(f"select {expression}") == [(value,)]


def test_statements_that_change_nothing_here_are_taken(sql, table):
    name = table("id int")
    for statement in (
        f"vacuum full {name} to 99 percent",
        f"analyze {name}",
        f"analyze compression {name}",
        f"alter table {name} alter diststyle even",
        "set query_group to 'loads'",
        "set enable_result_cache_for_session to off",
    ):
        sql(statement)
    assert sql("show query_group") == [("unset",)]


def test_values_are_bound_and_not_pasted(sql):
    hostile = "x'); drop table t; -- \\' \" \0".replace("\0", "")
    assert sql("select %s, %s", (hostile, 5)) == [(hostile, 5)]


def test_a_large_result_comes_through_a_cursor(connect):
    sql = connect(autocommit=False)
    sql("declare many cursor for select g, repeat('x', 100) from generate_series(1, 5000) g")
    seen = 0
    while rows := sql("fetch 1500 from many"):
        seen += len(rows)
    assert seen == 5000
    sql.raw.rollback()


def test_a_lock_lets_the_second_transaction_see_what_the_first_wrote(connect, table):
    name = table("id int")
    first, second = connect(autocommit=False), connect(autocommit=False)
    first(f"lock {name}")
    seen = []

    def wait_for_the_lock():
        second(f"lock {name}")
        seen.extend(second(f"select id from {name}"))
        second.raw.rollback()

    waiting = threading.Thread(target=wait_for_the_lock)
    waiting.start()
    first(f"insert into {name} values (7)")
    assert seen == []
    first.raw.commit()
    waiting.join(60)
    assert seen == [(7,)]


def test_a_conflict_of_two_transactions_is_error_1023(connect, table, sql):
    name = table("id int")
    sql(f"insert into {name} values (1)")
    first, second = connect(autocommit=False), connect(autocommit=False)
    for one in (first, second):
        one(f"select * from {name}")
    first(f"update {name} set id = 2")
    first.raw.commit()
    assert second.refused(f"update {name} set id = 3")[0] == "1023"
    second.raw.rollback()


def test_a_statement_is_cancelled_by_its_time_out(sql):
    sql("set statement_timeout to 100")
    assert sql.refused("select pg_sleep(60)")[1] == "57014"
