"""Keys that are twice in a load are found before it, and said by line."""

from dataclasses import replace

import pytest

from ess_plugins.redshift.loading.doubled import Doubled, Duplicates, Place, duplicates
from ess_plugins.redshift.loading.target import TargetColumn

ID, NAME = TargetColumn("id", "integer"), TargetColumn("name", "character varying", longest_bytes=5)


@pytest.fixture
def found(bench):
    """The duplicates in files of these texts, with columns id and name."""

    def find(keys, *texts, spec="S:id S:name", **options):
        tasks = []
        for number, text in enumerate(texts):
            file = bench.prepared(f"{number}.csv", f"id,name\n{text}", spec)
            tasks.append(bench.task(file, ID, NAME, number=number, **options))
        return duplicates(tasks, keys, bench.folder / "work")

    return find


def test_keys_are_compared_as_the_table_has_them_over_all_files(bench, found):
    raw = f"file://{bench.folder}/raw"
    assert found(["id"], "1,a\n2,b\n", "01,c\n3,d\n+1,e\n") == Duplicates(
        1, 3, (Doubled(("1",), 3, (Place(f"{raw}/0.csv", "", 2), Place(f"{raw}/1.csv", "", 2))),)
    )


def test_rows_that_are_not_loaded_and_keys_with_null_do_not_count(found):
    assert found(["id"], "1,a\n1,toolong\n,b\n,c\nx,d\nx,e\n") == Duplicates(0, 0)


def test_a_key_may_have_several_columns_with_any_text(bench, found):
    told = found(["name", "id"], '1,"a\n"\n1,b\n1,"a\n"\n2,"a\n"\n', "1,b\n")
    assert [(one.key, one.rows) for one in told.examples] == [(("a\n", "1"), 2), (("b", "1"), 2)]
    assert [[place.line for place in one.places] for one in told.examples] == [[2, 5], [4, 2]]


def test_keys_are_what_options_of_copy_make_of_them(found):
    assert found(["name"], "1,abcdefg\n2,abcdexyz\n").keys == 0
    assert found(["name"], "1,abcdefg\n2,abcdexyz\n", options=["TRUNCATECOLUMNS"]).keys == 1


def test_a_few_of_many_are_shown(found):
    rows = "".join(f"{number % 100},x\n" for number in range(300))
    told = found(["id"], rows)
    assert (told.keys, told.rows, len(told.examples)) == (100, 300, 5)
    assert told.examples[0].places == tuple(
        replace(told.examples[0].places[0], line=line) for line in (2, 102)
    )


def test_no_files_and_files_without_rows_have_none(found):
    assert found(["id"]) == Duplicates(0, 0)
    assert found(["id"], "") == Duplicates(0, 0)
