"""Loads that go well: what is in the table and in the ledger, and what is left in the staging folder."""

import pytest

from ess_plugins.redshift.loading.stage import Stage

A = {"a.csv": [(1, "x"), (2, None)], "b.csv": [(3, "")]}


@pytest.mark.parametrize("stage", list(Stage))
def test_rows_and_their_files_arrive_once_and_nothing_stays_staged(loads, stage):
    table = loads.table("id int, name varchar(5), _file_id bigint")
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
