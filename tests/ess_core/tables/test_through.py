"""Rows that a command writes of each file, in place of the file's own."""

from contextlib import contextmanager

import duckdb
import pytest

from ess_core.errors import UsageError
from ess_core.files.damage import FailedError
from ess_core.nodes.processes import LocalExecutor
from ess_core.tables.columnspec import parse
from ess_core.tables.dialect import Dialect
from ess_core.tables.parts import Recipe
from ess_core.tables.preparing import prepared
from ess_core.tables.through import Through
from tests.ess_core.tables.preparing_setup import ALL, Context, added, table, write

TAB = Dialect(delimiter="\t")


@pytest.fixture
def executor():
    with LocalExecutor(1) as made:
        yield made


@pytest.fixture
def through(tmp_path, executor, monkeypatch):
    """What a command makes of the files of a folder, by the columns that it writes."""
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "home"))

    @contextmanager
    def run(command, columns="S:a", dialect=TAB, category=None, **options):
        command = Through(command, Recipe(dialect, parse(columns)))
        category = category or added(tmp_path / "data")
        with prepared(category, ALL, executor, Context(), through=command, **options) as found:
            yield found

    return run


def rows(found):
    read = duckdb.connect().execute
    return [row for path in found.paths for row in read("from read_parquet(?)", [path]).fetchall()]


def test_what_the_command_writes_is_cleaned_as_a_file_is(tmp_path, through):
    write(tmp_path / "data", "a.gz", table(1, 3))
    command = r"""tail -n +2 | tr ',' '\t'; printf 'x\ty\n'; printf '1\n'"""
    with through(command, "IS:n S:name") as found:
        assert rows(found) == [(1, "n1"), (2, "n2"), (3, "n3")]
        assert (found.rows_read, found.rows_kept, found.rows_rejected) == (5, 3, 2)


def test_the_command_comes_after_preprocess_and_is_told_of_the_categorys_columns(tmp_path, through):
    write(tmp_path / "data", "a", table(1, 3))
    category = added(tmp_path / "data", preprocess="sed 's/^/p/; s/$/#/' # a comment")
    told = """read first; echo "$first|$ESS_FILE|$ESS_COLS|%cols"; cat > /dev/null"""
    with through(told, "S:first S:file S:columns S:put", Dialect(delimiter="|"), category) as found:
        assert rows(found) == [("pid,name#", "a", "I:id S:name", "I:id S:name")]


def test_a_category_of_which_nothing_is_known_can_go_through_a_command(tmp_path, through):
    write(tmp_path / "data", "a", b"whatever\n")
    category = added(tmp_path / "data", dialect=None, columns=None)
    with through('echo "<$ESS_COLS>"', category=category) as found:
        assert rows(found) == [("<>",)]


def test_each_command_has_parts_of_its_own_in_the_cache(tmp_path, through):
    write(tmp_path / "data", "a", table(1, 3))
    for command, columns, cached in [
        ("wc -l", "S:a", 0),
        ("wc -l", "S:a", 1),
        ("wc -c", "S:a", 0),
        ("wc -l", "IS:a", 0),
    ]:
        with through(command, columns) as found:
            assert found.cached == cached


@pytest.mark.parametrize("preprocess", ["", "cat"])
def test_a_command_that_fails_names_file_code_and_what_it_said(tmp_path, through, preprocess):
    write(tmp_path / "data", "a", table(1, 3))
    category = added(tmp_path / "data", preprocess=preprocess)
    command = "cat; seq 20 >&2; echo so >&2; exit 7"
    with pytest.raises(FailedError) as caught, through(command, category=category):
        pass
    assert caught.value.message == "'a': the command ended with code 7: so"
    assert caught.value.hint == "--skip-bad-files goes on without such files"
    assert caught.value.stderr.splitlines()[-3:] == ["19", "20", "so"]
    with through(command, category=category, skip_bad_files=True) as found:
        assert found.problems == [caught.value.message]


def test_a_preprocess_that_fails_is_told_from_the_command(tmp_path, through):
    write(tmp_path / "data", "a", table(1, 3))
    category = added(tmp_path / "data", preprocess="cat; exit 5")
    with pytest.raises(FailedError) as caught, through("cat", category=category):
        pass
    assert caught.value.message == "'a' fails in preprocess: the command ended with code 5"


def test_a_command_of_blanks_is_refused():
    with pytest.raises(UsageError):
        Through(" ", Recipe(TAB, parse("S:a")))
