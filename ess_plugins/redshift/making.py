"""Making a table, unless it is there."""

from collections.abc import Iterator, Mapping, Sequence

from ess_core.errors import UsageError
from ess_core.tables.columnspec import ColumnSpec, ColumnType
from ess_plugins.redshift.connecting import Connection
from ess_plugins.redshift.ddl import Table, TableColumn
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.loading import ledger
from ess_plugins.redshift.loading.target import VARCHAR, Target, TargetColumn, read
from ess_plugins.redshift.sql.quoting import TableName, folded, ident

_THERE = ("42P07", "23505")  # a table of that name, or its entry in the catalog
_SHOWN = 5  # of the differences
_KEYS = (
    'SELECT "column", distkey, sortkey FROM pg_table_def WHERE schemaname = %s AND tablename = %s AND '
    "(distkey OR sortkey <> 0)"
)


def make(
    connection: Connection, wanted: Table, columns: ColumnSpec, longest_bytes: Mapping[str, int]
) -> bool:
    """Make the table; False where it is there, with the same columns and room for the texts.

    Keys that are wanted must be there too; others may be. ``longest_bytes`` is by the names in ``columns``.
    Raises UsageError with the difference where the table is another one.
    """
    there = read(connection, wanted.name) or _create(connection, wanted)
    if there is None:
        return True
    texts = {
        folded(column.name): longest_bytes.get(column.name, 0)
        for column in columns.kept
        if column.type is ColumnType.TEXT
    }
    found = [*differences(wanted, there, texts), *_other_keys(connection, wanted)]
    if found:
        more = f", and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise UsageError(
            f"the table {wanted.name.title} is there, and is another one: {'; '.join(found[:_SHOWN])}{more}",
            "give another TABLE, or drop this one; --dry-run shows the table that is wanted",
        )
    return False


def _create(connection: Connection, wanted: Table) -> Target | None:
    """Make the table, and forget what was loaded into one of that name before it was dropped.

    What is there, where another one has made one of that name meanwhile.
    """
    has_ledger = _has_ledger(connection)  # asked before BEGIN, as the lock has to come first
    connection.execute("BEGIN")
    if has_ledger:
        _forget(connection, wanted.name)
    try:
        connection.execute(str(wanted))
    except RedshiftError as error:
        if error.fields.get("C") not in _THERE:
            raise
        connection.execute("ROLLBACK")
        if there := read(connection, wanted.name):
            return there
        raise  # it is one that the user may not see
    connection.execute("COMMIT")
    return None


def _has_ledger(connection: Connection) -> bool:
    """Whether there is one that the user may use."""
    try:
        return ledger.exists(connection)
    except RedshiftError as error:
        if error.problem is not Problem.DENIED:
            raise
        return False


def _forget(connection: Connection, name: TableName) -> None:
    """Begin anew where the user may not use the ledger, and so has loaded nothing."""
    try:
        ledger.lock(connection)
        ledger.forget_all(connection, name)
    except RedshiftError as error:
        if error.problem is not Problem.DENIED:
            raise
        connection.execute("ROLLBACK")
        connection.execute("BEGIN")


def differences(wanted: Table, there: Target, texts: Mapping[str, int]) -> list[str]:
    """How the table that is there is another one; ``texts`` is how long those of each text column are."""
    have = {column.name: column for column in there.columns}
    found = [f"it has no column {ident(one.name)}" for one in wanted.columns if one.name not in have]
    names = {one.name for one in wanted.columns}
    found += [f"it has a column {ident(name)} more" for name in have if name not in names]
    for one in wanted.columns:
        if one.name in have:
            found += _other_column(one, have[one.name], texts.get(one.name))
    if not found and [*have] != [one.name for one in wanted.columns]:
        found.append("its columns are in another order")
    if wanted.primary and wanted.primary != there.primary_key:
        found.append(f"its primary key is {_listed(there.primary_key)} and not {_listed(wanted.primary)}")
    return found


def _other_column(wanted: TableColumn, there: TargetColumn, longest: int | None) -> Iterator[str]:
    name, kind = ident(wanted.name), there.sql
    if longest is None or there.type != VARCHAR:
        if kind != wanted.type:
            yield f"{name} is {kind} and not {wanted.type}"
    elif (there.longest_bytes or 0) < longest:
        yield f"{name} is {kind}, and the longest text for it has {longest:,} bytes"
    if wanted.not_null and not there.not_null:
        yield f"{name} may be NULL"


def _other_keys(connection: Connection, wanted: Table) -> Iterator[str]:
    """How the keys of the table are others.

    Redshift shows them of the tables in the search path only.
    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_PG_TABLE_DEF.html
    """
    if not (wanted.distkey or wanted.sortkey):
        return
    distkey, sortkey = _keys(connection, wanted.name)
    if wanted.distkey and distkey != wanted.distkey:
        yield f"its distkey is {_listed([distkey] if distkey else [])} and not {_listed([wanted.distkey])}"
    if wanted.sortkey and sortkey != wanted.sortkey:
        yield f"its sortkey is {_listed(sortkey)} and not {_listed(wanted.sortkey)}"


def _keys(connection: Connection, name: TableName) -> tuple[str, tuple[str, ...]]:
    connection.execute(f"SET search_path TO {ident(name.schema)}")
    rows = connection.execute(_KEYS, [name.schema, name.table]).rows
    places = sorted((abs(int(place)), str(column)) for column, _, place in rows if place)
    distkey = next((str(column) for column, is_distkey, _ in rows if is_distkey), "")
    return distkey, tuple(column for _, column in places)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(ident, names)) or "none"
