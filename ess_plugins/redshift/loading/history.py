"""What the ledger tells of loads and of their files."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ess_core.errors import NothingMatchedError, UsageError
from ess_plugins.redshift.connecting import Connection, Row
from ess_plugins.redshift.loading import ledger
from ess_plugins.redshift.sql.quoting import TableName

_LOAD_ID = re.compile("[0-9a-f]{1,32}")
_HOW = "`ess redshift history` shows the loads"


@dataclass(frozen=True)
class PastLoad:
    """The files that one load brought into one table."""

    load_id: str
    table: str
    loaded_at: str
    files: int
    rows_loaded: int
    rows_rejected: int


@dataclass(frozen=True)
class PastFile:
    """A file as it was loaded; ``file_id`` is what its rows have in _file_id."""

    load_id: str
    table: str
    loaded_at: str
    file_id: int
    uri: str
    etag: str
    rows_loaded: int
    rows_rejected: int


@dataclass(frozen=True)
class Asked:
    """Which loads: of a table, of an id or of all that begin so; the newest ``limit``, or all with 0."""

    table: TableName | None = None
    load_id: str = ""
    limit: int = 0

    def __post_init__(self) -> None:
        if self.load_id and not _LOAD_ID.fullmatch(self.load_id):
            raise UsageError(f"{self.load_id!r} is no id of a load, nor the beginning of one", _HOW)


def loads(connection: Connection, asked: Asked) -> list[PastLoad]:
    """The loads, the newest first. Raises NothingMatchedError where one is named that there is not."""
    columns = "load_id, target, max(loaded_at) AS at, count(*), sum(rows_loaded), sum(rows_rejected)"
    rows = _rows(connection, asked, columns, "GROUP BY load_id, target ORDER BY at DESC, load_id")
    return [PastLoad(*_plain(row)) for row in rows]


def files(connection: Connection, asked: Asked) -> list[PastFile]:
    """The files of loads, the newest first. Raises NothingMatchedError as ``loads`` does."""
    columns = "load_id, target, loaded_at AS at, file_id, uri, etag, rows_loaded, rows_rejected"
    rows = _rows(connection, asked, columns, "ORDER BY at DESC, load_id, file_id")
    return [PastFile(*_plain(row)) for row in rows]


def _rows(connection: Connection, asked: Asked, columns: str, order: str) -> list[Row]:
    conditions, values = [], []
    if asked.table:
        conditions.append("target = %s")
        values.append(str(asked.table))
    if asked.load_id:
        conditions.append(f"left(load_id, {len(asked.load_id)}) = %s")
        values.append(asked.load_id)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    limit = f" LIMIT {asked.limit}" if asked.limit else ""
    sql = f"SELECT {columns} FROM {ledger.TABLE}{where} {order}{limit}"  # noqa: S608 - our own words
    found = connection.execute(sql, values).rows if ledger.exists(connection) else []
    if asked.load_id and not found:
        raise NothingMatchedError(f"there is no load {asked.load_id} in the ledger", _HOW)
    return list(found)


def _plain(row: Row) -> Iterator[Any]:
    """Sums of Redshift are decimals."""
    return (int(value) if isinstance(value, int | Decimal) else str(value) for value in row)
