"""Texts are measured in bytes of UTF-8, over all parts, whatever the columns are called."""

import duckdb
import pytest

from ess_core.errors import EssError
from ess_core.nodes.processes import LocalExecutor
from ess_core.tables.columnspec import Column, ColumnSpec, ColumnType, parse
from ess_core.tables.preparing import prepared
from ess_plugins.redshift.measuring import longest_bytes
from tests.ess_core.tables.preparing_setup import ALL, Context, added, write


@pytest.fixture
def part(tmp_path):
    def write(number, select):
        path = tmp_path / f"{number} it's.parquet"
        quoted = str(path).replace("'", "''")
        duckdb.connect().execute(f"copy ({select}) to '{quoted}' (format parquet)")
        return str(path)

    return write


def test_the_longest_of_all_parts_counts_in_bytes(part, tmp_path):
    paths = [
        part(1, "select 1::uinteger as id, unnest(['aaa', 'é', '']) as \"Name\", 'x' as b, '1.1.1.1' as ip"),
        part(2, "select 2::uinteger as id, unnest(['éé', '😀😀']) as \"Name\", null::varchar as b, '' as ip"),
    ]
    assert longest_bytes(paths, parse("I:id S:Name S:b X:c IP:ip"), tmp_path) == {"Name": 8, "b": 1}
    assert longest_bytes(paths[:1], parse("I:id S:Name S:b X:c IP:ip"), tmp_path) == {"Name": 3, "b": 1}


def test_what_has_no_rows_or_no_texts_has_no_length(part, tmp_path):
    empty = part(1, "select 'a' as s where false")
    assert longest_bytes([empty], parse("S:s"), tmp_path) == {"s": 0}
    assert longest_bytes([], parse("S:s"), tmp_path) == {"s": 0}
    assert longest_bytes([part(2, "select 1 as i")], parse("I:i"), tmp_path) == {}


def test_a_name_is_only_a_name(part, tmp_path):
    name = 'x"); drop table t; --'
    path = part(1, f"select 'abc' as \"{name.replace(chr(34), chr(34) * 2)}\"")
    assert longest_bytes([path], ColumnSpec((Column(ColumnType.TEXT, name),)), tmp_path) == {name: 3}


def test_a_part_that_is_gone_is_said_in_one_line(tmp_path):
    with pytest.raises(EssError, match="texts cannot be measured: ") as caught:
        longest_bytes([str(tmp_path / "gone.parquet")], parse("S:s"), tmp_path)
    assert "\n" not in caught.value.message


def test_cleaned_files_of_a_category_are_measured_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "home"))
    write(tmp_path / "data", "a.csv", "id,name\n1,abc\n2,éé\nbad,of a row that is rejected\n".encode())
    category = added(tmp_path / "data")
    with LocalExecutor(1) as executor, prepared(category, ALL, executor, Context()) as found:
        assert longest_bytes(found.paths, category.recipe.columns, found.work.spill) == {"name": 4}
