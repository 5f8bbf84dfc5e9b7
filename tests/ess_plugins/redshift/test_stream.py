"""`redshift stream`: from raw files to rows of a table, each exactly once, and no bad row lost silently."""

import gzip
import io
import json
import subprocess

import duckdb
import pytest

from tests.ess_core.files.made import zipped
from tests.fixtures.sandbox import ESS

DIRTY = 'id,name,price\n1,plain,1.5\n2,"with, comma",2.5\nthree,x,3\n4,"über",4\n5,too,many,cells\n'
SPEC = ("--columnspec", "IS:id S:name F:price")
COLUMNS = "id int, name varchar(64), price float, _file_id bigint"


def test_dirty_files_become_a_table_and_every_row_is_accounted_for(world):
    world.category(*SPEC, a=DIRTY, b="id,name,price\n6,six,6\n")
    world.gentable("tour")
    done = world.load("tour")
    assert done.code == 0, done.stderr
    heads, *rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in done.stdout.splitlines()[1:-1]
    ]
    assert heads == ["file", "line", "column", "value", "reason"]
    assert rows[1:] == [
        [f"file://{world.folder}/a.raw", "4", "id", "three", "not a whole number"],
        [f"file://{world.folder}/a.raw", "6", "", "5,too,many,cells", "4 columns, not 3"],
    ]
    assert done.said[-1] == "loaded 2 files into public.tour: 6 rows read = 4 loaded + 2 rejected"
    assert world.rows("select id, name, price from tour order by id") == [
        (1, "plain", 1.5),
        (2, "with, comma", 2.5),
        (4, "über", 4),
        (6, "six", 6),
    ]
    assert world.rows("select count(distinct _file_id), count(_file_id) from tour") == [(2, 4)]
    assert world.staged == []


def test_the_same_command_again_loads_only_what_is_new(world):
    world.category(*SPEC, a=DIRTY)
    world.table("again", COLUMNS)
    assert world.load("again").code == 0
    done = world.load("again")
    assert (done.code, done.stdout, done.said) == (0, "", ["1 file of raw was loaded before"])
    world.write(b="6,six,6\n")
    done = world.load("again")
    assert (done.code, done.said[0]) == (0, "1 file of raw was loaded before")
    assert done.said[-1] == "loaded 1 file into public.again: 1 row read = 1 loaded + 0 rejected"
    assert world.rows("select count(*) from again") == [(4,)]


def test_a_table_that_gentable_makes_again_is_loaded_again(world):
    world.category(*SPEC, a=DIRTY)
    world.gentable("reborn")
    assert world.load("reborn").code == 0
    world.rows("drop table reborn")
    world.gentable("reborn")
    assert world.load("reborn").code == 0
    assert world.rows("select count(*) from reborn") == [(3,)]


def test_some_files_are_copied_while_others_are_cleaned(world):
    files = {f"a{number:02}": f"id,name,price\n{number},x,1\n" for number in range(16)}
    world.category(*SPEC, "--preprocess", "sleep 0.2; cat", **files)
    world.table("ahead", COLUMNS)
    done = world.load("ahead", "--threads", "2")
    assert (done.code, done.said[-1]) == (
        0,
        "loaded 16 files into public.ahead: 16 rows read = 16 loaded + 0 rejected",
    )
    assert world.rows("select count(distinct id), count(distinct _file_id) from ahead") == [(16, 16)]
    ((load_id,),) = world.rows("select distinct load_id from ess_load_ledger where target like '%ahead%'")
    ((copies,),) = world.rows(f"select count(*) from stl_query where querytxt like 'COPY %{load_id}%'")
    assert copies > 1
    assert world.staged == []


