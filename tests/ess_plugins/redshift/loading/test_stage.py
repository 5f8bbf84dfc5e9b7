"""A cleaned file becomes objects for COPY, and every row that does not fit the table is named."""

import csv
import gzip
import io
import json
import os
import pickle
import zipfile
from dataclasses import replace

import duckdb
import pytest

from ess_core.errors import EssError
from ess_core.nodes.shipping import Left, Shippable
from ess_core.tables.cleaning.cleaning import clean
from ess_core.tables.dialect import Dialect, Shape
from ess_plugins.redshift.loading import stage as staging
from ess_plugins.redshift.loading.stage import NULL_MARKER, Stage, stage
from ess_plugins.redshift.loading.target import TargetColumn

ID, NAME = TargetColumn("id", "smallint"), TargetColumn("name", "character varying", longest_bytes=5)
DIRTY = 'id,name\n1,anna\n2,"line\nfeed"\n\n40000,bo\n3,bertha\nx,y\n4,\n'


def test_rows_that_fit_are_staged_and_the_others_named_by_line(bench):
    file = bench.prepared("a.csv", DIRTY, "I:id S:name")
    found = bench.stage(file, NAME, ID)
    assert bench.rows(found) == [(1, "anna", 3), (4, "", 3)]
    source = f"file://{bench.folder}/raw/a.csv"
    assert bench.rejects(found) == [
        (source, "", 3, "name", "'line\\nfeed' is longer than 5 bytes", "line\nfeed"),
        (source, "", 6, "id", "'40000' is out of the range of SMALLINT", "40000"),
        (source, "", 7, "name", "'bertha' is longer than 5 bytes", "bertha"),
    ]
    assert (found.rows_read, found.rows_staged, found.rows_rejected) == (5, 2, 3)
    assert sum(part.rows_rejected for part in file.parts) == 1
    assert [one.url for one in found.objects] == [f"{bench.store.url}/ess-staging/load/000003-0000.parquet"]
    assert os.listdir(bench.folder / "work") == ["misfits-3.parquet"]


def test_staging_twice_leaves_the_same_and_a_task_can_be_sent_elsewhere(bench):
    task = bench.task(bench.prepared("a.csv", DIRTY, "I:id S:name"), ID, NAME)
    first, second = stage(task), stage(pickle.loads(pickle.dumps(task)))
    assert first == second
    assert len(list(bench.store.list())) == 1
    assert isinstance(task, Shippable)
    assert isinstance(first, Left)
    moved = task.within(str(bench.folder / "there"))
    for path in task.inputs:
        os.makedirs(bench.folder / "there", exist_ok=True)
        os.rename(path, bench.folder / "there" / os.path.basename(path))
    third = stage(moved)
    assert third.files == (str(bench.folder / "there" / "misfits-3.parquet"),)
    assert third.within(str(bench.folder / "work")) == first
    assert (task.reads, task.writes) == ((f"file://{bench.folder}/raw",), (bench.store.url,))


def test_the_types_are_those_that_copy_takes_from_parquet(bench):
    kinds = {
        "a": TargetColumn("a", "numeric", precision=20, scale=0),
        "b": TargetColumn("b", "bigint"),
        "c": TargetColumn("c", "timestamp without time zone"),
        "d": TargetColumn("d", "timestamp with time zone"),
        "e": TargetColumn("e", "real"),
    }
    when = "2024-01-05 10:00:00.123456"
    file = bench.prepared("a.csv", f"a,b,c,d,e\n{2**64 - 1},7,{when},{when},1.5\n", "L:a I:b S:c S:d F:e")
    found = bench.stage(file, *kinds.values())
    path = found.objects[0].url.removeprefix("file://")
    schema = (
        duckdb.connect()
        .execute(
            "select name, type, converted_type from parquet_schema(?) where num_children is null", [path]
        )
        .fetchall()
    )
    assert schema == [
        ("a", "FIXED_LEN_BYTE_ARRAY", "DECIMAL"),
        ("b", "INT64", "INT_64"),
        ("c", "INT64", "TIMESTAMP_MICROS"),
        ("d", "INT64", "TIMESTAMP_MICROS"),
        ("e", "FLOAT", None),
        ("ess_file", "INT32", "INT_32"),
    ]


