"""Parquet files as input: their own columns and types, their rows, and what is wrong with them."""

import gzip
import random
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess_core.errors import EssError, UsageError
from ess_core.files.damage import CorruptError
from ess_core.files.local import Local
from ess_core.tables.cleaning.cleaning import clean
from ess_core.tables.cleaning.columnar import ParquetCleaner
from ess_core.tables.cleaning.rejects import Rejects
from ess_core.tables.columnspec import parse
from ess_core.tables.dialect import Dialect, Shape
from ess_core.tables.engine import connect
from ess_core.tables.parts import CleanTask, Recipe
from ess_core.tables.reading.sources import beginning
from ess_core.tables.sniffing.given import Given
from ess_core.tables.sniffing.sniffing import sniff
from tests.ess_core.files.made import Counting, zipped
from tests.ess_core.tables.cleaning_setup import DB, cleaned, result, task

ROWS = 100


def made(folder, query, options=""):
    """The bytes of a Parquet file."""
    path = Path(folder) / "made.parquet"
    DB.execute(f"copy ({query}) to '{path}' (format parquet{options})")
    return path.read_bytes()


def table(folder, rows=ROWS, options=", row_group_size 2048"):
    columns = "range::INTEGER as id, (range * 1.25)::DOUBLE as price, 'x' || range as name, range % 7 as n"
    return made(folder, f"select {columns} from range({rows})", options)


def rows(count=ROWS):
    return [(n, n * 1.25, f"x{n}", n % 7) for n in range(count)]


def sniffed(folder, data):
    (folder / "file").write_bytes(data)
    store = Local(f"file://{folder}")
    return sniff(beginning(store, store.stat("file"), 1 << 20).text)


@pytest.mark.parametrize(
    ("sql", "kind", "value"),
    [
        ("(-5)::TINYINT", "IS", -5),
        ("5::USMALLINT", "I", 5),
        ("4294967295::UINTEGER", "I", 4294967295),
        ("(-9223372036854775808)::BIGINT", "LS", -(2**63)),
        ("18446744073709551615::UBIGINT", "L", 2**64 - 1),
        ("0.1::FLOAT", "F", 0.1),
        ("1e-300::DOUBLE", "F", 1e-300),
        ("1.25::DECIMAL(15, 2)", "F", 1.25),
        ("1234567890123456.25::DECIMAL(18, 2)", "S", "1234567890123456.25"),
        ("true", "S", "true"),
        ("date '2014-01-31'", "S", "2014-01-31"),
        ("timestamp '2014-01-31 05:30:59.25'", "S", "2014-01-31 05:30:59.25"),
        ("timestamptz '2014-01-31 05:30:00+02'", "S", "2014-01-31 03:30:00+00"),
        ("{'a': 1, 'b': ['x', null]}", "S", '{"a":1,"b":["x",null]}'),
        ("[1, 2]", "S", "[1,2]"),
        ("map {'k': 1.5}", "S", '{"k":1.5}'),
        ("encode('Köln')", "S", "Köln"),
        (r"'\xFF\x00a'::BLOB", "S", r"\xFF\x00a"),
        ("'Köln ' || chr(10) || '\"x\", y'", "S", 'Köln \n"x", y'),
        ("null::INTEGER", "IS", None),
        ("null::DOUBLE", "F", None),
        ("null::VARCHAR", "S", ""),
    ],
)
def test_each_type_of_the_schema_has_one_of_ours_and_keeps_its_value(tmp_path, sql, kind, value):
    data = made(tmp_path, f"select {sql} as x, 1 as y")
    found = sniffed(tmp_path, data)
    assert (found.dialect.shape, str(found.columns)) == (Shape.PARQUET, f"{kind}:x IS:y")
    done = cleaned(tmp_path, data)
    assert (done.rows, done.rejects) == ([(value, 1)], [])
    assert found.rows == (("" if value is None else str(value), "1"),)


