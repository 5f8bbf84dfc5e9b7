"""Files cleaned whole: packed ones, cut off ones, large ones; and that nothing is lost on the way."""

import bz2
import csv
import gzip
import io
import lzma
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ess_core.errors import EssError, UsageError
from ess_core.files import ChangedError
from ess_core.files.damage import CorruptError
from ess_core.files.local import Local
from ess_core.tables import engine
from ess_core.tables.cleaning import loads, member
from ess_core.tables.cleaning.cleaning import clean
from ess_core.tables.columnspec import ColumnSpec, ColumnType, parse
from ess_core.tables.dialect import Dialect, Shape
from ess_core.tables.extraction import Extraction
from ess_core.tables.parts import NO_COLUMN, CleanTask, Part, Recipe
from ess_core.tables.reading import blocks, encoding, quoting
from ess_core.tables.sniffing.given import Given
from tests.ess_core.files.made import PACK, tarred, zipped
from tests.ess_core.tables.cleaning_setup import DB, cleaned, result, task
from tests.ess_core.tables.made import NAMES, row, text

SPEC = "S:ts I:userID I:articleID F:price S:city"
WANTED = [
    (ts, int(user), int(article), float(price), city)
    for ts, user, article, price, city in map(row, range(200))
]
TABLE = text().encode()


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocks.Blocks.__init__, "__defaults__", (1000,))
    monkeypatch.setattr(blocks, "_PIECE_BYTES", 700)
    monkeypatch.setattr(member, "_PORTION_BYTES", 300)


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(TABLE),
        bz2.compress(TABLE),
        lzma.compress(TABLE),
        PACK["tar.zst"](TABLE),
        gzip.compress(TABLE[:3000]) + gzip.compress(TABLE[3000:]),
    ],
    ids=["gz", "bz2", "xz", "zst", "gz of two members"],
)
def test_packed_files_are_known_by_their_bytes(tmp_path, data):
    assert cleaned(tmp_path, data, SPEC).rows == WANTED


@pytest.mark.parametrize(
    "pack", [zipped, tarred, lambda files: gzip.compress(tarred(files))], ids=["zip", "tar", "tgz"]
)
def test_each_wanted_member_of_an_archive_is_a_part(tmp_path, pack):
    files = {"a.csv": TABLE, "b/c.csv": gzip.compress(TABLE), "notes": b"x", "d.csv": text(3).encode()}
    found = cleaned(tmp_path, pack(files), SPEC, members="*.csv")
    assert [(part.member, part.rows_kept) for part in found.parts] == [
        ("a.csv", 200),
        ("b/c.csv", 200),
        ("d.csv", 3),
    ]
    assert found.rows == WANTED * 2 + WANTED[:3]


def test_a_file_that_is_cut_off_gives_its_whole_rows(tmp_path):
    whole = text(5000).encode()
    packed = gzip.compress(whole)
    found = cleaned(tmp_path, packed[: len(packed) // 2], SPEC)
    assert "is cut off" in found.parts[0].damage
    assert 1000 < len(found.rows) < 4000
    assert found.rows[:200] == WANTED
    assert found.rejects == []


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "zst"])
def test_what_follows_compressed_data_is_named_and_costs_no_row(tmp_path, kind):
    packed = PACK[f"tar.{kind}" if kind != "gz" else "tgz"](TABLE.rstrip(b"\n"))
    found = cleaned(tmp_path, packed + b"\0" * 5000, SPEC)
    assert (found.rows, found.parts[0].damage) == (WANTED, "")
    found = cleaned(tmp_path, packed + b"written by mistake", SPEC)
    assert found.rows == WANTED
    assert "goes on after its" in found.parts[0].damage


