"""Which files are loaded: a table of the warehouse, written in the transaction that loads them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ess_core.batches import batches
from ess_core.errors import EssError, UsageError
from ess_plugins.redshift.connecting import Answer, Connection, Row
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.loading.model import Changed, LoadFile, Source
from ess_plugins.redshift.loading.target import is_hidden
from ess_plugins.redshift.sql.quoting import TableName

TABLE = TableName("public", "ess_load_ledger")
PLAIN_NAME = f"{TABLE.schema}.{TABLE.table}"

_COLUMNS = {
    "target": "VARCHAR(1024) NOT NULL",
    "uri": "VARCHAR(8192) NOT NULL",
    "etag": "VARCHAR(512) NOT NULL",
    "recipe": "VARCHAR(64) NOT NULL",
    "load_id": "VARCHAR(32) NOT NULL",
    "file_id": "BIGINT NOT NULL",
    "rows_loaded": "BIGINT NOT NULL",
    "rows_rejected": "BIGINT NOT NULL",
    "loaded_at": "TIMESTAMP NOT NULL DEFAULT GETDATE()",
}
_CREATE = f"CREATE TABLE {TABLE} ({', '.join(f'{name} {kind}' for name, kind in _COLUMNS.items())})"
_READ = ("uri", "etag", "recipe", "load_id", "file_id", "rows_loaded")
_WRITTEN = ("target", "uri", "etag", "recipe", "load_id", "file_id", "rows_loaded", "rows_rejected")
_READ_AT_ONCE = 1000
_WRITTEN_AT_ONCE = 1000  # a statement has 32,767 values at most


class ChangedFilesError(EssError):
    """Files were loaded before, with another content or in another way."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as it was loaded; ``file_id`` is what its rows have in _file_id."""

    uri: str
    etag: str
    recipe: str
    load_id: str
    file_id: int
    rows_loaded: int


@dataclass(frozen=True)
class Decision:
    """What becomes of files: to be loaded, there already, and what of the table makes room for them."""

    todo: tuple[Source, ...]
    there: tuple[Source, ...] = ()
    replaced: tuple[Entry, ...] = ()


def ensure(connection: Connection) -> None:
    """Make the ledger where there is none; any number of loads may do so at once.

    Raises EssError where it cannot be made, or a table of its name is something else.
    """
    if exists(connection):
        return
    try:
        connection.execute(_CREATE)
    except RedshiftError as error:
        if error.problem is Problem.LOST:
            raise
        if not exists(connection):  # else another one was quicker
            raise _no_ledger(connection, error) from error


def exists(connection: Connection) -> bool:
    """Whether there is a ledger.

    Raises RedshiftError where the user has no rights on it, EssError where a table of its name is something
    else.
    """
    there = _columns_there(connection)
    if not there and is_hidden(connection, TABLE):
        there = _columns_there(connection)  # another one may have made it meanwhile
        if not there:
            raise _no_ledger(connection, RedshiftError(Problem.DENIED, "it is there, and not to be seen"))
    missing = [name for name in _COLUMNS if name not in there]
    if there and missing:
        raise EssError(
            f"{PLAIN_NAME} is no ledger of ess: it has no column {missing[0]}",
            "rename that table; ess makes its own",
        )
    return bool(there)


def _columns_there(connection: Connection) -> set[str]:
    answer = connection.execute(
        "SELECT column_name FROM svv_columns WHERE table_schema = %s AND table_name = %s",
        (TABLE.schema, TABLE.table),
    )
    return {str(name) for (name,) in answer.rows}


def lock(connection: Connection) -> None:
    """Let no other load read or write the ledger until the transaction ends.

    It has to be the transaction's first statement: what a transaction sees is settled by the first one that
    reads, and what others commit while it waits for a lock is to be seen.
    Source: https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html
    """
    _ask(connection, f"LOCK TABLE {TABLE}")


def loaded(connection: Connection, target: TableName, uris: Iterable[str]) -> list[Entry]:
    """What was loaded of these files into ``target``; any content of theirs, by any recipe."""
    found: list[Entry] = []
    for some in batches(map(stored, uris), _READ_AT_ONCE):
        marks = ", ".join(["%s"] * len(some))
        answer = _ask(
            connection,
            f"SELECT {', '.join(_READ)} FROM {TABLE} WHERE target = %s AND uri IN ({marks})",  # noqa: S608 - our own names
            (str(target), *some),
        )
        found += map(_entry, answer.rows)
    return found


def totals(connection: Connection, target: TableName) -> tuple[int, int]:
    """How many files were loaded into ``target``, and how many rows of them."""
    ((files, rows),) = _ask(
        connection,
        f"SELECT count(*), sum(rows_loaded) FROM {TABLE} WHERE target = %s",  # noqa: S608 - our own name
        (str(target),),
    ).rows
    return int(files), int(rows or 0)


