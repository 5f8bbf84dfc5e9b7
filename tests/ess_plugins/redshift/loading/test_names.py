"""Names that try to be SQL: of schemas, tables, columns, files, folders and options; and very many files."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess_plugins.redshift.connecting import Connection
from ess_plugins.redshift.ddl import TableColumn
from ess_plugins.redshift.loading.access import Role
from ess_plugins.redshift.loading.model import Changed
from ess_plugins.redshift.loading.stage import Stage
from ess_plugins.redshift.sql.quoting import TableName

NASTY = st.text("\"';%?:$\\-*/ \n\té€x_.0{}", min_size=1, max_size=12).filter(str.strip)
HOSTILE = 'x"; drop table public.victim; --'


NAMES = {
    "schema": NASTY,
    "table": NASTY,
    "columns": st.lists(NASTY, min_size=3, max_size=3, unique=True),
    "file": NASTY,
    "text": NASTY,
}


def test_no_name_and_no_value_becomes_sql(loads):
    columns = [HOSTILE, "%s 50% ?:x", "\\'\n$1"]
    _load_and_replace(loads, HOSTILE + "s", HOSTILE, columns, HOSTILE + "\n'\\", "\\'); --\"%s")


@pytest.mark.slow
@settings(max_examples=12)
@given(**NAMES)
def test_no_nasty_name_and_no_value_becomes_sql(loads, schema, table, columns, file, text):
    _load_and_replace(loads, schema, table, columns, file, text)


def _load_and_replace(loads, schema, table, columns, file, text):
    """Load a file in each of the ways, under these names."""
    key, value, added = columns
    named = TableName(schema, table)
    sql = loads.warehouse.sql
    quoted = named.schema.replace('"', '""')
    sql(f'create schema if not exists "{quoted}"')
    sql(f"drop table if exists {named}")
    first, second = (TableColumn(key, "INTEGER"), TableColumn(value, "VARCHAR(64)"))
    made = loads.table(f"{first}, {second}, _file_id bigint", table, schema)
    try:
        loads.load(made, {file: [(1, text)]}, etag=text)
        assert loads.load(made, {file: [(1, text)]}, etag=text).files_skipped == 1
        loads.load(
            made,
            {file: [(1, text, text)]},
            changed=Changed.REPLACE,
            upsert_key=(key,),
            added=(TableColumn(added, "VARCHAR(64)"),),
            names=(key, value, added),
        )
        loads.load(made, {file: [(2, text, None)]}, replace_table=True)
        assert [(row[0], row[1]) for row in loads.rows(made)] == [(2, text)]
        assert loads.ledger(made, "uri") == [(f"s3://raw/{file}",)]
    finally:
        sql("delete from public.ess_load_ledger where target = %s", (str(made),))
        sql(f"drop table if exists {made}")


@pytest.mark.parametrize("stage", list(Stage))
def test_a_staging_folder_of_any_name_is_read(warehouse, loads, stage):
    from ess_core.cloud import Cloud
    from ess_core.conf import load as load_conf
    from ess_plugins.s3.datastore import opened

    loads.store = opened(f"{loads.store.url}/it's {HOSTILE} \\ é/x", Cloud(load_conf()))
    table = loads.table("id int")
    assert loads.load(table, {"a.csv": [(1,)]}, stage=stage).rows_loaded == 1
    assert loads.staged() == []


@pytest.fixture
def sent(monkeypatch):
    """The statements that are sent."""
    found = []
    real = Connection.execute

    def execute(self, sql, *words):
        found.append(sql)
        return real(self, sql, *words)

    monkeypatch.setattr(Connection, "execute", execute)
    return found


@pytest.mark.parametrize(
    ("stage", "given", "ends"),
    [
        (Stage.PARQUET, "", " FORMAT AS PARQUET MANIFEST STATUPDATE OFF"),
        (Stage.PARQUET, "STATUPDATE ON", " FORMAT AS PARQUET MANIFEST STATUPDATE ON"),
        (Stage.CSV, "", " MANIFEST COMPUPDATE OFF STATUPDATE OFF"),
        (Stage.CSV, "COMPUPDATE ON REGION 'us-east-1'", " STATUPDATE OFF COMPUPDATE ON REGION 'us-east-1'"),
    ],
)
def test_options_that_copy_applies_are_in_its_statement_once(loads, sent, stage, given, ends):
    loads.load(loads.table("id int"), {"a.csv": [(1,)]}, stage=stage, options_sql=given)
    (copy,) = [sql for sql in sent if sql.startswith("COPY")]
    assert copy.endswith(ends)
    assert "IAM_ROLE 'arn:aws:iam::123456789012:role/loader'" in copy


def test_the_ledger_is_locked_first_and_the_copy_is_before_it(loads, sent):
    """What others commit while a transaction waits for the lock is seen only if nothing was read before."""
    loads.load(loads.table("id int"), {"a.csv": [(1,)]}, access=Role("default"))
    words = [sql.split()[0] for sql in sent]
    begin = words.index("BEGIN")
    assert "COPY" in words[:begin]
    assert sent[begin + 1] == 'LOCK TABLE "public"."ess_load_ledger"'
    assert words[-1] == "COMMIT"
    assert words.count("COMMIT") == words.count("BEGIN") == 1
    (insert,) = [sql for sql in sent if sql.startswith("INSERT") and "ess_staged" in sql]
    assert '("id") SELECT "id" FROM' in insert


def test_more_files_than_one_statement_takes(loads):
    table = loads.table("id int")
    many = {f"{number:05d}.csv": [] for number in range(1100)}
    assert loads.load(table, {**many, "rows.csv": [(1,)]}).files_loaded == 1101
    assert loads.load(table, many).files_skipped == 1100
    (count,) = loads.warehouse.sql(
        "select count(distinct file_id) from public.ess_load_ledger where target = %s", (str(table),)
    )
    assert count == (1101,)
    done = loads.load(table, {**dict.fromkeys(many, ()), "new.csv": []}, etag="e2", changed=Changed.APPEND)
    assert done.files_loaded == 1101
