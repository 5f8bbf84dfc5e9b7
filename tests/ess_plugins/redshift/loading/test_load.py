"""Loads that go well, or are refused: what is in the table, in the ledger and in the staging folder then."""

import pytest

from ess_core.errors import EssError, UsageError
from ess_plugins.redshift.ddl import TableColumn
from ess_plugins.redshift.failures import RedshiftError
from ess_plugins.redshift.loading import load as loading
from ess_plugins.redshift.loading.explaining import CopyError
from ess_plugins.redshift.loading.ledger import ChangedFilesError
from ess_plugins.redshift.loading.model import Changed
from ess_plugins.redshift.loading.stage import Stage
from ess_plugins.redshift.loading.target import TargetColumn

A = {"a.csv": [(1, "x"), (2, None)], "b.csv": [(3, "")]}
WITH_ID = "id int, name varchar(5), _file_id bigint"


@pytest.mark.parametrize("stage", list(Stage))
def test_rows_and_their_files_arrive_once_and_nothing_stays_staged(loads, stage):
    table = loads.table(WITH_ID)
    done = loads.load(table, A, stage=stage)
    assert (done.rows_loaded, done.files_loaded, done.files_skipped, done.attempts) == (3, 2, 0, 1)
    rows = loads.rows(table)
    assert [row[:2] for row in rows] == [(1, "x"), (2, None), (3, "")]
    assert rows[0][2] == rows[1][2] != rows[2][2]
    assert loads.ledger(table) == [("s3://raw/a.csv", "e1", 2), ("s3://raw/b.csv", "e1", 1)]
    assert [file_id for (file_id,) in loads.ledger(table, "file_id")] == [rows[0][2], rows[2][2]]
    assert loads.staged() == []
    again = loads.load(table, {**A, "c.csv": [(4, "y")]}, stage=stage)
    assert (again.rows_loaded, again.files_loaded, again.files_skipped) == (1, 1, 2)
    assert [row[0] for row in loads.rows(table)] == [1, 2, 3, 4]


def test_a_file_without_rows_is_in_the_ledger_and_not_loaded_again(loads):
    table = loads.table("id int")
    assert loads.load(table, {"a.csv": []}).files_loaded == 1
    assert loads.load(table, {"a.csv": []}).files_skipped == 1
    assert loads.ledger(table) == [("s3://raw/a.csv", "e1", 0)]


def test_columns_are_filled_by_name_and_the_others_have_their_defaults(loads):
    table = loads.table("a int default 7, b int, c varchar(3)")
    loads.load(table, {"a.csv": [("x", 1)]}, names=("c", "b"))
    assert loads.rows(table) == [(7, 1, "x")]


def test_a_table_without_file_id_has_its_files_in_the_ledger_only(loads):
    table = loads.table("id int")
    loads.load(table, {"a.csv": [(1,)]})
    assert loads.rows(table) == [(1,)]
    assert len(loads.ledger(table)) == 1


def test_a_column_of_the_table_may_have_the_name_of_ours(loads):
    table = loads.table("ess_file int, ess_file_ varchar(5)")
    loads.load(table, {"a.csv": [(9, "x")]})
    assert loads.rows(table) == [(9, "x")]


def test_the_same_file_goes_into_two_tables(loads):
    first, second = loads.table("id int"), loads.table("id int")
    for table in (first, second):
        assert loads.load(table, {"a.csv": [(1,)]}).rows_loaded == 1


def test_tables_of_any_schema_are_loaded_and_told_apart(loads):
    loads.warehouse.sql("create schema if not exists web")
    name = f"{loads.table('id int').table}"
    there = loads.table("id int", name, "web")
    loads.load(there, {"a.csv": [(1,)]})
    assert loads.warehouse.sql(f"select count(*) from public.{name}") == [(0,)]
    assert loads.rows(there) == [(1,)]


# Changed files


@pytest.mark.parametrize(
    ("again", "what"), [({"etag": "e2"}, "with another content"), ({"recipe": "r2"}, "by ")]
)
def test_a_changed_file_stops_the_load_and_says_the_ways_out(loads, again, what):
    table = loads.table(WITH_ID)
    loads.load(table, A)
    with pytest.raises(ChangedFilesError, match=f"s3://raw/a.csv was loaded before {what}.*1 more") as caught:
        loads.load(table, {**A, "c.csv": [(9, "n")]}, **again)
    assert "--replace" in caught.value.hint
    assert "--append" in caught.value.hint
    assert len(loads.rows(table)) == 3
    assert loads.staged() == []


def test_replace_takes_out_the_rows_of_the_changed_file_only(loads):
    table = loads.table(WITH_ID)
    loads.load(table, A)
    done = loads.load(table, {"a.csv": [(10, "new")]}, etag="e2", changed=Changed.REPLACE)
    assert (done.rows_loaded, done.rows_replaced) == (1, 2)
    assert [row[0] for row in loads.rows(table)] == [3, 10]
    assert loads.ledger(table) == [("s3://raw/b.csv", "e1", 1), ("s3://raw/a.csv", "e2", 1)]
    assert loads.load(table, {"a.csv": [(10, "new")]}, etag="e2").files_skipped == 1