@pytest.mark.parametrize("table", ["emptied", "remade"])
def test_a_table_that_lost_its_rows_is_told_of(world, table):
    world.category(*SPEC, a=DIRTY, b="id,name,price\n8,eight,8\n")
    world.table(table, COLUMNS)
    assert world.load(table).code == 0
    if table == "emptied":
        world.rows("delete from emptied")
    else:
        world.rows("drop table remade")
        world.table(table, COLUMNS)
    done = world.load(table)
    assert (done.code, done.said) == (
        0,
        [
            f"ess: warning: public.{table} is empty, and by the ledger 2 files with 4 rows were loaded into "
            "it, which are not loaded again: --replace-table forgets them",
            "2 files of raw were loaded before",
        ],
    )
    world.write(c="id,name,price\n9,nine,9\n")
    assert f"warning: public.{table} is empty" in world.load(table).stderr
    assert "warning" not in world.load(table).stderr
    assert world.load(table, "--replace-table").code == 0
    assert world.rows(f"select count(*) from {table}") == [(5,)]


def test_what_a_user_has_no_rights_on_is_told_from_what_is_not_there(world):
    world.category(*SPEC, a=DIRTY)
    world.table("guarded", COLUMNS)
    world.table("open_to_all", COLUMNS)
    world.rows("grant all on open_to_all to public")
    assert world.load("guarded").code == 0  # and so there is a ledger
    world.rows("revoke all on public.ess_load_ledger from public")
    world.ok("redshift", "register", "essentia-warehouse", "dev")  # as who one is with IAM
    try:
        done = world.load("guarded")
        assert done.code == 1
        assert done.lines[0] == "ess: the user has no rights on public.guarded"
        assert "GRANT SELECT, INSERT ON public.guarded TO" in done.lines[1]
        refused = "ess: the ledger public.ess_load_ledger cannot be used: it is there, and not to be seen"
        assert world.load("open_to_all").lines[0] == refused
        done = world.here("redshift", "history")
        assert (done.returncode, done.stderr.splitlines()[0]) == (1, refused)
    finally:
        world.ok("redshift", "deregister", "essentia-warehouse")
    assert "there is no table public.no_such" in world.load("no_such").stderr


def parquet():
    out = io.BytesIO()
    table = "select * from (values (1::INTEGER, 'one'), (2, 'two')) as t(id, name)"
    name = "/tmp/ess-test.parquet"
    duckdb.connect().execute(f"copy ({table}) to '{name}' (format parquet)")
    with open(name, "rb") as file:
        out.write(file.read())
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"id\tname\n1\tone\n2\ttwo\n"),
        zipped({"a.csv": b"id,name\n1,one\n", "b.csv": b"id,name\n2,two\n"}),
        b'{"id": 1, "name": "one"}\n{"id": 2, "name": "two"}\n',
        parquet,
    ],
    ids=["gz", "zip", "json", "parquet"],
)
def test_whatever_can_be_read_can_be_loaded(world, content):
    world.category(a=content() if callable(content) else content)
    world.gentable("formats")
    done = world.load("formats")
    assert done.code == 0, done.stderr
    assert world.rows("select id, name from formats order by id") == [(1, "one"), (2, "two")]


def test_the_log_of_a_server_can_be_loaded(world):
    line = '10.0.0.1 - bob [31/Jan/2014:10:00:00 +0000] "GET /{} HTTP/1.1" 200 12 "-" "agent"'
    world.category(a="\n".join([*(line.format(page) for page in range(20)), "what is this", ""]))
    world.gentable("hits")
    done = world.load("hits")
    assert done.said[-1] == "loaded 1 file into public.hits: 21 rows read = 20 loaded + 1 rejected"
    assert world.rows("select count(*), sum(status) from hits") == [(20, 4000)]


def test_what_a_command_writes_is_loaded_in_place_of_the_file(world):
    world.category(*SPEC, a=DIRTY)
    world.table("cut", "name varchar(64), seen date, id bigint, _file_id bigint")
    command = "sed -n '2s/1,plain,.*/x,2014-01-31,7/p'; echo y,yesterday,8; echo z,2014-02-01"
    done = world.stream("raw", "*", "*", command, "cut", "-f", "ndjson")
    assert done.code == 0, done.stderr
    assert world.rows("select name, seen::varchar, id from cut") == [("x", "2014-01-31", 7)]
    assert [(row["line"], row["column"], row["value"]) for row in done.rejects] == [
        (3, "", "z,2014-02-01"),
        (2, "seen", "yesterday"),
    ]
    assert done.said[-1] == (
        "loaded 1 file into public.cut: 3 rows written by the command = 1 loaded + 2 rejected"
    )


