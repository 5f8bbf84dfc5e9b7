"""Parts that have the line of each row: the same rows, and the lines that rejects have too."""

import gzip
import json
import os
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.tables.cache.key import Keys
from ess_core.tables.cleaning.cleaning import clean
from ess_core.tables.columnspec import parse
from ess_core.tables.dialect import Dialect
from ess_core.tables.parts import Recipe
from ess_core.tables.reading.blocks import Blocks
from tests.ess_core.tables.cleaning_setup import DB, result, task

HEADED = Dialect(names=("a", "b"))


def lines_of(folder, name, spec="", dialect=None):
    """The rows with their lines last, after it is seen that they are those without, and so are rejects."""
    asked = task(folder, name, spec)
    asked = replace(asked, recipe=Recipe(dialect or asked.recipe.dialect, parse(spec)))
    with_lines = result(clean(replace(asked, folder=str(folder / "lines"), lines=True)))
    without = result(clean(asked))
    assert [row[:-1] for row in with_lines.rows] == without.rows
    assert with_lines.rejects == without.rejects
    return with_lines


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_each_row_has_its_line(tmp_path, end):
    text = ["a,b", "1,x", "", "no,y", '2,"of', 'two lines"', "3,z", "4,w,more", "5,v"]
    (tmp_path / "file").write_bytes(end.join(text).encode())
    found = lines_of(tmp_path, "file", "I:a S:b", HEADED)
    assert [(row[0], row[-1]) for row in found.rows] == [(1, 2), (2, 5), (3, 7), (5, 9)]
    assert [reject[0] for reject in found.rejects] == [4, 8]


def test_lines_go_on_from_block_to_block(tmp_path, monkeypatch):
    monkeypatch.setattr("ess_core.tables.cleaning.member.Blocks", partial(Blocks, block_bytes=1000))
    monkeypatch.setattr("ess_core.tables.reading.blocks._PIECE_BYTES", 1000)
    text = "a|b\n" + "".join(f"{number}|{'x' * (number % 7)}\n" for number in range(2, 2000))
    (tmp_path / "file.gz").write_bytes(gzip.compress(text.encode()))
    found = lines_of(tmp_path, "file.gz", "I:a S:b")
    assert all(row[0] == row[-1] for row in found.rows)
    assert len(found.rows) == 1998
    assert len(found.parts[0].paths) > 5


def test_json_over_several_lines_has_the_line_where_a_value_begins(tmp_path):
    rows = [{"a": number, "b": "x\ny"} for number in range(5)]
    (tmp_path / "file").write_text(json.dumps(rows, indent=1))
    found = lines_of(tmp_path, "file", "I:a S:b")
    assert [row[-1] for row in found.rows] == [2, 6, 10, 14, 18]


def test_the_line_of_a_row_of_parquet_is_its_number(tmp_path):
    DB.execute(
        f"copy (select i as a, case i when 2 then 'x' else '7' end as b from range(5) r(i))"
        f" to '{tmp_path}/file' (format parquet)"
    )
    found = lines_of(tmp_path, "file", "I:a I:b")
    assert [row[-1] for row in found.rows] == [1, 2, 4, 5]


def test_a_column_that_has_the_name_already_keeps_it(tmp_path):
    (tmp_path / "file").write_text("_LINE,b\n7,x\n8,y\n")
    asked = task(tmp_path, "file", "I:_LINE S:b")
    assert asked.recipe.line == "__line"
    assert lines_of(tmp_path, "file", "I:_LINE S:b").rows == [(7, "x", 2), (8, "y", 3)]


def test_a_file_without_rows_and_one_without_columns_have_the_column_too(tmp_path):
    (tmp_path / "none").write_text("a,b\n")
    assert lines_of(tmp_path, "none", "I:a S:b").rows == []
    (tmp_path / "skipped").write_text("a,b\n1,x\n2,y\n")
    assert lines_of(tmp_path, "skipped", "X:a X:b").rows == [(True, 2), (True, 3)]


def test_only_a_task_with_lines_has_another_key(tmp_path):
    (tmp_path / "file").write_text("a,b\n1,x\n")
    asked = task(tmp_path, "file", "I:a S:b")
    usual, other = Keys(asked), Keys(replace(asked, lines=True))
    assert usual.of(asked.file) == Keys(replace(asked, lines=False)).of(asked.file)
    assert usual.of(asked.file) != other.of(asked.file)


cells = st.text(st.sampled_from('ab1" \n,'), max_size=5)


@given(rows=st.lists(st.tuples(cells, cells), max_size=20))
def test_whatever_cells_there_are_a_line_begins_with_its_row(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("lines")
    quote = '"'
    text = "a,b\n" + "".join(
        ",".join(f'"{cell.replace(quote, quote * 2)}"' for cell in row) + "\n" for row in rows
    )
    (folder / "file").write_text(text)
    found = lines_of(folder, "file", "S:a S:b", HEADED)
    begins, at = [], 2
    for row in rows:
        begins.append(at)
        at += 1 + sum(cell.count("\n") for cell in row)
    header_again = [at for at, row in enumerate(rows) if row == ("a", "b")]
    assert [row[-1] for row in found.rows] == [x for i, x in enumerate(begins) if i not in header_again]
    assert os.listdir(folder / "lines")
