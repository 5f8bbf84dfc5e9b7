"""`redshift gentable`: the table that fits a category, made once, and never in place of another one."""

import pytest

from ess_plugins.redshift import making
from ess_plugins.redshift.loading import ledger

DIRTY = (
    'id,name,price\n1,plain,1.5\n2,"with, comma",2.5\nthree,x,3\n4,' + "ü" * 60 + ",4\n5,too,many,cells\n"
).encode()
SQL = """\
CREATE TABLE "public"."sales" (
    "id" INTEGER NOT NULL,
    "name" VARCHAR(192),
    "price" DOUBLE PRECISION,
    "_file_id" BIGINT,
    PRIMARY KEY ("id")
);
"""


@pytest.fixture
def category(warehouse, here, tmp_path):
    """Make a category of a folder, of these files by their names."""

    def add(*options, name="sales", **files):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for key, data in (files or {"a": DIRTY}).items():
            (folder / f"{key}.csv").write_bytes(data)
        assert here("select", "local", folder).returncode == 0
        options = options or ("--columnspec", "IS:id S:name F:price", "--pkey", "id")
        done = here("category", "add", name, "*.csv", *options)
        assert done.returncode == 0, done.stderr

    return add


@pytest.fixture
def gentable(registered, here, warehouse):
    """Run gentable for a table of its own, which is dropped at the end."""
    tables = set()

    def run(table, *words):
        tables.add(table)
        return here("redshift", "gentable", table, *words)

    yield run
    for table in tables:
        warehouse.sql(f"drop table if exists {table}")


def test_a_dry_run_prints_the_sql_and_connects_to_nothing(category, here):
    category()
    done = here("redshift", "gentable", "sales", "sales", "--dry-run")
    assert (done.returncode, done.stdout) == (0, SQL)
    assert done.stderr == "1 file: 3 rows kept, 2 rejected\n"


def test_the_table_is_made_once_and_then_left_alone(category, gentable, warehouse):
    category()
    done = gentable("sales", "sales", "--sortkey", "name,id", "--key", "price = distkey")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "made table public.sales: 4 columns"
    assert warehouse.sql(
        "select column_name, data_type, character_maximum_length from svv_columns "
        "where table_name = 'sales' order by ordinal_position"
    ) == [
        ("id", "integer", None),
        ("name", "character varying", 192),
        ("price", "double precision", None),
        ("_file_id", "bigint", None),
    ]
    warehouse.sql("insert into sales values (1, 'x', 2, 3)")
    for words in (), ("--sortkey", "name,id"), ("--key", "price = distkey"):
        done = gentable("sales", "sales", *words)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr.splitlines()[-1] == "table public.sales is there, and fits"
    assert warehouse.sql("select count(*) from sales") == [(1,)]


@pytest.mark.parametrize(
    ("there", "words", "difference"),
    [
        (
            "(id int primary key, name varchar(100), price numeric(10,2), _file_id bigint)",
            (),
            '"name" is VARCHAR(100), and the longest text for it has 120 bytes; '
            '"price" is NUMERIC(10,2) and not DOUBLE PRECISION',
        ),
        (
            "(id int primary key, cost float, _file_id bigint)",
            ("--no-file-id",),
            'it has no column "name"; it has no column "price"; it has a column "cost" more; '
            'it has a column "_file_id" more',
        ),
        (
            "(id int, name varchar(999), price float, _file_id bigint)",
            (),
            '"id" may be NULL; its primary key is none and not "id"',
        ),
        (
            "(name varchar(999), id int primary key, price float, _file_id bigint)",
            (),
            "its columns are in another order",
        ),
        (
            "(id int primary key sortkey, name varchar(999) distkey, price float, _file_id bigint)",
            ("--sortkey", "price,id", "--key", "id = distkey"),
            'its distkey is "name" and not "id"; its sortkey is "id" and not "price", "id"',
        ),
    ],
)
def test_another_table_of_that_name_is_refused_with_the_difference(
    category, gentable, warehouse, there, words, difference
):
    category()
    warehouse.sql(f"create table other {there}")
    done = gentable("other", "sales", *words)
    assert done.returncode == 2
    assert done.stderr.splitlines()[1:] == [
        f"ess: the table public.other is there, and is another one: {difference}",
        "hint: give another TABLE, or drop this one; --dry-run shows the table that is wanted",
    ]