def test_what_follows_a_compressed_archive_is_named_and_costs_no_member(tmp_path):
    packed = gzip.compress(tarred({"a": TABLE}))
    found = cleaned(tmp_path, packed + b"written by mistake", SPEC)
    assert found.rows == WANTED
    assert "goes on after its gzip data" in found.parts[0].damage
    archive = tarred({"a": TABLE})
    within = archive.index(TABLE) + len(TABLE) - 3  # in the last line
    found = cleaned(tmp_path, gzip.compress(archive[:within]) + b"oops", SPEC)
    assert (found.rows, found.rejects) == (WANTED[:-1], [])


class Replaced(Local):
    """A folder whose file becomes another one once its first bytes are read."""

    def open(self, key, start=0, end=None, etag=""):
        stream = super().open(key, start, end, etag)
        (Path(self.url.removeprefix("file://")) / key).write_bytes(zipped({"a.csv": text(3).encode()}))
        return stream


def test_an_archive_that_is_replaced_after_a_first_look_gives_no_rows(tmp_path):
    (tmp_path / "file").write_bytes(zipped({"a.csv": TABLE}))
    listed = task(tmp_path, "file", SPEC)
    with pytest.raises(ChangedError):
        clean(replace(listed, store=Replaced(listed.store.url)))
    assert list((tmp_path / "parts").iterdir()) == []


FORCED = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": PACK["tar.zst"]} | {
    "zip": lambda table: zipped({"a": table}),
    "tar": lambda table: tarred({"a": table}),
    "tgz": lambda table: gzip.compress(tarred({"a": table})),
}


def test_no_part_is_made_of_which_a_row_is_lost():
    with pytest.raises(AssertionError, match="3 rows read: 1 kept, 1 rejected"):
        Part("", (), "", rows_read=3, rows_kept=1, rows_rejected=1)


def forced(folder, data, word):
    (folder / "first").write_bytes(TABLE)
    (folder / "file").write_bytes(data)
    recipe = task(folder, "first", SPEC).recipe
    store = Local(f"file://{folder}")
    made = CleanTask(
        store, store.stat("file"), recipe, str(folder / "parts"), "x", Extraction(compression=word)
    )
    return result(clean(made))


@pytest.mark.parametrize("kind", FORCED)
def test_a_file_is_what_its_compression_says_it_must_be(tmp_path, kind):
    assert forced(tmp_path, FORCED[kind](TABLE), kind).rows == WANTED
    for data, other in ((TABLE, "not compressed"), (b"", "it is empty"), (bz2.compress(TABLE), "bz2")):
        if kind == "bz2" and other == "bz2":
            continue
        with pytest.raises(EssError, match=r"'file' is (not [a-z0-9]+: .*|no zip)") as caught:
            forced(tmp_path, data, kind)
        assert other in caught.value.message or kind == "zip"


def test_compression_none_takes_the_bytes_as_they_are(tmp_path):
    assert forced(tmp_path, TABLE, "none").rows == WANTED
    found = forced(tmp_path, b"\x1f\x8b\x08,1,1,1,x\n" + TABLE.split(b"\n", 1)[1], "none")
    assert found.rows == [("\x1f\u2039\x08", 1, 1, 1.0, "x"), *WANTED]
    with pytest.raises(UsageError, match="'rar' is no compression that ess knows"):
        forced(tmp_path, TABLE, "rar")


def test_a_corrupt_file_leaves_nothing(tmp_path, small_blocks):
    (tmp_path / "file").write_bytes(TABLE)
    recipe = task(tmp_path, "file", SPEC).recipe
    packed = bytearray(gzip.compress(os.urandom(300_000).hex().encode() + b"\n" + TABLE))
    packed[-6] ^= 255  # of the checksum, which is known when all blocks are done
    (tmp_path / "file").write_bytes(packed)
    store = Local(f"file://{tmp_path}")
    with pytest.raises(CorruptError):
        clean(CleanTask(store, store.stat("file"), recipe, str(tmp_path / "parts"), "part"))
    assert os.listdir(tmp_path / "parts") == []


