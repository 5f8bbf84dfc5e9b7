"""What makes a file another load: all that decides its rows, and nothing else."""

from dataclasses import replace

import pytest

from ess_core.errors import UsageError
from ess_core.tables import parts
from ess_core.tables.categories import Category
from ess_core.tables.columnspec import parse
from ess_core.tables.dialect import Dialect
from ess_plugins.redshift.copying.options import Shaping, copy_options
from ess_plugins.redshift.loading.emitted import through
from ess_plugins.redshift.loading.recipe import recipe
from ess_plugins.redshift.loading.target import Target, TargetColumn
from ess_plugins.redshift.sql.quoting import TableName

PLAIN = Category(
    "logs", "file:///x", "x", ("**",), dialect=Dialect(names=("id", "name")), columns=parse("I:id S:name")
)
NAME = TableName("public", "t")
TABLE = Target(NAME, (TargetColumn("id", "bigint"), TargetColumn("name", "character varying", 64)))
NONE = Shaping()


def known(category=PLAIN, command=None, shaping=NONE):
    return recipe(category, command, shaping)


@pytest.mark.parametrize(
    "change",
    [
        {"columns": parse("L:id S:name")},
        {"columns": parse("I:id X:name")},
        {"dialect": Dialect(names=("id", "name"), delimiter=";")},
        {"members": "*.csv"},
        {"compression": "gz"},
        {"preprocess": "cat"},
    ],
)
def test_another_format_or_other_columns_are_another_recipe(change):
    assert known(replace(PLAIN, **change)) != known()


@pytest.mark.parametrize(
    "change",
    [{"name": "other"}, {"comment": "so"}, {"patterns": ("*",)}, {"pkey": "id"}, {"dateregex": "none"}],
)
def test_what_decides_no_rows_is_no_part_of_it(change):
    assert known(replace(PLAIN, **change)) == known()


def test_a_newer_cleaner_does_not_load_all_files_again(monkeypatch):
    before = known()
    monkeypatch.setattr(parts, "CLEANER_VERSION", parts.CLEANER_VERSION + 1)
    assert known() == before


def test_options_that_change_values_are_a_part_and_others_are_not():
    options = copy_options(["TRUNCATECOLUMNS", "STATUPDATE=OFF"])
    assert known(shaping=options.shaping) != known()
    assert known(shaping=copy_options(["STATUPDATE=OFF"]).shaping) == known()


def test_a_command_is_a_part_with_its_delimiter_and_what_it_is_told():
    command = through("cat", ",", TABLE)
    others = [
        known(),
        known(command=through("tac", ",", TABLE)),
        known(command=through("cat", ";", TABLE)),
        known(replace(PLAIN, columns=parse("L:id S:name")), command),
        known(replace(PLAIN, dateregex="none"), command),
    ]
    assert len({known(command=command), *others}) == len(others) + 1


def test_the_columns_of_the_table_are_no_part_of_a_command():
    wider = replace(TABLE, columns=(*TABLE.columns, TargetColumn("more", "date")))
    assert known(command=through("cat", ",", wider)) == known(command=through("cat", ",", TABLE))


def test_it_fits_into_the_ledger():
    assert len(known()) == 64


def test_a_command_writes_the_columns_that_are_not_filled_by_others():
    columns = (
        TargetColumn("n", "integer"),
        TargetColumn("number", "bigint", is_identity=True),
        TargetColumn("big", "bigint"),
        TargetColumn("share", "real"),
        TargetColumn("price", "numeric", precision=18, scale=2),
        TargetColumn("day", "date"),
        TargetColumn("_file_id", "bigint"),
    )
    made = through("cat", ",", Target(NAME, columns))
    assert str(made.recipe.columns) == "IS:n LS:big F:share S:price S:day"
    assert made.recipe.dialect == Dialect()
    with pytest.raises(UsageError):
        through("cat", ",", Target(NAME, columns[1:2]))