def test_rows_have_no_number_for_a_table_that_does_not_keep_it(bench):
    found = bench.stage(bench.prepared("a.csv", "id\n7\n", "I:id"), ID, numbered=False)
    described = duckdb.connect().execute(
        "describe from read_parquet(?)", [found.objects[0].url.removeprefix("file://")]
    )
    assert [name for name, *_ in described.fetchall()] == ["id"]


def test_csv_tells_null_from_nothing_and_keeps_every_character(bench):
    rows = [["1", 'say "hi"'], ["2", "two\nlines\r\n"], ["3", ""], ["4", "\\N"], ["5", "NULL"], ["", " é,;|"]]
    text = io.StringIO()
    csv.writer(text).writerows([["id", "name"], *rows])
    file = bench.prepared("a.csv", text.getvalue(), "I:id S:name")
    found = bench.stage(file, ID, replace(NAME, longest_bytes=99), options=["NULL AS=NULL"], form=Stage.CSV)
    (one,) = found.objects
    assert one.url.endswith("/000003-0000.csv.gz")
    data = gzip.decompress(
        (bench.folder / "staged/ess-staging/load/000003-0000.csv.gz").read_bytes()
    ).decode()
    read = list(csv.reader(io.StringIO(data, newline="")))
    marked = [[cell or NULL_MARKER for cell in row[:1]] + row[1:] for row in rows]
    marked[4][1] = NULL_MARKER
    assert read == [[*row, "3"] for row in marked]
    assert one.rows == 6
    assert found.shaped == {"NULL AS": 1}


def test_changes_are_counted_in_rows_that_are_staged_only(bench):
    file = bench.prepared("a.csv", "id,name\n1,abcdefg\n40000,abcdefg\n2,abc\n", "I:id S:name")
    found = bench.stage(file, ID, NAME, options=["TRUNCATECOLUMNS", "EMPTYASNULL"])
    assert bench.rows(found) == [(1, "abcde", 3), (2, "abc", 3)]
    assert found.shaped == {"TRUNCATECOLUMNS": 1}


def test_members_of_an_archive_are_named(bench):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.csv", "id,name\n1,a\n2,toolong\n")
        archive.writestr("empty.csv", "id,name\n")
        archive.writestr("two.csv", "id,name\n99999,b\n3,c\n")
    found = bench.stage(bench.prepared("a.zip", packed.getvalue(), "I:id S:name"), ID, NAME)
    assert bench.rows(found) == [(1, "a", 3), (3, "c", 3)]
    assert [reject[1:4] for reject in bench.rejects(found)] == [("one.csv", 3, "name"), ("two.csv", 2, "id")]


def test_json_over_several_lines_is_named_by_line_too(bench):
    rows = [{"id": 1, "name": "a"}, {"id": 70000, "name": "b"}, {"id": 2, "name": "c"}]
    dialect = Dialect(Shape.VALUES, names=("id", "name"))
    file = bench.prepared("a.json", json.dumps(rows, indent=2), "I:id S:name", dialect)
    found = bench.stage(file, ID, NAME)
    assert [reject[2] for reject in bench.rejects(found)] == [6]


def test_a_file_of_which_nothing_fits_and_one_without_rows_have_no_objects(bench):
    found = bench.stage(bench.prepared("a.csv", "id,name\n40000,a\n", "I:id S:name"), ID, NAME)
    assert (found.objects, found.rows_read, found.rows_rejected) == ((), 1, 1)
    found = bench.stage(bench.prepared("b.csv", "id,name\n", "I:id S:name"), ID, NAME)
    assert (found.objects, found.rows_read, found.rejects) == ((), 0, "")


@pytest.mark.parametrize("form", Stage)
def test_a_large_file_is_staged_in_several_objects(bench, form, monkeypatch):
    monkeypatch.setattr(staging, "_GROUP_BYTES", 1)
    data = "id,name\n" + "".join(f"{number},{number % 7}\n" for number in range(1000))
    file = bench.prepared("a.csv", data, "I:id S:name")
    (part,) = file.parts
    twice = replace(part, paths=part.paths * 2, rows_read=2000, rows_kept=2000)
    found = bench.stage(replace(file, parts=(twice,)), ID, NAME, form=form)
    assert [one.rows for one in found.objects] == [1000, 1000]
    names = [one.url.rpartition("/")[2] for one in found.objects]
    assert names == [f"000003-000{at}{form.suffix}" for at in range(2)]