def test_a_compressed_archive_whose_checksum_is_wrong_leaves_nothing(tmp_path):
    packed = bytearray(gzip.compress(tarred({"file": TABLE})))
    packed[-6] ^= 255
    with pytest.raises(CorruptError):
        forced(tmp_path, packed, "auto")
    assert os.listdir(tmp_path / "parts") == []


def test_blocks_change_nothing(tmp_path, small_blocks):
    table = text(200).split("\n")
    table[9] = '1,1,1,1,"a\n' + "b, c\n" * 400 + '"'
    table[20] = '1,1,1,1,"never closed'
    table[150] = "1,x,1,1,y"
    found = cleaned(tmp_path, "\n".join(table), SPEC)
    assert len(found.parts[0].paths) > 3
    assert found.rows == [
        ("1", 1, 1, 1.0, "a\n" + "b, c\n" * 400) if at == 8 else values
        for at, values in enumerate(WANTED)
        if at not in (19, 149)
    ]
    assert [reject[0] for reject in found.rejects] == [21 + 401, 151 + 401]


TRACES = ['line {}, of "trace"', "  at frame{}", "", "{}"]


def traces(form, rows=200, at=100):
    """A table whose second column has texts of several lines, of which one is long; and that text."""
    text = "\n".join(form.format(line) for line in range(2000))
    out = io.StringIO()
    written = csv.writer(out, lineterminator="\n")
    written.writerow(["id", "trace", "v"])
    written.writerows([n, text if n == at else form.format(1) + "\nx, y", n] for n in range(rows))
    return out.getvalue(), text


@pytest.mark.parametrize("form", TRACES)
@pytest.mark.parametrize(("rows", "at"), [(200, 100), (6000, 5000)])
def test_a_cell_of_many_lines_is_one_cell(tmp_path, form, rows, at):
    table, text = traces(form, rows, at)
    found = cleaned(tmp_path, table)
    assert [one[0] for one in found.rows] == list(range(rows))
    assert found.rows[at] == (at, text, at)
    assert found.rejects == []


@pytest.mark.parametrize(
    ("end", "inner", "dialect", "fills"),
    [
        ("", "x", {}, False),
        (",", "x", {}, False),
        ("\r", "x", {}, False),
        ("", r"x\,y", {"escape": "\\"}, False),
        (None, "x", {}, True),
    ],
    ids=["plain", "delimiters at the end", "returns", "escapes", "filled"],
)
def test_a_quote_that_is_closed_after_many_rows_costs_its_own(tmp_path, end, inner, dialect, fills):
    def line(number, cell):
        return f"{number},{cell}" if end is None else f"{number},{cell},{number}{end}"

    table = [line(number, inner) for number in range(3000)]
    table[10], table[2500] = line(10, '"x'), line(2500, 'x"')
    (tmp_path / "file").write_bytes("\n".join(table).encode())
    asked = task(tmp_path, "file", "I:a S:b I:c", given=Given(delimiter=","))
    recipe = replace(asked.recipe, dialect=Dialect(**dialect))
    found = result(clean(replace(asked, recipe=recipe, fills=fills)))
    assert [(one[0], one[2]) for one in found.rejects] == [(11, "a quote is not closed")]
    assert [one[0] for one in found.rows] == [number for number in range(3000) if number != 10]


def test_cells_of_a_row_have_each_so_many_lines(tmp_path, small_blocks):
    table = [f"{number},x,y" for number in range(50)]
    cell = '"' + "u,v,w\n" * 600 + '"'
    table[20] = f"20,{cell},{cell}"
    table[-1] = '49,"q" bad,y'
    found = cleaned(tmp_path, "\n".join(table), "I:a S:b S:c", given=Given(delimiter=","))
    assert [one[0] for one in found.rows] == list(range(49))
    assert len(found.rejects) == 1