def test_append_keeps_them(loads):
    table = loads.table(WITH_ID)
    loads.load(table, A)
    assert loads.load(table, {"a.csv": [(10, "n")]}, etag="e2", changed=Changed.APPEND).rows_loaded == 1
    assert [row[0] for row in loads.rows(table)] == [1, 2, 3, 10]
    assert loads.load(table, {"a.csv": [(1, "x")]}).files_skipped == 1


def test_replace_needs_rows_that_know_their_file(loads):
    table = loads.table("id int")
    loads.load(table, {"a.csv": [(1,)]})
    with pytest.raises(UsageError, match="no column _file_id") as caught:
        loads.load(table, {"a.csv": [(2,)]}, etag="e2", changed=Changed.REPLACE)
    assert "--append" in caught.value.hint
    assert loads.rows(table) == [(1,)]


# Upserts


def test_an_upsert_replaces_rows_of_the_same_key(loads):
    table = loads.table(WITH_ID)
    loads.load(table, A)
    done = loads.load(table, {"c.csv": [(2, "two"), (4, "four")]}, upsert_key=("id",))
    assert (done.rows_loaded, done.rows_replaced) == (2, 1)
    assert [row[:2] for row in loads.rows(table)] == [(1, "x"), (2, "two"), (3, ""), (4, "four")]


def test_an_upsert_by_several_columns(loads):
    table = loads.table("a int, b varchar(3), v int")
    loads.load(table, {"a.csv": [(1, "x", 1), (1, "y", 2)]})
    loads.load(table, {"b.csv": [(1, "y", 3)]}, upsert_key=("a", "b"))
    assert loads.rows(table, order="1, 2") == [(1, "x", 1), (1, "y", 3)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(1, "a"), (2, "b"), (1, "c")], r"1 keys \(id\) are in several rows"),
        ([(1, "a"), (None, "b")], "1 rows have no key: id is NULL"),
    ],
)
def test_an_upsert_of_rows_without_a_key_of_their_own_is_refused(loads, rows, said):
    table = loads.table(WITH_ID)
    loads.load(table, A)
    with pytest.raises(EssError, match=said):
        loads.load(table, {"c.csv": rows}, upsert_key=("id",))
    assert len(loads.rows(table)) == 3
    assert len(loads.ledger(table)) == 2


# The table meanwhile


def test_added_columns_come_with_the_rows(loads):
    table = loads.table("id int")
    added = (TableColumn("name", "VARCHAR(64)"), TableColumn("big", "NUMERIC(20,0)"))
    names = ("id", "name", "big")
    loads.load(table, {"a.csv": [(1, "é" * 32, 2**64 - 1)]}, added=added, names=names)
    assert [str(cell) for cell in loads.rows(table)[0]] == ["1", "é" * 32, str(2**64 - 1)]


def test_a_column_that_another_load_added_meanwhile_is_used(loads):
    table = loads.table("id int")
    added = (TableColumn("name", "VARCHAR(64)"),)

    def meanwhile(plan):
        loads.warehouse.sql(f"alter table {table} add column name varchar(64)")

    loads.load(table, {"a.csv": [(1, "x")]}, added=added, names=("id", "name"), before=meanwhile)
    assert loads.rows(table) == [(1, "x")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("drop table {}", "was dropped while its rows were staged"),
        ("alter table {} drop column name", "column name of .* was changed while"),
        ("alter table {} add column more int", None),
        ("alter table {} alter column name type varchar(2)", "column name of .* was changed"),
    ],
)
def test_a_table_that_is_altered_before_the_load_is_noticed(loads, change, said):
    table = loads.table(WITH_ID)

    def meanwhile(_plan):
        loads.warehouse.sql(change.format(table))

    if said is None:
        assert loads.load(table, A, before=meanwhile).rows_loaded == 3
        return
    with pytest.raises(EssError, match=said):
        loads.load(table, A, before=meanwhile)
    assert loads.ledger(table) == []
    assert loads.staged() == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("drop table {}", "was dropped while its rows were staged"),
        ("alter table {} drop column name", "column name of .* was changed while"),
    ],
)
def test_a_table_that_is_altered_after_the_copy_is_noticed(loads, monkeypatch, change, said):
    table = loads.table(WITH_ID)
    real = loading.check_keys

    def meanwhile(*words):
        real(*words)
        loads.warehouse.sql(change.format(table))

    monkeypatch.setattr(loading, "check_keys", meanwhile)
    with pytest.raises(EssError, match=said) as caught:
        loads.load(table, A)
    assert "nothing was loaded" in caught.value.hint
    assert loads.ledger(table) == []