def test_hostile_names_of_columns_and_files_do_no_harm(bench):
    names = ['a"b', "it's; drop table x --", "Ünï\n{code}", "$1 %s", "c0", "wrong", "line", "_line"]
    spec = " ".join(f'S:"{name.replace(chr(34), chr(34) * 2)}"' for name in names)
    text = io.StringIO()
    csv.writer(text).writerows([names, [f"v{at}" for at in range(len(names))], ["toolong"] * len(names)])
    name = "it's \"quoted\"; 'x' [1-2]*.csv"
    file = bench.prepared(name, text.getvalue(), spec)
    columns = [
        TargetColumn(one.translate({ord(c): c.lower() for c in "ABCDEFG"}), NAME.type, longest_bytes=5)
        for one in names
    ]
    for form in Stage:
        found = bench.stage(file, *columns, form=form)
        assert (found.rows_staged, found.rows_rejected) == (1, 1)
        assert bench.rejects(found)[0][:4] == (f"file://{bench.folder}/raw/{name}", "", 4, 'a"b')
    assert bench.rows(bench.stage(file, *columns)) == [(*(f"v{at}" for at in range(len(names))), 3)]


def test_a_file_that_has_changed_is_not_named_by_wrong_lines(bench):
    file = bench.prepared("a.csv", "id,name\n40000,a\n", "I:id S:name")
    (bench.folder / "raw/a.csv").write_text("id,name\n1,a\n40000,a\n")
    with pytest.raises(EssError, match="changed"):
        bench.stage(file, ID, NAME)
    assert os.listdir(bench.folder / "work") == []


def test_a_command_that_writes_something_else_the_second_time_is_found_out(bench):
    file = bench.prepared("a.csv", "id,name\n40000,a\n", "I:id S:name")
    other = replace(
        file, task=replace(file.task, extraction=replace(file.task.extraction, preprocess="head -1"))
    )
    with pytest.raises(EssError, match="other rows when it is cleaned a second time"):
        bench.stage(other, ID, NAME)


def test_a_key_may_be_required_to_be_there(bench):
    file = bench.prepared("a.csv", "id,name\n1,a\n,b\n", "I:id S:name")
    assert bench.stage(file, ID, NAME).rows_rejected == 0
    found = bench.stage(file, ID, NAME, required=("id",))
    assert [(reject[2], reject[4]) for reject in bench.rejects(found)] == [
        (3, "NULL in a column that is of the key")
    ]


def test_rows_that_were_filled_are_counted(bench):
    file = bench.prepared("a.csv", "id,name\n1,a\n2\n", "I:id S:name")
    assert [part.rows_kept for part in file.parts] == [1]
    (part,) = clean(replace(file.task, fills=True))
    found = bench.stage(replace(file, parts=(part,)), ID, NAME, options=["FILLRECORD"])
    assert bench.rows(found) == [(1, "a", 3), (2, "", 3)]
    assert found.shaped == {"FILLRECORD": 1}


def test_nothing_is_staged_elsewhere_for_a_load_that_has_ended(bench):
    file = bench.prepared("a.csv", "1\n", "I:id")
    lease = "ess-staging/load/lease"
    bench.store.put(lease, io.BytesIO(b"\n"))
    columns = (TargetColumn("id", "bigint"),)
    assert bench.stage(file, *columns, lease=lease, away=True).rows_staged == 1
    for one in list(bench.store.list()):
        bench.store.delete(one.key)
    with pytest.raises(EssError) as raised:
        bench.stage(file, *columns, lease=lease, away=True)
    assert raised.value.message == "'a.csv' cannot be staged: the load that it is staged for has ended"
    assert list(bench.store.list()) == []
    assert bench.task(file, *columns, lease=lease).within("elsewhere").away
