"""Values recast for one column of a table, without a bucket or a warehouse."""

from dataclasses import dataclass, field

import duckdb

from ess_core.tables.columnspec import parse
from ess_core.tables.parquet import reader
from ess_plugins.redshift.copying.options import copy_options
from ess_plugins.redshift.ddl import FILE_ID
from ess_plugins.redshift.loading.fitting import fit
from ess_plugins.redshift.loading.recasting import Recasting
from ess_plugins.redshift.loading.target import Target, TargetColumn
from ess_plugins.redshift.sql.quoting import table_name

DB = duckdb.connect(config={"threads": 1})
DB.execute("set enable_progress_bar = false")


@dataclass
class Recasted:
    """The values that fit, what the others are by their reasons, and what options changed."""

    kept: list = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    type: str = ""


def column(kind, **facts):
    """A column ``it`` of the table."""
    if kind == "numeric":
        precision, scale = facts.pop("digits")
        return TargetColumn("it", kind, precision=precision, scale=scale, **facts)
    return TargetColumn("it", kind, **facts)


def recast(folder, values, target, *options, letter="S", marker="", required=()):
    """What becomes of values of a column with that letter in the columnspec."""
    columns = parse(f"{letter}:it")
    path = folder / "part.parquet"
    kind = columns.columns[0].type.duckdb
    lines = list(range(1, len(values) + 1))
    DB.execute(
        "create or replace temp table part as "
        f"select unnest(?::{kind}[]) as it, unnest(?::ubigint[]) as _line",
        [values, lines],
    )
    DB.execute(f"copy part to '{path}' (format parquet)")
    table = Target(table_name("t"), (target, TargetColumn(FILE_ID, "bigint")))
    found = fit(columns, table, longest_bytes={})
    recasting = Recasting(found, copy_options(options).shaping, marker, required)
    return run(recasting, str(path), len(values))


def run(recasting, path, rows):
    """All that a recasting says of a part, whose rows it has each in one place."""
    assert path in reader(path)
    relation = DB.sql(recasting.kept([path], 7))
    kept = relation.fetchall()
    assert {row[-1] for row in kept} <= {7}
    rejects = DB.execute(recasting.rejects([path], "_line", "s3://b/k", "m", 100)).fetchall()
    assert len(kept) + len(rejects) == rows
    assert {(row[0], row[1], row[3]) for row in rejects} <= {("s3://b/k", "m", "it")}
    options, query = recasting.counts([path])
    counts = dict(zip(options, DB.execute(query).fetchone(), strict=True)) if options else {}
    return Recasted(
        [row[0] for row in kept],
        [row[4] for row in rejects],
        [row[5] for row in rejects],
        [row[2] for row in rejects],
        {option: count for option, count in counts.items() if count},
        str(relation.types[0]),
    )