def test_a_command_is_told_of_its_file_and_may_use_another_delimiter(world):
    world.category(*SPEC, a=DIRTY)
    world.table("told", "file varchar(64), columns varchar(64)")
    command = r'cat > /dev/null; printf "$ESS_FILE\t%cols\n"'
    done = world.stream("raw", "*", "*", "told", "--command", command, "--delimiter", r"\t")
    assert done.code == 0, done.stderr
    assert world.rows("select * from told") == [("a.raw", "IS:id S:name F:price")]


def test_another_command_makes_another_load_of_the_file(world):
    world.category(*SPEC, a=DIRTY)
    world.table("other", "line varchar(64)")
    first = ("raw", "*", "*", "sed -n 2p | cut -d, -f2", "other")
    assert world.stream(*first).code == 0
    assert world.stream(*first).said == ["1 file of raw was loaded before"]
    done = world.stream("raw", "*", "*", "sed -n 3p | cut -d, -f1", "other")
    assert (done.code, done.stdout) == (1, "")
    assert "was loaded before by other columns, options or command" in done.stderr
    assert world.stream("raw", "*", "*", "sed -n 3p | cut -d, -f1", "other", "--append").code == 0
    assert world.rows("select * from other order by 1") == [("2",), ("plain",)]


def test_a_command_that_fails_is_named_with_its_code_and_what_it_said(world):
    world.category(*SPEC, a=DIRTY, b=DIRTY)
    world.table("failing", "line varchar(64)")
    command = 'echo 1; if [ "$ESS_FILE" = b.raw ]; then echo first >&2; echo last >&2; exit 7; fi'
    done = world.stream("raw", "*", "*", command, "failing")
    assert (done.code, done.stdout) == (1, "")
    assert done.lines == [
        "  first",
        "ess: 'b.raw': the command ended with code 7: last",
        "hint: --skip-bad-files goes on without such files",
    ]
    assert world.rows("select count(*) from failing") == [(0,)]
    done = world.stream("raw", "*", "*", command, "failing", "--skip-bad-files")
    assert done.code == 3
    assert done.lines[0] == "ess: warning: 'b.raw': the command ended with code 7: last"
    assert done.lines[-1] == "ess: 1 file could not be loaded whole"
    assert world.rows("select count(*) from failing") == [(1,)]
    again = world.stream("raw", "*", "*", command, "failing")
    assert (again.code, again.lines[1]) == (1, "ess: 'b.raw': the command ended with code 7: last")
    fixed = world.stream("raw", "*", "*", "echo 1", "failing", "--append")
    assert (fixed.code, world.rows("select count(*) from failing")) == (0, [(3,)])