def decide(
    sources: Iterable[Source], entries: Iterable[Entry], recipe: str, changed: Changed, *, has_file_id: bool
) -> Decision:
    """Sort files out by what is known of them.

    Raises ChangedFilesError where some were loaded with another content or by another recipe and nobody said
    what to do, UsageError where they are to be replaced and rows do not know their file.
    """
    known: dict[str, list[Entry]] = {}
    for entry in entries:
        known.setdefault(entry.uri, []).append(entry)
    todo, there, replaced, different = [], [], [], []
    for source in dict.fromkeys(sources):
        of_it = known.get(stored(source.uri), [])
        if any((one.etag, one.recipe) == (source.etag, recipe) for one in of_it):
            there.append(source)
            continue
        todo.append(source)
        replaced += of_it
        if of_it:
            different.append((source, all(one.etag != source.etag for one in of_it)))
    if different:
        _check_choice(different, changed, has_file_id)
    gone = tuple(replaced) if changed is Changed.REPLACE else ()
    return Decision(tuple(todo), tuple(there), gone)


def next_file_id(connection: Connection) -> int:
    """The first number that no file has; to be asked while the ledger is locked."""
    ((most,),) = connection.execute(f"SELECT max(file_id) FROM {TABLE}").rows  # noqa: S608 - our own name
    return int(most or 0) + 1


def add(
    connection: Connection,
    target: TableName,
    recipe: str,
    load_id: str,
    first_id: int,
    files: Iterable[LoadFile],
) -> None:
    """Note files as loaded; each gets the number ``first_id`` and its own added."""
    one_row = f"({', '.join(['%s'] * len(_WRITTEN))})"
    for some in batches(files, _WRITTEN_AT_ONCE):
        values = [
            value
            for file in some
            for value in (
                *(str(target), stored(file.uri), file.etag, recipe, load_id),
                *(first_id + file.number, file.rows, file.rows_rejected),
            )
        ]
        connection.execute(
            f"INSERT INTO {TABLE} ({', '.join(_WRITTEN)}) VALUES {', '.join([one_row] * len(some))}",  # noqa: S608 - our own names
            values,
        )


def forget(connection: Connection, entries: Iterable[Entry]) -> None:
    """Take files out."""
    for some in batches((entry.file_id for entry in entries), _READ_AT_ONCE):
        connection.execute(f"DELETE FROM {TABLE} WHERE file_id IN ({', '.join(map(str, some))})")  # noqa: S608 - numbers


def forget_all(connection: Connection, target: TableName) -> None:
    """Take all files of a table out."""
    connection.execute(f"DELETE FROM {TABLE} WHERE target = %s", (str(target),))  # noqa: S608 - our own name


def _ask(connection: Connection, sql: str, values: Sequence[str] = ()) -> Answer:
    """What the ledger answers. Raises RedshiftError, also where another load held it for too long."""
    try:
        return connection.execute(sql, values)
    except RedshiftError as error:
        if error.problem is Problem.DENIED:
            raise _no_ledger(connection, error) from error
        if error.problem is Problem.TIMEOUT:
            told = f"another load holds the ledger {PLAIN_NAME} for longer than a statement may take"
            raise RedshiftError(Problem.CONFLICT, told, error.hint, error.fields) from error
        raise


def stored(uri: str) -> str:
    """The address as the ledger has it: one that is not UTF-8 is written in another way, and stays unique."""
    content = uri.encode("utf-8", "surrogateescape")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return f"bytes:{content.hex()}"


def _entry(row: Row) -> Entry:
    uri, etag, recipe, load_id, file_id, rows = row
    return Entry(str(uri), str(etag), str(recipe), str(load_id), int(file_id), int(rows))


def _check_choice(different: Sequence[tuple[Source, bool]], changed: Changed, has_file_id: bool) -> None:
    if changed is Changed.STOP:
        raise _changed_files(different)
    if changed is Changed.REPLACE and not has_file_id:
        raise UsageError(
            "--replace cannot find the rows of a file: the table has no column _file_id",
            "--append loads changed files besides; --replace-table makes the table anew",
        )


def _changed_files(different: Sequence[tuple[Source, bool]]) -> ChangedFilesError:
    source, is_content = different[0]
    what = "with another content" if is_content else "by other columns, options or command"
    more = f", and so {'were' if len(different) > 2 else 'was'} {len(different) - 1} more"
    return ChangedFilesError(
        f"{source.uri} was loaded before {what}{more if len(different) > 1 else ''}",
        "--replace takes out the rows that it had then, --append keeps them",
    )


def _no_ledger(connection: Connection, error: RedshiftError) -> RedshiftError:
    user = connection.warehouse.user or "the user"
    return RedshiftError(
        error.problem,
        f"the ledger {PLAIN_NAME} cannot be used: {error.message}",
        f"its owner lets {user} in: GRANT ALL ON {PLAIN_NAME} TO …; or the database's: "
        "GRANT CREATE ON SCHEMA public TO …",
        error.fields,
    )