def test_an_open_quote_is_not_looked_for_without_end(tmp_path, monkeypatch):
    (tmp_path / "file").write_text('1,x\n2,"y\n' + "a longer line\n" * 6000)
    asked = task(tmp_path, "file", "I:a S:b", given=Given(delimiter=","))
    monkeypatch.setattr(quoting, "MOST_CHARACTERS", 20_000)
    lines, enter = [], quoting._Reader._enter
    monkeypatch.setattr(quoting._Reader, "_enter", lambda reader: lines.append(enter(reader)))
    assert result(clean(asked)).rejects[0][2] == "a quote is not closed"
    assert 1000 < len(lines) < 3000


def test_few_lines_of_a_cell_may_be_long(tmp_path, monkeypatch):
    monkeypatch.setattr(quoting, "MOST_CHARACTERS", 1000)
    cell = "\n".join(["x" * 900] * 3)
    table = f'1,x,y\n2,"{cell}",y\n3,"q" bad,y\n'
    found = cleaned(tmp_path, table, "I:a S:b S:c", given=Given(delimiter=","))
    assert found.rows == [(1, "x", "y"), (2, cell, "y")]
    assert len(found.rejects) == 1


def test_a_cell_has_an_end(tmp_path, monkeypatch):
    (tmp_path / "file").write_text(traces("x")[0])
    asked = task(tmp_path, "file")
    monkeypatch.setattr(quoting, "MOST_LINES", 1500)
    assert result(clean(asked)).rejects[0][2] == "a quote is not closed"


def test_only_the_lines_around_a_damaged_one_are_read_slowly(tmp_path, monkeypatch):
    slowly = []
    carefully = loads.carefully

    def noted(path, lines, *recipe, **options):
        slowly.extend(lines)
        return carefully(path, lines, *recipe, **options)

    monkeypatch.setattr(loads, "carefully", noted)
    monkeypatch.setattr(member, "_PORTION_BYTES", 1000)
    table = text(5000).split("\n")
    table[1000] = '1,1,1,1,"a" b'
    table[2000] = '1,1,1,1,"a\n' + "b\n" * 900 + 'c"'
    table[4000] = "1,x,1,1,y"
    found = cleaned(tmp_path, "\n".join(table), SPEC)
    assert [reject[:2] for reject in found.rejects] == [(1001, ""), (4001 + 901, "userID")]
    assert (len(found.rows), found.rows[1998]) == (4998, ("1", 1, 1, 1.0, "a\n" + "b\n" * 900 + "c"))
    assert len(slowly) < 2000


