"""`redshift history`: loads and files, as the ledger has them."""

import json

import pytest


@pytest.fixture(autouse=True)
def _registered(loads, registered):
    """The sandbox's cluster; ``loads`` comes first, as ``here`` has the last word on variables."""


@pytest.fixture
def table(loads):
    """A table with two loads of two files and one."""
    made = loads.table("id int")
    loads.load(made, {"a.csv": [(1,), (2,)], "b.csv": [(3,)]})
    loads.load(made, {"c.csv": []}, etag="e9")
    return made


def _asked(here, *words):
    done = here("redshift", "history", *words, "-f", "ndjson")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_loads_are_shown_the_newest_first(here, table):
    newest, oldest = _asked(here, "--table", table.table)
    assert (newest["files"], newest["rows_loaded"], oldest["files"], oldest["rows_loaded"]) == (1, 0, 2, 3)
    assert newest["table"] == f"public.{table.table}"
    assert newest["loaded_at"] >= oldest["loaded_at"]
    assert list(oldest) == ["load_id", "table", "loaded_at", "files", "rows_loaded", "rows_rejected"]


def test_files_are_shown_of_one_load_or_all(here, table):
    newest, oldest = _asked(here, "--table", table.table)
    files = _asked(here, oldest["load_id"][:12])
    assert [(one["uri"], one["etag"], one["rows_loaded"]) for one in files] == [
        ("s3://raw/a.csv", "e1", 2),
        ("s3://raw/b.csv", "e1", 1),
    ]
    every = _asked(here, "--table", table.table, "--files")
    assert [one["uri"][-5:] for one in every] == ["c.csv", "a.csv", "b.csv"]
    assert every[0]["load_id"] == newest["load_id"]


def test_a_limit_says_that_there_is_more(here, table):
    done = here("redshift", "history", "--table", table.table, "--limit", "1", "-f", "value")
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == "these are the newest 1: --limit 0 shows all\n"


def test_nothing_loaded_is_said(here, table):
    done = here("redshift", "history", "--table", 'web."no; such"', "-f", "value")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == 'nothing was loaded into web."no; such"\n'


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["f" * 32], 4, f"ess: there is no load {'f' * 32} in the ledger\n"),
        (["x'; drop"], 2, 'ess: "x\'; drop" is no id of a load, nor the beginning of one\n'),
        (["--table", "a.b.c"], 2, "ess: 'a.b.c' has 3 parts\n"),
        (["--limit", "-1"], 2, "ess: "),
    ],
)
def test_what_is_not_there_or_cannot_be(here, loads, words, code, said):
    with loads.connect() as connection:
        from ess_plugins.redshift.loading import ledger

        ledger.ensure(connection)
    done = here("redshift", "history", *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(said)
