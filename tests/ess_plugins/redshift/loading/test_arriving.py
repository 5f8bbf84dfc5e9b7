"""What is staged arrives in the sandbox's Redshift: every value in every type, by Parquet and by CSV."""

import csv
import io
from datetime import UTC, datetime

import pytest

from ess_core.cloud import Cloud
from ess_core.conf import Conf
from ess_plugins.redshift.loading.stage import Stage
from ess_plugins.redshift.loading.target import TargetColumn
from ess_plugins.s3.datastore import Store
from tests.ess_plugins.redshift.loading.model import WRONG, expected, same

BUCKET = "arriving"
ROLE = "IAM_ROLE 'arn:aws:iam::123456789012:role/loader'"
KINDS = {
    "smallint": {},
    "integer": {},
    "bigint": {},
    "numeric": {"precision": 8, "scale": 2},
    "real": {},
    "double precision": {},
    "boolean": {},
    "character varying": {"longest_bytes": 10},
    "character": {"longest_bytes": 10},
    "date": {},
    "timestamp without time zone": {},
    "timestamp with time zone": {},
}
# fmt: off
TEXTS = [
    "", " ", "0", "-1", "+7", "007", " 42 ", "32767", "32768", "-32768", "2147483648",
    "-9223372036854775808", "9223372036854775808", "1.5", "-.25", "20.259", "999999.99", "1000000",
    "1e3", "1e39", "1e309", "1e-60", "0.1", "123456.789", "3.4028235e38", "1e-45", "nan",
    "-Infinity", "inf", "1_000", "0x10", "NULL", "\\N", "t", "FALSE", "Yes", "n", "on",
    "2024-02-29", "2023-02-29", "2024-2-9", "0001-01-01", "0000-01-01", "9999-12-31",
    "2024-02-29 23:59:59.999999", "2024-02-29T10:00Z", "2024-02-29 10:00:00+05:30",
    "2024-02-29 10:00:00.1234567", "2024-02-29 24:00:00", "infinity", "now", "épée", "ééééé",
    "éééééé", "two\nlines", "cr\rlf\r\n", 'say "hi"', "'", "a,b", "a\tb", "\\", "\\n",
    "\U0001f600\U0001f600", "\u2028", "\ufeff", "\ufdd0", "1234567890", "12345678901", "\x01",
    "\x7f", "''", '""', "ess", "\U0010ffff", "a|b^c~",
]
# fmt: on


@pytest.fixture
def store(sandbox, warehouse):
    """A bucket of the sandbox."""
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    made = Store(f"s3://{BUCKET}", Cloud(Conf()))
    yield made
    for file in made.list():
        made.delete(file.key)
    s3.delete_bucket(Bucket=BUCKET)


@pytest.mark.parametrize("form", Stage)
def test_values_arrive_exactly_or_are_rejected_with_their_line(bench, warehouse, store, form):
    columns = [TargetColumn("n", "integer", not_null=True)]
    columns += [TargetColumn(f"c{at}", kind, **facts) for at, (kind, facts) in enumerate(KINDS.items())]
    cells = [(at, text) for at in range(len(KINDS)) for text in TEXTS]
    file = bench.prepared("all.csv", _text(columns, cells), _spec(columns))
    staged = bench.stage(file, *columns, form=form, store=store)
    warehouse.sql("drop table if exists arriving")
    warehouse.sql(f"create table arriving ({_ddl(columns)}, ess_file int)")
    warehouse.sql(f"copy arriving from '{staged.objects[0].url}' {ROLE} {form.copy_sql}")
    arrived = {row[0]: row for row in warehouse.sql("select * from arriving")}
    rejected = {reject[5]: reject for reject in bench.rejects(staged)}
    wanted = [expected(list(KINDS)[at], text) for at, text in cells]
    assert len(arrived) == staged.rows_staged == sum(value is not WRONG for value in wanted)
    assert {row[-1] for row in arrived.values()} == {3}
    for number, ((at, text), value) in enumerate(zip(cells, wanted, strict=True)):
        where = f"{text!r} in {columns[at + 1].type}"
        assert (number in arrived) == (value is not WRONG), where
        if value is not WRONG:
            value = value.ljust(10) if columns[at + 1].type == "character" else value
            assert same(_plain(arrived[number][at + 1]), value), f"{where}: {arrived[number][at + 1]!r}"
        else:
            assert text in rejected, where
    assert [one[2] for one in bench.rejects(staged)] == _lines(cells, wanted)


def test_a_time_of_day_arrives_by_csv(bench, warehouse, store):
    column = TargetColumn("at", "time without time zone")
    file = bench.prepared("t.csv", "at,n\n10:00,1\n23:59:59.999999,2\n,3\nx,4\n", "S:at I:n")
    staged = bench.stage(file, column, TargetColumn("n", "integer"), form=Stage.CSV, store=store)
    warehouse.sql("drop table if exists arriving")
    warehouse.sql("create table arriving (at time, n int, ess_file int)")
    warehouse.sql(f"copy arriving from '{staged.objects[0].url}' {ROLE} {Stage.CSV.copy_sql}")
    found = [str(row[0]) for row in warehouse.sql("select at from arriving order by n")]
    assert found == ["10:00:00", "23:59:59.999999", "None"]
    assert staged.rows_rejected == 1


def _text(columns, cells):
    """A row for each cell, with the others empty."""
    text = io.StringIO()
    write = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
    write([column.name for column in columns])
    for number, (at, cell) in enumerate(cells):
        write([number, *("" for _ in range(at)), cell, *("" for _ in range(len(KINDS) - at - 1))])
    return text.getvalue()


def _spec(columns):
    return " ".join(["IS:n", *(f"S:{column.name}" for column in columns[1:])])


def _ddl(columns):
    return ", ".join(f"{column.name} {column.sql}{' not null' * column.not_null}" for column in columns)


def _lines(cells, wanted):
    """The lines of the rows that are to be rejected."""
    found, line = [], 2
    for (_, text), value in zip(cells, wanted, strict=True):
        found += [line] * (value is WRONG)
        line += 1 + text.count("\n")
    return found


def _plain(value):
    """The driver's value as the model has it."""
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value