def test_only_the_files_of_the_range_are_measured(category, here):
    long = b"id,name\n1," + b"x" * 100 + b"\n"
    files = {"a_2014-01-01": b"id,name\n1,short\n", "a_2014-01-02": long}
    category("--columnspec", "IS:id S:name", **files)
    words = "redshift", "gentable", "t", "sales"
    short = here(*words, "2014-01-01", "2014-01-01", "--dry-run")
    assert "VARCHAR(64)" in short.stdout, short.stderr
    assert "VARCHAR(192)" in here(*words, "--dry-run").stdout
    none = here(*words, "2015-01-01", "--dry-run")
    assert (none.returncode, none.stdout) == (4, "")


def test_a_text_longer_than_any_column_is_warned_of(category, here):
    category("--columnspec", "S:name", a=b"name\n" + b"x" * 70_000 + b"\n")
    done = here("redshift", "gentable", "t", "sales", "--dry-run")
    assert "VARCHAR(65535)" in done.stdout
    assert "ess: warning: column name has texts of up to 70,000 bytes" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("a.b.c", "sales"),
        ("t", "nowhere"),
        ("t", "sales", "--key", "nothing = distkey"),
        ("t", "sales", "--key", "id"),
        ("t", "sales", "2014-13-01"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_cleaned(category, here, words):
    category()
    done = here("redshift", "gentable", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "kept" not in done.stderr


def test_names_with_quotes_and_semicolons_are_names(category, gentable, warehouse):
    category("--columnspec", 'S:"a""; b" S:"sel\'ect"', a=b"1,2\n")
    name = '"we""ird; t"'
    done = gentable(name, "sales", "--key", '"a""; b" = distkey')
    assert done.stderr.splitlines()[-1] == f"made table public.{name}: 3 columns"
    assert gentable(name, "sales", "--key", '"a""; b" = distkey').returncode == 0
    assert warehouse.sql("select column_name from svv_columns where table_name = 'we\"ird; t'") == [
        ('a"; b',),
        ("sel'ect",),
        ("_file_id",),
    ]


@pytest.mark.parametrize("is_seen", [True, False])
def test_who_may_not_use_the_ledger_may_make_a_table(category, gentable, here, warehouse, is_seen):
    category()
    warehouse.sql(ledger._CREATE.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS"))
    warehouse.sql("revoke all on public.ess_load_ledger from public")
    if is_seen:
        warehouse.sql("grant select on public.ess_load_ledger to public")
    assert here("redshift", "register", "essentia-warehouse", "dev").returncode == 0  # as who one is with IAM
    warehouse.sql("drop table if exists of_another")
    done = gentable("of_another", "sales")
    assert done.stderr.splitlines()[-1] == "made table public.of_another: 4 columns"


def test_a_schema_that_is_not_there_is_said_with_how_to_make_it(category, gentable, here):
    category()
    done = gentable("nowhere.sales", "sales")
    assert (done.returncode, done.stdout) == (2, "")
    said = (
        'ess: there is no schema "nowhere"\nhint: `ess redshift sql \'create schema "nowhere"\'` makes it\n'
    )
    assert done.stderr == said, "and nothing is cleaned before that"
    done = here("redshift", "stream", "sales", "*", "*", "nowhere.sales")
    assert (done.returncode, done.stderr) == (2, said)
    done = here("redshift", "sql", "create table nowhere.sales (a int)")
    assert done.returncode == 1
    assert done.stderr.splitlines()[1:] == said.splitlines()[1:]


def test_who_is_a_moment_too_late_finds_the_table_made(category, gentable, warehouse, monkeypatch):
    category()
    read = making.read

    def late(connection, name):
        monkeypatch.setattr(making, "read", read)
        there = read(connection, name)
        warehouse.sql(SQL.replace("sales", "raced"))
        return there

    monkeypatch.setattr(making, "read", lambda *_: None)
    warehouse.sql("create table unseen (a int)")
    done = gentable("unseen", "sales")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, 'ess: relation "unseen" already exists')
    monkeypatch.setattr(making, "read", late)
    done = gentable("raced", "sales")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "table public.raced is there, and fits")
