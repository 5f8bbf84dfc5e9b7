"""What users' SQL must not do: read what it was not given, write, reach out, change how it is run."""

import os

import duckdb
import pytest

from ess_core.errors import EssError, UsageError
from ess_core.tables.asking.confinement import confined


@pytest.mark.parametrize(
    "sql",
    [
        "",
        " -- nothing",
        ";",
        "select 1; select 2",
        "select 1; copy (select 1) to 'x'",
        "copy web to 'x'",
        "copy (select 1) to '/dev/stdout'",
        "copy (pivot web on \"my city\" using count(*)) to 'x'",
        "create table x as from web",
        'create table x as pivot web on "my city" using count(*)',
        "create secret x (type s3)",
        "create macro f() as 1",
        "insert into x values (1) returning *",
        "update x set a = 1 returning *",
        "delete from x",
        "merge into x using x as y on true when matched then delete",
        "drop view web",
        "alter table x add y int",
        "attach 'x.db'",
        "detach memory",
        "use memory",
        "set threads = 1",
        "reset threads",
        "pragma version",
        "pragma enable_logging",
        "call enable_logging()",
        "install httpfs",
        "load httpfs",
        "explain select 1",
        "explain analyze select 1",
        "prepare x as select 1",
        "execute x",
        "export database 'x'",
        "import database 'x'",
        "checkpoint",
        "vacuum",
        "begin",
        "commit",
        "select ?",
        "select $1",
        "select $name",
    ],
)
def test_all_but_one_query_is_refused(ask, sql, monkeypatch, tmp_path):
    monkeypatch.chdir(ask.spill)
    with pytest.raises(UsageError) as raised:
        ask(sql)
    assert "\n" not in raised.value.message
    assert os.listdir(ask.spill) == []


READS = [
    "read_csv('{}')",
    "read_csv_auto('{}')",
    "read_json('{}')",
    "read_ndjson_objects('{}')",
    "read_text('{}')",
    "read_blob('{}')",
    "read_parquet('{}')",
    "read_parquet(['{}'])",
    "parquet_scan('{}')",
    "parquet_metadata('{}')",
    "parquet_schema('{}')",
    "parquet_file_metadata('{}')",
    "parquet_kv_metadata('{}')",
    "sniff_csv('{}')",
    "glob('{}')",
    "read_duckdb('{}')",
    "query('from ''{}''')",
    "query_table('{}')",
    "'{}'",
    '"{}"',
]


@pytest.mark.parametrize("read", READS)
def test_no_function_reads_another_file(ask, read):
    for other in (ask.secret, "/etc/passwd"):
        refused(ask, f"select * from web, {read.format(other)}")


@pytest.mark.parametrize("read", ["read_text('{}')", "read_parquet('{}')", "glob('{}')", "'{}'"])
def test_no_way_of_writing_it_leads_to_another_file(ask, read, tmp_path):
    link = tmp_path / "link.parquet"
    link.symlink_to(ask.secret)
    folder = os.path.dirname(ask.parts[0])
    for other in (
        "/proc/self/environ",
        str(link),
        f"{folder}/*",
        f"{folder}/../userID=7/secret.parquet",
        f"{ask.parts[0]}/../secret.parquet",
        f"file://{ask.secret}",
        f"{ask.spill}/../link.parquet",
        "http://127.0.0.1:9/x.parquet",
        "s3://bucket/x.parquet",
        "~/.bashrc",
    ):
        refused(ask, f"select * from web, {read.format(other)}")


def refused(ask, sql):
    with pytest.raises(EssError) as raised:
        ask(sql)
    assert "\n" not in raised.value.message


def test_only_the_parts_and_what_it_spills_itself_are_open_to_a_query(ask):
    assert ask(f"select count(*) from web, '{ask.parts[0]}'")[1] == [(200,)]
    assert ask(f"select * from glob('{ask.spill}/*')")[1] == []


@pytest.mark.parametrize(
    "sql",
    [
        "select getenv('HOME')",
        "select * from enable_logging()",
        "select * from enable_profiling()",
        "select * from add_grammar_extension('x')",
        "select * from create_external_resource('x')",
        "select * from arrow_scan(1, 2, 3)",
        "select * from pandas_scan(1)",
        "select * from python_map_function((select 1))",
        "select * from seq_scan()",
        "select * from query('select 1; select 2')",
        "select * from query('copy (select 1) to ''x''')",
        "select * from query('set threads = 1')",
        "select * from query('pragma version')",
        "select * from df",
        "select * from ask",
        "with x as (insert into y values (1) returning *) from x",
        "with x as (insert into web values (1) returning *) from x",
        "with x as (delete from web returning *) from x",
        "select nextval('x')",
    ],
)
def test_functions_that_reach_out_are_refused(ask, sql):
    df = [1]  # DuckDB would look for such names in Python
    assert df
    with pytest.raises(EssError) as raised:
        ask(sql)
    assert "\n" not in raised.value.message


def test_settings_are_locked_and_no_extension_is_loaded(ask):
    (found,) = ask(
        "select map(list(name), list(value)) from duckdb_settings() where name in "
        "('enable_external_access', 'lock_configuration', 'autoinstall_known_extensions', "
        "'autoload_known_extensions', 'allow_community_extensions', 'python_enable_replacements')"
    )[1]
    assert {name for name, value in found[0].items() if value == "true"} == {"lock_configuration"}
    assert len(found[0]) == 6
    assert ask("select count(*) from duckdb_secrets()")[1] == [(0,)]


def test_nothing_is_written_where_the_query_runs(ask, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("HOME", str(tmp_path / "here"))
    ask("select write_log('x'), count(*) from web, duckdb_logs")
    ask("select i from range(5000000) t(i) order by hash(i) limit 1 offset 4000000", memory_mb=60)
    assert os.listdir(tmp_path / "here") == []
    assert os.listdir(ask.spill) == []


def test_duckdb_itself_would_read_all_of_these(ask):
    """So that the tests above would fail without the confinement."""
    for read in ("read_text", "read_blob", "read_parquet", "parquet_metadata", "parquet_schema", "glob"):
        assert duckdb.connect().execute(f"select count(*) from {read}('{ask.secret}')").fetchone()
    assert duckdb.connect().execute(f"select count(*) from '{ask.secret}'").fetchone()


@pytest.mark.parametrize(
    "sql",
    [
        "create table x (a int)",
        "create view x as select 1",
        "copy (select 1) to '{}/x.csv'",
        "export database '{}/x'",
        "attach '{}/x.db'",
        "set threads = 1",
        "set allowed_paths = ['/etc/passwd']",
        "set temp_directory = '{}'",
        "install httpfs",
        "load httpfs",
        "load '{}/x.duckdb_extension'",
        "create persistent secret x (type http)",
    ],
)
def test_a_statement_that_slipped_through_could_do_nothing(tmp_path, sql):
    (tmp_path / "spill").mkdir()
    with confined([], [], tmp_path / "spill", 100, 1) as db, pytest.raises(duckdb.Error):
        db.execute(sql.format(tmp_path))
    assert os.listdir(tmp_path) == ["spill"]
    assert os.listdir(tmp_path / "spill") == []