def test_a_file_that_is_cut_off_gives_its_whole_rows_and_is_named(world):
    packed = gzip.compress("".join(f"{n},name {n * 7919},1\n" for n in range(20000)).encode())
    world.category(*SPEC, a=packed[: len(packed) // 2], b="1,one,1\n")
    world.table("truncated", COLUMNS)
    done = world.load("truncated")
    assert done.code == 3, done.stderr
    assert done.lines[0].startswith("ess: warning: 'a.raw' is cut off")
    assert done.lines[-1] == "ess: 1 file could not be loaded whole"
    ((rows,),) = world.rows("select count(*) from truncated")
    assert 1000 < rows < 20000
    assert f"{rows:,} rows read = {rows:,} loaded + 0 rejected" in done.stderr


def test_a_table_is_not_made_anew_of_files_that_cannot_be_used(world):
    world.category(*SPEC, a="id,name,price\n1,x,1\n")
    world.table("precious", COLUMNS)
    assert world.load("precious").code == 0
    options = ("precious", "--replace-table", "--skip-bad-files")
    done = world.stream("raw", "*", "*", "exit 1", *options)
    assert done.code == 1
    assert done.lines[-1] == "ess: none of the files can be used, and nothing is loaded"
    assert world.rows("select id from precious") == [(1,)]


def test_a_column_that_the_table_has_not_stops_it_or_is_added(world):
    world.category("--columnspec", "IS:id S:name F:price S:note", a="id,name,price,note\n1,x,2,hello\n")
    world.table("drift", COLUMNS)
    done = world.load("drift")
    assert (done.code, done.stdout) == (2, "")
    assert "no column 'note' (VARCHAR(64))" in done.stderr
    assert "--add-columns" in done.stderr
    done = world.load("drift", "--add-columns")
    assert done.code == 0, done.stderr
    assert world.rows("select id, note from drift") == [(1, "hello")]


def test_a_file_that_changed_is_replaced_or_appended_as_one_says(world):
    world.category(*SPEC, a="id,name,price\n1,x,1\n2,y,2\n", b="id,name,price\n9,z,9\n")
    world.table("changing", COLUMNS)
    assert world.load("changing").code == 0
    world.write(a="id,name,price\n1,x,1\n3,new,3\n")
    done = world.load("changing")
    assert done.code == 1
    assert "a.raw was loaded before with another content" in done.stderr
    assert world.rows("select id from changing order by 1") == [(1,), (2,), (9,)]
    done = world.load("changing", "--replace")
    assert done.code == 0, done.stderr
    assert "2 rows of the table were replaced" in done.lines
    assert world.rows("select id from changing order by 1") == [(1,), (3,), (9,)]
    world.write(a="id,name,price\n4,x,1\n")
    assert world.load("changing", "--append").code == 0
    assert world.rows("select id from changing order by 1") == [(1,), (3,), (4,), (9,)]


def test_rows_of_the_same_key_are_replaced(world):
    world.category(*SPEC, a="id,name,price\n1,old,1\n2,kept,2\n")
    world.table("keyed", COLUMNS)
    assert world.load("keyed", "--upsert-key", "ID").code == 0
    world.write(b="id,name,price\n1,new,1\n,none,1\n")
    done = world.load("keyed", "--upsert-key", "id", "-f", "ndjson")
    assert done.code == 0, done.stderr
    assert [(row["line"], row["column"]) for row in done.rejects] == [(3, "id")]
    assert world.rows("select id, name from keyed order by id") == [(1, "new"), (2, "kept")]
    world.write(c="id,name,price\n7,one,1\n7,two,1\n")
    done = world.load("keyed", "--upsert-key", "id")
    assert (done.code, done.stdout) == (1, "")
    assert done.lines[0] == (
        f"ess: 1 key (id) is in several of the rows to be loaded: '7' in file://{world.folder}/c.raw:2, "
        f"file://{world.folder}/c.raw:3"
    )
    assert world.rows("select count(*) from keyed") == [(2,)]
    done = world.load("keyed", "--upsert-key", "nothing")
    assert done.code == 2
    assert "--upsert-key nothing: it is none of the columns that are loaded" in done.stderr


def test_a_table_can_be_made_anew(world):
    world.category(*SPEC, a="id,name,price\n1,x,1\n")
    world.table("anew", COLUMNS)
    assert world.load("anew").code == 0
    world.rows("insert into anew values (100, 'by hand', 1)")
    done = world.load("anew", "--replace-table")
    assert done.code == 0, done.stderr
    assert world.rows("select id from anew") == [(1,)]


def test_more_rejects_than_may_be_change_nothing(world):
    world.category(*SPEC, a=DIRTY)
    world.table("strict", COLUMNS)
    done = world.load("strict", "--max-rejects", "1", "-f", "ndjson")
    assert (done.code, world.rows("select count(*) from strict"), world.staged) == (1, [(0,)], [])
    assert [reject["value"] for reject in done.rejects] == ["three", "5,too,many,cells"]
    assert done.said[-2:] == [
        "cleaned 1 file for public.strict, loaded none: 5 rows read = 3 good + 2 rejected",
        "ess: 2 rows are rejected, and 1 may be: nothing is loaded",
    ]
    assert world.load("strict", "--max-rejects", "2").code == 0


def test_the_rejects_of_a_command_are_shown_where_they_are_too_many(world):
    world.category(*SPEC, a=DIRTY, b=DIRTY)
    world.table("written", "id int")
    options = ("--max-rejects", "0", "--threads", "1", "-f", "ndjson")
    done = world.stream("raw", "*", "*", "cut -d, -f1", "written", *options)
    assert (done.code, world.rows("select count(*) from written"), world.staged) == (1, [(0,)], [])
    values = [row["value"] for row in done.rejects]
    assert values in (["id", "three"], ["id", "three"] * 2)  # of one file, or the other was on its way
    assert done.lines[-1].endswith(" rows are rejected, and 0 may be: nothing is loaded")


def test_rows_that_only_the_table_refuses_count_as_well(world):
    world.category(*SPEC, a=DIRTY)
    world.table("narrow", "id int, name varchar(4), price float")
    done = world.load("narrow", "--max-rejects", "4", "-f", "ndjson")
    assert (done.code, world.rows("select count(*) from narrow"), world.staged) == (1, [(0,)], [])
    assert done.lines[-1] == "ess: 5 rows are rejected, and 4 may be: nothing is loaded"
    assert [(row["line"], row["column"], row["value"]) for row in done.rejects] == [
        (4, "id", "three"),
        (6, "", "5,too,many,cells"),
        (2, "name", "plain"),
        (3, "name", "with, comma"),
        (5, "name", "über"),
    ]
    done = world.load("narrow", "--options", "TRUNCATECOLUMNS")
    assert done.code == 0, done.stderr
    assert "TRUNCATECOLUMNS changed 3 values" in done.lines
    assert world.rows("select name from narrow order by id") == [("plai",), ("with",), ("übe",)]


def test_a_value_with_anything_in_it_is_shown_as_rejected(world):
    odd = ["nul\0here", "it's", 'say "x"', "back\\slash", "tab\there"]
    world.category(
        "--columnspec", "IS:id S:name", a="".join(json.dumps({"id": 1, "name": one}) + "\n" for one in odd)
    )
    world.table("dated", "id int, name date")
    done = world.load("dated", "-f", "ndjson")
    assert done.code == 0, done.stderr
    assert [(row["value"], row["reason"]) for row in done.rejects] == [
        (one, "not a date as YYYY-MM-DD") for one in odd
    ]


def test_files_of_which_no_row_fits_are_told_of(world):
    world.category(*SPEC, a="1,x,1\n2,y,2\n", b="3,4,5\n", c="")
    world.table("unfit", "id int, name int, price float")
    done = world.load("unfit")
    assert done.code == 0
    assert done.said[-1] == "loaded 3 files into public.unfit: 3 rows read = 1 loaded + 2 rejected"
    assert (
        "ess: warning: no row of 1 file fits, and it counts as loaded: --append, with other options, or "
        "--replace-table load again"
    ) in done.lines
    world.table("fit", COLUMNS)
    assert "no row" not in world.load("fit").stderr


def test_what_is_loaded_is_said_though_the_rows_cannot_be_shown(world):
    world.category(*SPEC, a=DIRTY)
    world.table("unseen", COLUMNS)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [ESS, "redshift", "stream", "raw", "*", "*", "unseen"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 1
    assert "loaded 1 file into public.unseen: 5 rows read = 3 loaded + 2 rejected" in done.stderr
    assert done.stderr.endswith("ess: the output cannot be written: No space left on device\n")


def test_files_that_cannot_be_used_do_not_make_what_was_loaded_a_failure(world):
    world.category(*SPEC, a=DIRTY, b=gzip.compress(b"9,z,9\n")[:10] + b"\xff" * 20)
    world.table("nightly", COLUMNS)
    for loaded in (3, 3):
        done = world.load("nightly", "--skip-bad-files")
        assert (done.code, done.lines[-1]) == (3, "ess: 1 file could not be loaded whole")
        assert world.rows("select count(*) from nightly") == [(loaded,)]


def test_a_trial_stages_and_loads_nothing(world):
    world.category(*SPEC, a=DIRTY)
    world.table("trial", "id int, name varchar(4), price float")
    world.warehouse.sandbox.reset()
    done = world.load("trial", "--dry-run")
    assert done.code == 0, done.stderr
    assert done.said[-1] == "checked 1 file for public.trial, loaded none: 5 rows read = 0 good + 5 rejected"
    assert "s3:PutObject" not in world.warehouse.sandbox.counts()
    assert world.rows("select count(*) from trial") == [(0,)]


def test_only_so_many_bad_rows_are_shown(world):
    world.category(*SPEC, a="id,name,price\n" + "x,y,z\n" * 5)
    world.table("limited", COLUMNS)
    few = world.load("limited", "--dry-run", "--limit", "2", "-f", "ndjson")
    assert len(few.stdout.splitlines()) == 2
    assert few.lines[0] == "these are the first 2 of 5 rejected rows: --limit 0 shows all"
    assert len(world.load("limited", "--dry-run", "--limit", "0", "-f", "ndjson").stdout.splitlines()) == 5


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            ("--copy-option", "compupdate=off"),
            "COPY's COMPUPDATE needs CSV: CSV is staged in place of Parquet",
        ),
        (("--stage", "csv"), "staged 1 object of CSV, "),
    ],
)
def test_csv_is_staged_where_it_is_needed_or_asked_for(world, options, line):
    world.category(*SPEC, a=DIRTY)
    world.table("staged", COLUMNS)
    done = world.load("staged", *options)
    assert done.code == 0, done.stderr
    assert any(one.startswith(line) for one in done.lines)
    assert world.rows("select count(*), count(price) from staged") == [(3, 3)]