def test_rows_of_many_groups_come_in_their_order(tmp_path):
    assert cleaned(tmp_path, table(tmp_path, 20_000)).rows == rows(20_000)


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped({"a/x": data})], ids=["gz", "zip"])
def test_packed_parquet_is_known_by_its_bytes(tmp_path, pack):
    assert cleaned(tmp_path, pack(table(tmp_path))).rows == rows()


def test_wrong_values_are_rejected_with_the_number_of_their_row(tmp_path):
    columns = "case when range in (7, 70) then 'TBD' else range::VARCHAR end as id, (range - 2) as n"
    data = made(tmp_path, f"select {columns}, 'x' as s from range(100)")
    found = cleaned(tmp_path, data, given=Given(columns=parse("I:id I:n S:s")))
    assert found.rows == [(n, n - 2, "x") for n in range(2, 100) if n not in (7, 70)]
    assert found.rejects == [
        (1, "n", "'-2' is out of the range of I", '{"id":"0","n":"-2","s":"x"}'),
        (2, "n", "'-1' is out of the range of I", '{"id":"1","n":"-1","s":"x"}'),
        (8, "id", "'TBD' is not a whole number", '{"id":"TBD","n":"5","s":"x"}'),
        (71, "id", "'TBD' is not a whole number", '{"id":"TBD","n":"68","s":"x"}'),
    ]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_what_is_no_decimal_number_is_rejected(tmp_path, value):
    found = cleaned(tmp_path, made(tmp_path, f"select unnest([1.5, '{value}'::DOUBLE]) as x"))
    assert found.rows == [(1.5,)]
    assert found.rejects == [(2, "x", f"'{value}' is not a number", f'{{"x":"{value}"}}')]


def test_columns_are_known_by_their_names_in_each_file(tmp_path):
    (tmp_path / "first").write_bytes(table(tmp_path))
    recipe = task(tmp_path, "first").recipe
    data = made(
        tmp_path, "select 'x' || range as NAME, true as new, range as id, range % 7 as n from range(100)"
    )
    (tmp_path / "second").write_bytes(data)
    store = Local(f"file://{tmp_path}")
    found = result(clean(CleanTask(store, store.stat("second"), recipe, str(tmp_path / "parts"), "x")))
    assert found.rows == [(n, None, f"x{n}", n % 7) for n in range(100)]
    assert found.parts[0].note == "without price"


def test_given_columns_are_found_by_their_names(tmp_path):
    data = table(tmp_path)
    spec = parse("S:Name LS:n X:price")
    found = cleaned(tmp_path, data, given=Given(columns=spec))
    assert (found.rows, found.parts[0].note) == ([(name, n) for _, _, name, n in rows()], "")
    assert cleaned(tmp_path, data, "X X X X").rows == [(True,)] * ROWS
    for wrong in (Given(delimiter=","), Given(columns=parse("S:a S:b"))):
        with pytest.raises(UsageError):
            cleaned(tmp_path, data, given=wrong)


def test_a_folder_named_as_a_partition_adds_no_column(tmp_path):
    folder = tmp_path / "day=1"
    folder.mkdir()
    assert cleaned(folder, table(tmp_path)).rows == rows()
    (tmp_path / "file").write_bytes(table(tmp_path))
    found = clean(replace(task(tmp_path, "file", "S:id S:price S:name S:n"), folder=str(tmp_path / "id=7")))
    assert [row[0] for row in result(found).rows] == [str(n) for n in range(ROWS)]


def test_a_file_without_rows_has_its_columns(tmp_path):
    found = cleaned(tmp_path, table(tmp_path, 0))
    assert (found.rows, found.rejects, len(found.parts[0].paths)) == ([], [], 1)


