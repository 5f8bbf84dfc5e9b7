"""Loads whose files are cleaned and staged by workers."""

import json

import pytest

from tests.ess_plugins.workers.days import STAYS


@pytest.fixture
def loaded(warehouse):
    """The warehouse, whose table of the days is dropped at the end."""
    yield warehouse
    warehouse.sql("drop table if exists from_workers")


def test_what_workers_stage_is_loaded_as_what_this_machine_does(loaded, days):
    assert days.here("redshift", "gentable", "from_workers", "days").returncode == 0
    rejects, rows, before = [], [], loaded.staged
    for where in (["--master"], []):
        done = days.here(
            *("redshift", "stream", "days", "*", "*", "from_workers", "--replace-table", "--fresh"),
            *("-f", "ndjson", *where),
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr.startswith(STAYS) == bool(where)
        rejects.append([json.loads(line) for line in done.stdout.splitlines()])
        rows.append(loaded.sql("select day, line, count(*) from from_workers group by 1, 2 order by 1, 2"))
    assert rejects[1] == rejects[0]
    assert rows[1] == rows[0]
    assert len(rejects[0]) == 4
    assert loaded.staged == before
