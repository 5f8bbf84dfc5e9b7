"""A table without the rows that the ledger has of it: emptied, or dropped and made again."""

from ess_core.phrases import count
from ess_plugins.redshift.connecting import Connection
from ess_plugins.redshift.loading import ledger
from ess_plugins.redshift.sql.quoting import TableName


def emptied(connection: Connection, table: TableName) -> str:
    """What is to be said of a table that is empty, and should not be; '' where all is well.

    There has to be a ledger. It is no error, as a table may be emptied between loads on purpose.
    """
    files, rows = ledger.totals(connection, table)
    if not rows or connection.execute(f"SELECT 1 FROM {table} LIMIT 1").rows:  # noqa: S608 - quoted
        return ""
    told = f"{count(files, 'file')} with {count(rows, 'row')}"
    return (
        f"{table.title} is empty, and by the ledger {told} were loaded into it, which are not loaded again: "
        "--replace-table forgets them"
    )