_PEAK_MB = """
import re, sys
from dataclasses import replace
from pathlib import Path
from ess_core.tables.reading import blocks
from ess_core.tables.cleaning.cleaning import clean
from tests.ess_core.tables.cleaning_setup import task
blocks.Blocks.__init__.__defaults__ = (1 << 18,)
made = task(Path(sys.argv[1]), sys.argv[2], "S:ts I:userID I:articleID F:price S:city")
part, = clean(replace(made, memory_mb=100))
peak_kb = re.search(r"VmHWM:\\s*([0-9]+)", Path("/proc/self/status").read_text())[1]
print(part.rows_read, int(peak_kb) >> 10)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no /proc")
@pytest.mark.parametrize("line", [text(2).split("\n")[1], "1,x,1,1,y", '1,1,1,1,"a" b', '"'])
def test_memory_does_not_grow_with_the_file(tmp_path, line):
    peaks = []
    for count in (600_000, 1_200_000):
        with gzip.open(tmp_path / "file", "wt", compresslevel=1) as file:
            file.write(text() + f"{line}\n" * count)
        found = subprocess.run(
            [sys.executable, "-c", _PEAK_MB, str(tmp_path), "file"], capture_output=True, check=True
        )
        rows, peak = map(int, found.stdout.split())
        assert rows == 200 + count
        peaks.append(peak)
    assert peaks[1] - peaks[0] < 60  # MB; DuckDB may take 100


def test_a_line_without_end_is_rejected_and_the_rest_is_kept(tmp_path, small_blocks, monkeypatch):
    monkeypatch.setattr(blocks, "LINE_BYTES", 5000)
    table = text(200).split("\n")
    table[9] = "1,1,1,1," + "x" * 20_000
    found = cleaned(tmp_path, "\n".join(table), SPEC)
    assert found.rows == WANTED[:8] + WANTED[9:]
    assert [reject[:3] for reject in found.rejects] == [(10, "", "a line of more than 32 MB")]


def test_a_file_without_the_header_loses_no_row(tmp_path):
    (tmp_path / "first").write_bytes(TABLE)
    (tmp_path / "second").write_bytes(text(header=False).encode())
    recipe = task(tmp_path, "first", SPEC).recipe
    store = Local(f"file://{tmp_path}")
    found = clean(CleanTask(store, store.stat("second"), recipe, str(tmp_path / "parts"), "second"))
    assert result(found).rows == WANTED


ARCHIVE = tarred({"a": TABLE, "b": TABLE, "c": os.urandom(30_000)})


@pytest.mark.parametrize(
    ("archive", "whole"),
    [
        (ARCHIVE[: ARCHIVE.rindex(TABLE) + 3000], 1),
        (ARCHIVE[:-20_000], 2),
        (gzip.compress(ARCHIVE)[:-20_000], 2),
    ],
    ids=["in a wanted member", "after the wanted ones", "the same, packed"],
)
def test_an_archive_that_is_cut_off_gives_the_rows_before_that(tmp_path, archive, whole):
    (tmp_path / "file").write_bytes(ARCHIVE)
    recipe = task(tmp_path, "file", SPEC, "[ab]").recipe
    (tmp_path / "file").write_bytes(archive)
    store = Local(f"file://{tmp_path}")
    done = clean(
        CleanTask(store, store.stat("file"), recipe, str(tmp_path / "parts"), "part", Extraction("[ab]"))
    )
    found = result(done)
    assert "cut off" in done[-1].damage
    assert found.rejects == []
    assert found.rows == (WANTED * 2)[: len(found.rows)]
    assert len(found.rows) // len(WANTED) == whole


@pytest.mark.parametrize(
    ("damaged", "why"), [("1,2,3,4", "4 columns, not 5"), ('"a" b,2,3,4,5', "text after a closing quote")]
)
def test_a_damaged_first_row_is_rejected_and_not_passed_over(tmp_path, damaged, why):
    found = cleaned(tmp_path, damaged + "\n" + text(header=False), SPEC)
    assert (found.rows, found.rejects) == (WANTED, [(1, "", why, damaged)])


def test_lines_are_passed_over_only_where_they_are_no_rows(tmp_path):
    (tmp_path / "first").write_text("Report\nof 2014\n" + text(header=False), encoding="utf-8")
    (tmp_path / "second").write_text("Report\n" + text(header=False), encoding="utf-8")
    (tmp_path / "third").write_text('1,1,1,1,"a\nb\nc"\n' + text(header=False), encoding="utf-8")
    recipe = task(tmp_path, "first", SPEC).recipe
    assert recipe.dialect.skip == 2
    store = Local(f"file://{tmp_path}")
    for name, more in (("first", []), ("second", []), ("third", [("1", 1, 1, 1.0, "a\nb\nc")])):
        found = clean(CleanTask(store, store.stat(name), recipe, str(tmp_path / "parts"), name))
        assert (result(found).rows, result(found).rejects) == (more + WANTED, [])


def test_rows_before_a_header_are_rows(tmp_path):
    (tmp_path / "first").write_bytes(TABLE)
    (tmp_path / "second").write_text("Report\n" + text(20, header=False) + text(), encoding="utf-8")
    recipe = task(tmp_path, "first", SPEC).recipe
    store = Local(f"file://{tmp_path}")
    found = result(clean(CleanTask(store, store.stat("second"), recipe, str(tmp_path / "parts"), "x")))
    assert found.rows == WANTED[:20] + WANTED
    assert [reject[:3] for reject in found.rejects] == [(22, "", "the header again")]


@pytest.mark.parametrize(
    ("order", "note"),
    [
        ([4, 3, 2, 1, 0], "columns in another order"),
        ([0, 1, 2, 4], "without price"),
        ([5, 0, 1, 2, 3, 4, 6], "with column5, column6"),
        ([1, 0, 5, 4], "without articleID, price; with column5"),
    ],
)
def test_columns_are_known_by_the_header_of_each_file(tmp_path, order, note):
    (tmp_path / "first").write_bytes(TABLE)
    table = [[*cells, "x", "y"] for cells in ([*NAMES], *map(row, range(200)))]
    table[0][5:] = ["column5", "column6"]
    moved = [";".join(cells[at] for at in order) for cells in table]
    moved[100] = moved[0]
    (tmp_path / "second").write_text("\n".join(["# a tool", *moved]), encoding="utf-8")
    recipe = task(tmp_path, "first", SPEC).recipe
    recipe = replace(recipe, dialect=replace(recipe.dialect, delimiter=";"))
    store = Local(f"file://{tmp_path}")
    found = result(clean(CleanTask(store, store.stat("second"), recipe, str(tmp_path / "parts"), "x")))
    missing = {0: "", 1: None, 2: None, 3: None, 4: ""}
    assert found.rows == [
        tuple(value if at in order else missing[at] for at, value in enumerate(values))
        for number, values in enumerate(WANTED)
        if number != 99
    ]
    assert [reject[:3] for reject in found.rejects] == [(102, "", "the header again")]
    assert found.parts[0].note == note


def test_lines_that_are_no_utf_8_are_read_as_windows_1252_and_counted(tmp_path):
    table = TABLE.split(b"\n")
    table[6] = b"1,1,1,1,caf\xe9 \x80"
    table[8] = b"1,1,1,1,\x81\x8d\x8f\x90\x9d"
    found = cleaned(tmp_path, b"\n".join(table), SPEC)
    assert [found.rows[at][4] for at in (3, 5, 7)] == ["Köln", "café €", "\x81\x8d\x8f\x90\x9d"]
    assert (found.rejects, found.parts[0].recoded_lines) == ([], 2)


@given(st.lists(st.sampled_from([b"a", "é".encode(), "€".encode(), "😀".encode(), b"\x80", b"\xe2\x82"])))
def test_utf_8_is_known_also_where_characters_lie_across_pieces(parts):
    data = b"".join(parts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "_PIECE_BYTES", 5)
        fixed, count = encoding.repaired(data)
    assert (count == 0) == (data.decode(errors="replace").encode() == data)
    assert count or fixed == data


def test_files_of_one_category_may_differ_in_encoding(tmp_path):
    recipes = []
    for name, codec in (("first", "utf-8"), ("second", "utf-16"), ("third", "utf-16-le")):
        (tmp_path / name).write_bytes(text().encode(codec))
        recipes.append(task(tmp_path, name, SPEC).recipe)
    store = Local(f"file://{tmp_path}")
    for recipe, name in ((recipes[0], "second"), (recipes[1], "first"), (recipes[1], "third")):
        found = clean(CleanTask(store, store.stat(name), recipe, str(tmp_path / "parts"), "part"))
        assert result(found).rows == WANTED


def test_a_task_can_go_to_another_process_and_be_done_again(tmp_path):
    (tmp_path / "file").write_bytes(TABLE)
    sent = pickle.loads(pickle.dumps(task(tmp_path, "file", SPEC)))
    first, again = clean(sent), clean(sent)
    assert result(pickle.loads(pickle.dumps(first))).rows == result(again).rows == WANTED
    assert {f"{tmp_path}/parts/{name}" for name in os.listdir(tmp_path / "parts")} == set(again[0].files)


def test_a_row_count_does_not_depend_on_what_is_selected(tmp_path):
    part = cleaned(tmp_path, text(100) + "1,TBD,1,1,x\n1,1,1,1,x\n", SPEC).parts[0]
    for what in ("count(*)", "count(ts)", "count(userID)", "count(price)"):
        assert DB.execute(f"select {what} from read_parquet(?)", list(part.paths)).fetchone() == (101,)


def test_a_table_whose_columns_are_all_skipped_has_its_rows_to_count(tmp_path):
    data = text().replace("1001,", "TBD,", 1) + "1,2,3\n"
    found = cleaned(tmp_path, data, "X X:a X X X:b")
    assert found.rows == [(True,)] * 200
    assert [reject[2] for reject in found.rejects] == ["3 columns, not 5"]
    columns = DB.execute(
        "select column_name from (describe from read_parquet(?))", list(found.parts[0].paths)
    )
    assert columns.fetchall() == [(NO_COLUMN,)]


@pytest.mark.parametrize("skipped", range(5))
@pytest.mark.parametrize("damaged", ['1,1,1,1,"a" b', "1,1,1,1", "1,1,1,1,x,y", '"1" 2,1,1,1,x'])
def test_a_column_that_is_skipped_changes_no_count(tmp_path, skipped, damaged):
    spec = " ".join("X" if at == skipped else f"S:c{at}" for at in range(5))
    found = cleaned(tmp_path, text(100) + damaged + "\n", spec)
    assert (found.parts[0].rows_kept, [reject[0] for reject in found.rejects]) == (100, [102])


def test_a_name_may_be_any_that_ess_uses_itself(tmp_path):
    spec = "S:wrong S:c0 I:v1 F:line S:lines"
    part = cleaned(tmp_path, text(100, header=False) + "1,1,x,1,y\n", spec).parts[0]
    assert (part.rows_kept, part.rows_rejected) == (100, 1)
    names = DB.execute("select column_name from (describe from read_parquet(?))", [list(part.paths)])
    assert names.fetchall() == [("wrong",), ("c0",), ("v1",), ("line",), ("lines",)]


def test_a_database_is_kept_for_the_next_file_unless_something_went_wrong(tmp_path):
    folders = [tmp_path / str(number) for number in range(4)]
    with engine.lent(folders[0], 60) as first:
        pass
    with engine.lent(folders[1], 60) as again:
        assert again is first
        assert again.execute("select current_setting('enable_progress_bar')").fetchone() == (False,)
        again.execute(
            "select count(*) from (select hash(i)::VARCHAR as h from range(2000000) t(i) order by h)"
        )
        assert list(folders[1].iterdir())
    with engine.lent(folders[2], 60) as other:
        assert other is not first  # which has spilled, and could not do so elsewhere
    with pytest.raises(duckdb.ConnectionException):
        first.execute("select 1")
    with pytest.raises(KeyError), engine.lent(folders[3], 60) as broken:
        raise KeyError
    with engine.lent(folders[3], 60) as last:
        assert last is not broken


def test_a_recipe_that_cannot_be_is_refused():
    with pytest.raises(UsageError, match="nothing is known of the columns"):
        Recipe(Dialect(), ColumnSpec(()))
    with pytest.raises(UsageError, match="the columnspec has 1 columns, but the text has 7"):
        Recipe(Dialect(Shape.LOG, log="common"), parse("S:a"))


def test_too_little_memory_is_one_line(tmp_path):
    (tmp_path / "file").write_bytes(TABLE)
    with pytest.raises(EssError) as caught:
        clean(replace(task(tmp_path, "file", SPEC), memory_mb=1))
    assert caught.value.message.startswith("'file' cannot be cleaned: Out of Memory")
    assert "\n" not in caught.value.message
    assert os.listdir(tmp_path / "parts") == []


def test_a_quote_left_open_before_the_end_of_a_cut_off_file_loses_no_row(tmp_path):
    table = text(5000).split("\n")
    for at in range(5, 5000, 50):
        table[at] = '1,1,1,1,"open'
    packed = gzip.compress("\n".join(table).encode())
    found = cleaned(tmp_path, packed[: len(packed) // 2], SPEC)
    lines = [reject[0] for reject in found.rejects]
    assert lines == list(range(6, 6 + 50 * len(lines), 50))
    assert 50 * (len(lines) - 1) <= len(found.rows) + len(lines) <= 50 * (len(lines) + 1)


def written(rows, dialect):
    target = io.StringIO()
    has_returns = any("\r" in cell for row in rows for cell in row)  # which csv leaves without quotes
    writer = csv.writer(
        target,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        quoting=csv.QUOTE_ALL if has_returns else csv.QUOTE_MINIMAL,
        lineterminator="\n",
    )
    writer.writerows(rows)
    return target.getvalue()


DIRT = st.sampled_from("ab ,\"\n\r1.-é\\'")
CELLS = st.text(
    st.sampled_from("ab 1,;|\t'\"\n\r\\é\0.-") | st.characters(exclude_categories=["Cs"]), max_size=6
)
TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.tuples(*[CELLS] * width), min_size=1, max_size=6)
)
DIALECTS = st.builds(Dialect, delimiter=st.sampled_from(",;|\t^\x01"), quote=st.sampled_from("\"'")).map(
    lambda made: Dialect(delimiter=made.delimiter, quote=made.quote, escape=made.quote)
)


@settings(max_examples=80)
@given(TABLES, DIALECTS)
def test_any_table_in_any_dialect_comes_back_whole(tmp_path, rows, dialect):
    assume(not rows[0][0].startswith("\ufeff"))  # at the beginning of a file it is the mark of an encoding
    (tmp_path / "file").write_text(written(rows, dialect), encoding="utf-8", newline="")
    store = Local(f"file://{tmp_path}")
    columns = parse(" ".join(f"S:c{at}" for at in range(len(rows[0]))))
    found = clean(
        CleanTask(store, store.stat("file"), Recipe(dialect, columns), str(tmp_path / "parts"), "part")
    )
    assert result(found).rows == rows


@settings(max_examples=80)
@given(st.lists(st.text(DIRT, max_size=12), min_size=1, max_size=8).map("\n".join))
def test_the_quick_way_never_differs_from_the_careful_one(tmp_path, text):
    dialect, path = Dialect(), tmp_path / "block"
    data = text.encode() + b"\n"
    if not (quick := loads.quickly(path, data, dialect, 2)):
        return
    try:
        rows = DB.execute(f"select coalesce(c0, ''), coalesce(c1, '') from {quick.sql}").fetchall()
    except duckdb.Error:
        return
    if len(rows) != quick.rows and not loads.is_folded(DB, quick, 2, len(rows)):
        return
    careful = loads.carefully(path, text.split("\n"), dialect, 2, final=True)
    assert rows == DB.execute(f"select c0, c1 from {careful.sql}").fetchall()
    assert (careful.rows, careful.broken) == (len(rows), ())


@pytest.mark.skipif("ESS_TEST_DATA" not in os.environ, reason="ESS_TEST_DATA names no folder of real files")
def test_the_documented_answer_comes_of_the_real_files(tmp_path):
    folder = Path(os.environ.get("ESS_TEST_DATA", ""))
    store = Local(f"file://{folder.absolute()}")
    columns = parse("S:purchaseDate S:userID I:articleID F:price I:refID")
    paths = []
    for day in range(1, 11):
        found = task(folder, f"purchase_201409{day:02d}.gz")
        assert [column.type for column in found.recipe.columns.columns][3] is ColumnType.FLOAT
        recipe = Recipe(found.recipe.dialect, columns)
        done = clean(CleanTask(store, found.file, recipe, str(tmp_path), f"{day}"))
        assert {reject[1] for reject in result(done).rejects} <= {"refID"}
        paths += done[0].paths
    query = "select count(*), count(distinct userID) from read_parquet(?)"
    assert DB.execute(query, [paths]).fetchone() == (13618, 4929)
