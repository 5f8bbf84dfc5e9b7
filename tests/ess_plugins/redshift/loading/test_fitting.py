"""Columns of files and columns of tables find each other by name, or it is said what is in the way."""

import pytest

from ess_core.errors import UsageError
from ess_core.tables.columnspec import parse
from ess_plugins.redshift.loading.fitting import fit
from ess_plugins.redshift.loading.target import Target, TargetColumn
from ess_plugins.redshift.sql.quoting import table_name

VARCHAR, WHOLE = "character varying", "bigint"


def target(*columns, primary_key=()):
    return Target(table_name("sales"), columns, primary_key)


def column(name, kind=WHOLE, **facts):
    return TargetColumn(name, kind, **facts)


def fitted(spec, *columns, **options):
    return fit(parse(spec), target(*columns), **{"longest_bytes": {}} | options)


def refused(spec, *columns, **options):
    with pytest.raises(UsageError) as caught:
        fitted(spec, *columns, **options)
    return str(caught.value), caught.value.hint


def test_columns_pair_by_the_name_as_redshift_keeps_it():
    found = fitted('L:ID X:left S:"it\'s ""Ö"""', column('it\'s "Ö"', VARCHAR, longest_bytes=9), column("id"))
    assert found.names == ("id", 'it\'s "Ö"')
    assert [pair.column.name for pair in found.pairs] == ["ID", 'it\'s "Ö"']
    assert found.added == ()


def test_a_column_that_the_table_has_not_is_drift_unless_it_is_to_be_added():
    message, hint = refused("L:id S:City", column("id"))
    assert message == "public.sales has no column 'city' (VARCHAR(64)); it has id"
    assert "--add-columns" in hint
    found = fitted("L:id S:City L:n", column("id"), add_columns=True, longest_bytes={"City": 100})
    assert [str(one) for one in found.added] == ['"city" VARCHAR(192)', '"n" NUMERIC(20,0)']
    assert [pair.target for pair in found.pairs[1:]] == [
        column("city", VARCHAR, longest_bytes=192),
        column("n", "numeric", precision=20, scale=0),
    ]


def test_a_table_may_have_more_columns_that_can_be_null_have_a_default_or_number_themselves():
    more = (
        column("empty"),
        column("defaulted", not_null=True, has_default=True),
        column("numbered", not_null=True, is_identity=True),
        column("_file_id", not_null=True),
    )
    assert fitted("L:id", column("id"), *more).names == ("id",)
    message, hint = refused("L:id", column("id"), column("who", VARCHAR, not_null=True))
    assert "'who' as NOT NULL without a default" in message
    assert hint


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ess_file", "ess needs that name"),
        ("_FILE_ID", "ess keeps the number of a row's file there"),
        ("numbered", "numbers its rows there"),
    ],
)
def test_columns_that_are_not_the_files_to_fill_are_refused(name, why):
    there = (column("id"), column("numbered", is_identity=True), column("_file_id"))
    assert why in refused(f"L:id L:{name}", *there, add_columns=True)[0]


def test_our_name_for_the_number_is_free_where_rows_have_none():
    assert fitted("L:ess_file", column("ess_file")).names == ("ess_file",)


@pytest.mark.parametrize("kind", ["super", "geometry", "binary varying", "time with time zone", "hllsketch"])
def test_types_that_cannot_be_loaded_are_refused_where_they_would_be_filled(kind):
    assert "which files do not fill" in refused("L:id S:it", column("id"), column("it", kind))[0]
    assert fitted("L:id", column("id"), column("it", kind)).names == ("id",)


def test_a_time_of_day_asks_for_csv():
    found = fitted("L:id S:at", column("id"), column("at", "time without time zone"))
    assert found.csv_only == ("at",)
    assert fitted("L:id", column("id")).csv_only == ()


def test_two_columns_with_one_name_in_redshift_are_refused():
    assert "skipped" in refused("X:a", column("id"))[0]