def damaged(data):
    """What is certainly wrong: cut off at any place, overwritten at any place that is checked."""
    yield from (data[:at] for at in (4, 100, len(data) // 2, len(data) - 1))
    yield data[:200] + bytes(len(data) - 1000) + data[-800:]
    yield data[:-8] + b"\xff\xff\xff\x7fPAR1"
    yield data[:-100] + random.Random(3).randbytes(92) + data[-8:]
    yield b"id,name\n1,x\n"


def test_a_damaged_file_is_corrupt_and_leaves_nothing(tmp_path):
    data = table(tmp_path, 3000)
    (tmp_path / "file").write_bytes(data)
    good = task(tmp_path, "file")
    store = Local(f"file://{tmp_path}")
    for number, wrong in enumerate(damaged(data)):
        for name, packed in ((f"{number}", wrong), (f"{number}.gz", gzip.compress(wrong))):
            (tmp_path / name).write_bytes(packed)
            made = CleanTask(store, store.stat(name), good.recipe, str(tmp_path / "parts"), name)
            with pytest.raises(CorruptError, match="is corrupt: Parquet: ") as caught:
                clean(made)
            assert "\n" not in caught.value.message
            assert ".parquet" not in caught.value.message
            assert repr(name) in caught.value.message
    assert list((tmp_path / "parts").iterdir()) == []


def test_a_file_cut_off_by_its_compression_is_corrupt(tmp_path):
    data = table(tmp_path, 3000)
    (tmp_path / "file").write_bytes(data)
    good = task(tmp_path, "file")
    (tmp_path / "cut").write_bytes(gzip.compress(data)[:-100])
    store = Local(f"file://{tmp_path}")
    with pytest.raises(CorruptError, match="'cut' is cut off"):
        clean(CleanTask(store, store.stat("cut"), good.recipe, str(tmp_path / "parts"), "x"))
    with pytest.raises(EssError):
        beginning(store, store.stat("cut"), 1 << 20)


def test_a_sample_reads_the_footer_and_the_first_rows_alone(tmp_path):
    query = "select range as id, hash(range) as h, 'x' || hash(range + 1) as s from range(200_000)"
    (tmp_path / "x").write_bytes(made(tmp_path, query, ", row_group_size 20480"))
    store = Counting(f"file://{tmp_path}")
    found = sniff(beginning(store, store.stat("x"), 1 << 10).text)
    assert str(found.columns) == "LS:id L:h S:s"
    assert [row[0] for row in found.rows] == [str(n) for n in range(1000)]
    assert sum(end - start for start, end in store.asked if end) < store.stat("x").size / 5
    assert all(end for _, end in store.asked[1:])
    assert store.etags == {store.stat("x").etag}


def test_duckdb_reads_nothing_but_the_file(tmp_path):
    (tmp_path / "other.csv").write_text("1,2\n", encoding="utf-8")
    work = tmp_path / "work"
    work.mkdir()
    recipe = Recipe(Dialect(Shape.PARQUET, names=("a",)), parse("S:a"))
    with connect(work, 100) as db, Rejects(work / "rejects", "file", "") as rejects:
        ParquetCleaner(recipe, work, "stem", db, rejects, "file")
        for query in (f"from read_csv('{tmp_path}/other.csv')", "from glob('/*')", "install httpfs"):
            with pytest.raises(duckdb.Error):
                db.execute(query).fetchall()


VALUES = st.tuples(
    st.none() | st.integers(-(2**31), 2**31 - 1),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)


@settings(max_examples=20)
@given(st.lists(VALUES, min_size=1, max_size=6))
def test_any_table_comes_back_whole(tmp_path, values):
    DB.execute("create or replace table made (i INTEGER, l BIGINT, f DOUBLE, s VARCHAR)")
    DB.executemany("insert into made values (?, ?, ?, ?)", values)
    found = cleaned(tmp_path, made(tmp_path, "from made"))
    assert found.rejects == []
    assert found.rows == values
    texts = cleaned(tmp_path, made(tmp_path, "from made"), "S:i S:l F:f S:s")
    assert [row[2] for row in texts.rows] == [row[2] for row in values]
    assert [row[0] for row in texts.rows] == ["" if row[0] is None else str(row[0]) for row in values]


def test_a_text_that_begins_with_the_letters_is_a_text(tmp_path):
    found = cleaned(tmp_path, "PAR1,1\n" * 9)
    assert found.rows == [("PAR1", 1)] * 9
