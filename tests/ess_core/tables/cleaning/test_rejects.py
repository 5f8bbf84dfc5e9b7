"""Rejected rows come in the order of their lines, however many there are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess_core.tables.cleaning.rejects import Rejects
from ess_core.tables.engine import connect
from ess_core.tables.parts import RAW_CHARACTERS
from tests.ess_core.tables.cleaning_setup import DB, cleaned


def exported(folder, rows, memory_mb=512):
    """The lines and raw texts of rejects, as they come out of Parquet."""
    folder.mkdir(exist_ok=True)
    with connect(folder, memory_mb) as db, Rejects(folder / "rejects.csv", "source", "") as rejects:
        for line, raw in rows:
            rejects.add(line, "", "why", raw)
        path = rejects.export(db, folder / "rejects.parquet")
    return DB.execute("select line, raw from read_parquet(?)", [path]).fetchall() if path else []


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.integers(1, 50), st.text(st.characters(codec="utf-8"), max_size=5)), max_size=20)
)
def test_they_come_in_the_order_of_their_lines(tmp_path_factory, rows):
    found = exported(tmp_path_factory.mktemp("rejects"), rows)
    assert sorted(found) == sorted(rows)
    assert [line for line, _ in found] == sorted(line for line, _ in rows)


def test_broken_rows_and_wrong_cells_are_in_one_order(tmp_path):
    lines = [f"{number},a" for number in range(20)]
    for at in (3, 9):
        lines[at] = "x,a"
    for at in (5, 12):
        lines[at] = "1,a,b"
    found = cleaned(tmp_path, "\n".join(["id,name", *lines, ""]), "I:id S:name")
    assert [line for line, *_ in found.rejects] == [5, 7, 11, 14]


@pytest.mark.slow
def test_more_of_them_than_fit_in_memory_are_no_matter(tmp_path):
    raw = "".join(map(str, range(10_000)))
    rows = [(line, f"{line}{raw}") for line in [*range(1, 4000, 2), *range(2, 4000, 2)]]
    found = exported(tmp_path, rows, memory_mb=256)
    assert [line for (line, _) in found] == list(range(1, 4000))


def test_the_longest_that_are_kept_come_back_whole(tmp_path):
    rows = [(line, character * RAW_CHARACTERS) for line, character in enumerate('😀"\n', 1)]
    assert exported(tmp_path, [(line, raw + "more") for line, raw in rows]) == rows