def test_parquet_is_not_staged_against_an_option_that_needs_csv(world):
    world.category(*SPEC, a=DIRTY)
    world.table("refused", COLUMNS)
    done = world.load("refused", "--stage", "parquet", "--copy-option", "compupdate=off")
    assert (done.code, done.stdout) == (2, "")
    assert done.lines[0] == "ess: COPY's COMPUPDATE needs CSV, and --stage parquet is given"


def test_a_missing_table_category_or_file_is_said(world):
    world.category(*SPEC, a=DIRTY)
    done = world.load("missing")
    assert (done.code, done.lines) == (
        2,
        [
            "ess: there is no table public.missing",
            "hint: `ess redshift gentable public.missing raw` makes one",
        ],
    )
    world.table("there", COLUMNS)
    done = world.stream("raw", "2014-01-01", "2014-01-02", "there")
    assert (done.code, done.lines[0]) == (4, "ess: category raw has no such file")
    assert world.stream("nothing", "*", "*", "there").code == 2
    assert world.stream("raw", "*", "*", "cat", "there", "--command", "cat").code == 2
    assert world.stream("raw", "*", "*", "there", "--delimiter", ";").code == 2


def test_staging_and_a_role_are_asked_for_before_anything_is_cleaned(world, conf):
    world.category(*SPEC, a=DIRTY)
    known = {"cluster": "essentia-warehouse", "database": "dev", "user": "admin"}
    conf(**known, iam_role="default")
    done = world.load("anything")
    assert (done.code, done.lines[0]) == (
        2,
        "ess: there is no place for the files that COPY of cluster essentia-warehouse is to read",
    )
    conf(**known, staging="s3://essentia-samples/staging")
    done = world.load("anything")
    assert (done.code, "--copy-keys" in done.stderr) == (2, True)
    world.table("by_keys", COLUMNS)
    assert world.load("by_keys", "--copy-keys").code == 0


def test_hostile_names_are_names(world):
    files = {'q"; drop table x; -- é $(id)': "1,x'); --\n2,\\\n"}
    world.category("--columnspec", 'IS:"i""d;" S:"sel\'ect é"', **files)
    table = '"we""ird; -- t"'
    world.gentable(table)
    done = world.load(table)
    assert done.code == 0, done.stderr
    assert done.said[-1] == f"loaded 1 file into public.{table}: 2 rows read = 2 loaded + 0 rejected"
    assert world.rows(f'select "i""d;", "sel\'ect é" from {table} order by 1') == [(1, "x'); --"), (2, "\\")]
    assert world.load(table).said == ["1 file of raw was loaded before"]
