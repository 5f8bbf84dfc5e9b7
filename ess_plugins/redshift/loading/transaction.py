"""The one transaction of a load: rows into the target and files into the ledger, together or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from ess_core.errors import EssError
from ess_plugins.redshift.connecting import Connection
from ess_plugins.redshift.ddl import FILE_ID, TableColumn
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.loading import ledger, target
from ess_plugins.redshift.loading.copies import SessionTable
from ess_plugins.redshift.loading.ledger import Entry
from ess_plugins.redshift.loading.model import Load, Loaded, LoadFile
from ess_plugins.redshift.loading.target import Target
from ess_plugins.redshift.sql.quoting import TableName, ident, idents

_DELETED_AT_ONCE = 1000


@dataclass(frozen=True)
class Copied:
    """What is in the session's table, and the files that it is of."""

    table: SessionTable
    files: Sequence[LoadFile]


def write(connection: Connection, plan: Load, copied: Copied) -> Loaded | None:
    """Begin the transaction and do all of it but the COMMIT; None where this load is committed already.

    What others loaded meanwhile is left out. Raises as :func:`check_rows`, and EssError where the target is
    not any more what it was.
    """
    connection.execute("BEGIN")
    ledger.lock(connection)
    entries = ledger.loaded(connection, plan.target.name, (file.uri for file in copied.files))
    if is_own(entries, plan):
        return None
    now = unchanged(connection, plan)
    if plan.replace_table:
        return _swapped(connection, plan, copied)
    decision = ledger.decide(
        (file.source for file in copied.files),
        entries,
        plan.recipe,
        plan.changed,
        has_file_id=now.has_file_id,
    )
    todo = set(decision.todo)
    files = [file for file in copied.files if file.source in todo]
    if not files:
        return Loaded(0, 0, len(copied.files))
    check_rows(copied, files)
    _add_columns(connection, plan.target.name, plan.added, now)
    replaced = _delete_files(connection, plan.target.name, decision.replaced)
    if plan.upsert_key:
        replaced += _delete_keys(connection, plan, copied, files)
    _insert(connection, plan, plan.target.name, copied, files)
    rows = sum(file.rows for file in files)
    return Loaded(rows, len(files), len(copied.files) - len(files), rows_replaced=replaced)


def check_rows(copied: Copied, files: Sequence[LoadFile]) -> None:
    """Raise RedshiftError, for another attempt, where rows are of other files and nobody can tell which."""
    if _of_others(copied, files) and not copied.table.file_column:
        raise RedshiftError(Problem.CONFLICT, "another load was quicker with some of the files")


def is_own(entries: Sequence[Entry], plan: Load) -> bool:
    """Whether the ledger says that this load was committed."""
    return any(entry.load_id == plan.load_id for entry in entries)


def unchanged(connection: Connection, plan: Load) -> Target:
    """The target as it is. Raises EssError where the columns that are loaded are not what they were."""
    name = plan.target.name.title
    hint = "nothing was loaded; run it again, and rows are checked against the table as it is now"
    now = target.read(connection, plan.target.name)
    if now is None:
        raise EssError(f"{name} was dropped while its rows were staged", hint)
    there = {column.name: column for column in now.columns}
    before = {column.name: column for column in plan.target.columns}
    added = {column.name: column.type for column in plan.added}
    for column in plan.names:
        is_same = (
            column not in there or there[column].sql == added[column]
            if column in added
            else there.get(column) == before.get(column)
        )
        if not is_same:
            raise EssError(f"column {column} of {name} was changed while its rows were staged", hint)
    return now


def _add_columns(connection: Connection, table: TableName, added: Sequence[TableColumn], now: Target) -> None:
    there = {column.name for column in now.columns}
    for column in added:
        if column.name not in there:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def _delete_files(connection: Connection, table: TableName, entries: Sequence[Entry]) -> int:
    """Take the rows of files out of the table, and the files out of the ledger; how many rows."""
    count = 0
    for start in range(0, len(entries), _DELETED_AT_ONCE):
        ids = ", ".join(str(entry.file_id) for entry in entries[start : start + _DELETED_AT_ONCE])
        count += connection.execute(f"DELETE FROM {table} WHERE {ident(FILE_ID)} IN ({ids})").changed  # noqa: S608 - quoted
    ledger.forget(connection, entries)
    return count


def _delete_keys(connection: Connection, plan: Load, copied: Copied, files: Sequence[LoadFile]) -> int:
    """Take the rows out that have the key of one to be inserted; how many."""
    table, staged = plan.target.name, copied.table
    same = " AND ".join(f"{table}.{ident(name)} = {staged}.{ident(name)}" for name in plan.upsert_key)
    left_out = _left_out(copied, files, " AND ")
    return connection.execute(f"DELETE FROM {table} USING {staged} WHERE {same}{left_out}").changed  # noqa: S608 - quoted


def _insert(
    connection: Connection, plan: Load, table: TableName, copied: Copied, files: Sequence[LoadFile]
) -> None:
    """Put the rows of ``files`` into ``table`` and the files into the ledger."""
    first_id = ledger.next_file_id(connection)
    columns = idents(plan.names)
    into = values = ""
    if number := copied.table.file_column:
        into, values = f", {ident(FILE_ID)}", f", CAST({first_id} AS BIGINT) + {ident(number)}"
    inserted = connection.execute(
        f"INSERT INTO {table} ({columns}{into}) SELECT {columns}{values} FROM {copied.table}"  # noqa: S608 - quoted
        f"{_left_out(copied, files, ' WHERE ')}"
    ).changed
    rows = sum(file.rows for file in files)
    if inserted not in (rows, -1):
        raise EssError(f"{rows:,} rows were to be inserted, and {inserted:,} were; nothing was loaded")
    ledger.add(connection, plan.target.name, plan.recipe, plan.load_id, first_id, files)


def _left_out(copied: Copied, files: Sequence[LoadFile], before: str) -> str:
    """The condition that rows of other files are none of it; empty where there are none."""
    numbers = _of_others(copied, files)
    if not numbers:
        return ""
    column = f"{copied.table}.{ident(copied.table.file_column)}"
    return f"{before}{column} NOT IN ({', '.join(map(str, numbers))})"


def _of_others(copied: Copied, files: Sequence[LoadFile]) -> list[int]:
    """The numbers of files whose rows are copied, and that are not among ``files``."""
    taken = {file.number for file in files}
    return [file.number for file in copied.files if file.number not in taken and file.objects]


def _swapped(connection: Connection, plan: Load, copied: Copied) -> Loaded:
    """Make the table anew with these files only, and put it in the place of the old one."""
    name = plan.target.name
    new = TableName(name.schema, f"ess_new_{plan.load_id}")
    old = TableName(name.schema, f"ess_old_{plan.load_id}")
    connection.execute(f"CREATE TABLE {new} (LIKE {name} INCLUDING DEFAULTS)")
    _add_columns(connection, new, plan.added, plan.target)
    ledger.forget_all(connection, name)
    _insert(connection, plan, new, copied, copied.files)
    connection.execute(f"ALTER TABLE {name} RENAME TO {ident(old.table)}")
    connection.execute(f"ALTER TABLE {new} RENAME TO {ident(name.table)}")
    connection.execute(f"DROP TABLE {old}")
    return Loaded(sum(file.rows for file in copied.files), len(copied.files), 0)