def test_what_breaks_a_constraint_of_the_table_changes_nothing(loads):
    table = loads.table("id int not null")
    with pytest.raises(RedshiftError, match="null value"):
        loads.load(table, {"a.csv": [(1,)], "b.csv": [(None,)]})
    assert (loads.rows(table), loads.ledger(table)) == ([], [])


# A table made anew


def test_replace_table_has_these_files_only_and_a_ledger_of_them(loads):
    table = loads.table("id int not null, name varchar(5) default 'd', _file_id bigint, primary key (id)")
    loads.load(table, A)
    done = loads.load(
        table,
        {"a.csv": [(7, "x", 1)]},
        replace_table=True,
        added=(TableColumn("more", "INTEGER"),),
        names=("id", "name", "more"),
    )
    assert (done.rows_loaded, done.files_loaded, done.files_skipped) == (1, 1, 0)
    assert loads.rows(table, "id, name, more") == [(7, "x", 1)]
    assert loads.ledger(table) == [("s3://raw/a.csv", "e1", 1)]
    assert loads.rows(table, "_file_id") == loads.ledger(table, "file_id")
    assert any("primary key is not carried over: id" in note for note in done.notes)
    loads.warehouse.sql(f"insert into {table} (id) values (8)")
    assert loads.rows(table, "name", "id") == [("x",), ("d",)]
    left = "select count(*) from svv_tables where table_name like 'ess!_%!_%' escape '!'"
    assert loads.warehouse.sql(left + " and table_name <> 'ess_load_ledger' and table_schema = 'public'") == [
        (0,)
    ]


def test_replace_table_that_fails_leaves_the_old_one(loads):
    table = loads.table(WITH_ID)
    loads.load(table, A)
    loads.warehouse.sql(f"create view {table.table}_v as select id from {table}")
    with pytest.raises(RedshiftError, match="other objects depend on it"):
        loads.load(table, {"n.csv": [(9, "n")]}, replace_table=True)
    loads.warehouse.sql(f"drop view {table.table}_v")
    assert [row[0] for row in loads.rows(table)] == [1, 2, 3]
    assert len(loads.ledger(table)) == 2


def test_replace_table_is_refused_where_rows_are_numbered_by_the_table(loads):
    table = loads.table("id int")

    def numbered(plan):
        object.__setattr__(plan.target, "columns", (TargetColumn("id", "integer", is_identity=True),))

    with pytest.raises(UsageError, match="id is an identity column"):
        loads.load(table, {"a.csv": [(1,)]}, replace_table=True, before=numbered)


# What COPY refuses


BAD = {"a.csv": [(1, "x")], "bad.csv": [(2, "y")], "c.csv": [(3, "z")], "worse.csv": [(4, "w")]}
BROKEN_CSV = {"bad.csv": b"1,x\nzz,y\n", "worse.csv": b"1,toolong\n"}
BROKEN_PARQUET = {"bad.csv": b"no Parquet", "worse.csv": b"neither"}


def _gzipped(contents):
    import gzip

    return {name: gzip.compress(content) for name, content in contents.items()}


@pytest.mark.parametrize(
    ("stage", "broken", "said"),
    [
        (Stage.CSV, _gzipped(BROKEN_CSV), "s3://raw/bad.csv: row 2 of what was staged of it, column id: "),
        (Stage.PARQUET, BROKEN_PARQUET, "s3://raw/bad.csv: Spectrum Scan Error: File .* is not a valid"),
    ],
)
def test_what_copy_refuses_is_told_by_its_source_and_changes_nothing(loads, stage, broken, said):
    table = loads.table("id int, name varchar(5)")
    with pytest.raises(CopyError, match=f"COPY refuses {said}") as caught:
        loads.load(table, BAD, stage=stage, broken=broken)
    assert "--isolate" in caught.value.hint
    assert (loads.rows(table), loads.ledger(table), loads.staged()) == ([], [], [])


@pytest.mark.parametrize(
    ("stage", "broken"), [(Stage.CSV, _gzipped(BROKEN_CSV)), (Stage.PARQUET, BROKEN_PARQUET)]
)
def test_isolate_leaves_out_the_files_that_copy_refuses(loads, stage, broken):
    table = loads.table("id int, name varchar(5)")
    done = loads.load(table, BAD, stage=stage, broken=broken, isolate=True)
    assert (done.rows_loaded, done.files_loaded, sorted(done.quarantined)) == (2, 2, [1, 3])
    assert all(done.quarantined.values())
    assert [row[0] for row in loads.rows(table)] == [1, 3]
    assert [uri for (uri,) in loads.ledger(table, "uri")] == ["s3://raw/a.csv", "s3://raw/c.csv"]
    assert loads.load(table, BAD, stage=stage).files_loaded == 2


def test_rows_that_are_not_all_copied_are_not_loaded(loads):
    table = loads.table("id int")
    with pytest.raises(EssError, match="2 rows were staged and COPY took 1"):
        loads.load(table, {"a.csv": [(1,), (2,)]}, stage=Stage.CSV, broken=_gzipped({"a.csv": b"1\n"}))
    assert loads.ledger(table) == []
