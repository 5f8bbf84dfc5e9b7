"""Rows with too few cells are rejected, or filled where that is asked for; others are not touched by it."""

from dataclasses import replace

from ess_core.tables.cleaning.cleaning import clean
from ess_core.tables.columnspec import parse
from ess_core.tables.dialect import Dialect
from ess_core.tables.parts import Recipe
from tests.ess_core.tables.cleaning_setup import result, task

TEXT = 'a,b,c\n1,x,7\n2,"y\nz"\n3\nno\n4,w,8,more\n5,v,\n\n6,"u\n7,t\n'


def filled(folder, **options):
    (folder / "file").write_text(TEXT)
    recipe = Recipe(Dialect(names=("a", "b", "c")), parse("I:a S:b I:c"))
    return result(clean(replace(task(folder, "file", "S:a"), recipe=recipe, **options)))


def test_short_rows_are_filled_and_counted(tmp_path):
    found = filled(tmp_path, fills=True)
    assert found.rows == [(1, "x", 7), (2, "y\nz", None), (3, "", None), (5, "v", None), (7, "t", None)]
    assert [row[0] for row in found.rejects] == [6, 7, 10]
    assert [part.filled_rows for part in found.parts] == [4]


def test_they_have_their_lines_too(tmp_path):
    assert [row[-1] for row in filled(tmp_path, fills=True, lines=True).rows] == [2, 3, 5, 8, 11]


def test_without_it_they_are_rejected(tmp_path):
    found = filled(tmp_path)
    assert found.rows == [(1, "x", 7), (5, "v", None)]
    assert (3, "", "2 columns, not 3", '2,"y') in found.rejects
    assert found.parts[0].filled_rows == 0
