"""The answer of a query as files in a bucket, which Redshift itself writes.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from ess_core.errors import UsageError
from ess_plugins.redshift.connecting import Connection, Row
from ess_plugins.redshift.dataapi.calls import DataApi
from ess_plugins.redshift.facts import Runs
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.sql import kinds, parameters
from ess_plugins.redshift.sql.quoting import lit
from ess_plugins.redshift.sql.splitting import MOST_BYTES, Statement
from ess_plugins.redshift.warehouse import UNLOAD_FORM, Warehouse, matches

_NOT_EMPTY = "unload destination on S3 is not empty"
_LAST = "SELECT pg_last_unload_id(), pg_last_unload_count()"
_LOGS = (
    "SELECT file_name, line_count, transfer_size FROM sys_unload_detail WHERE query_id = {} ORDER BY 1",
    "SELECT path, line_count, transfer_size FROM stl_unload_log WHERE query = {} ORDER BY 1",
)
"""Where the files are listed: in every warehouse, and in clusters of old."""


class Format(StrEnum):
    """What the files are."""

    CSV = "csv"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Unload:
    """How to write the files; their names begin with ``url``. ``header`` and ``gzip`` are for CSV."""

    url: str
    format: Format = Format.CSV
    header: bool = False
    gzip: bool = False
    overwrite: bool = False

    def check(self) -> None:
        """Raise UsageError where these do not go together."""
        if not matches(UNLOAD_FORM, self.url):
            raise UsageError(f"{self.url!r} is not s3://BUCKET/PREFIX")
        for option, is_given in (("--header", self.header), ("--gzip", self.gzip)):
            if is_given and self.format is not Format.CSV:
                raise UsageError(f"{option} is for CSV, and not for {self.format}")

    def sql(self, query: str, role: str) -> str:
        """The statement that writes the answer of ``query``; ``role`` is an ARN, or ``default``."""
        words = [
            f"UNLOAD ({lit(query)}) TO {lit(self.url)}",
            f"IAM_ROLE {role if role == 'default' else lit(role)}",
            f"FORMAT AS {self.format.upper()}",
            *["HEADER"] * self.header,
            *["GZIP"] * self.gzip,
            *["ALLOWOVERWRITE"] * self.overwrite,
        ]
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class UnloadedFile:
    """A file that was written."""

    file: str
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class Unloaded:
    """How many rows were written, and the files; each is None where Redshift does not say it."""

    rows: int | None
    files: Sequence[UnloadedFile] | None


def statement(
    unload: Unload, statements: Sequence[Statement], values: Mapping[str, str], warehouse: Warehouse
) -> str:
    """The UNLOAD of what is to be one query. Raises UsageError where it is none, or cannot be unloaded.

    Parameters become text in it, quoted, as UNLOAD takes the query as a text.
    """
    unload.check()
    if len(statements) != 1 or not kinds.is_query(statements[0].text):
        raise UsageError("what is unloaded is the answer of one SELECT", "give one statement, a SELECT")
    query = statements[0].text
    if kinds.is_limited(query):
        raise UsageError(
            "UNLOAD takes no LIMIT there", "put it into brackets: SELECT * FROM (SELECT … LIMIT 10)"
        )
    if not warehouse.iam_role:
        raise UsageError(
            f"as whom {warehouse.title} may write into the bucket is not known",
            "register it with --iam-role ARN|default, or set iam_role in [Redshift] of instance.conf",
        )
    sql = unload.sql(parameters.written(query, values), warehouse.iam_role)
    if len(sql.encode()) > MOST_BYTES:
        raise UsageError(f"the UNLOAD is longer than {MOST_BYTES >> 20} MB, which is what Redshift takes")
    return sql


def run(connection: Connection, sql: str) -> Unloaded:
    """Run an UNLOAD. Raises RedshiftError."""
    with _explained():
        connection.execute(sql)
    ((query, rows),) = connection.execute(_LAST).rows
    return Unloaded(int(rows), next(_files(connection, int(query), int(rows)), None))


def run_by_api(api: DataApi, sql: str) -> Unloaded:
    """Run an UNLOAD through the Data API; of its rows only the logs tell. Raises RedshiftError."""
    with _explained():
        done = api.run(sql)
    files = next(_files(api, done.query_id, None), None)
    return Unloaded(sum(file.rows for file in files) if files else None, files)


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except RedshiftError as error:
        if _NOT_EMPTY not in error.message:
            raise
        raise RedshiftError(
            error.problem,
            "there are files of that prefix already, and nothing is written",
            "choose another prefix, or --allow-overwrite to write over those of the same names",
            error.fields,
        ) from error


def _files(session: Runs, query: int, rows: int | None) -> Iterator[list[UnloadedFile]]:
    """What each log says, if it is whole: one may be late, and another be none for this user or warehouse."""
    for log in _LOGS:
        try:
            found = [_file(row) for row in session.execute(log.format(query)).rows]
        except RedshiftError as error:
            if error.problem not in (Problem.DENIED, Problem.STATEMENT):
                raise
            continue
        if sum(file.rows for file in found) == rows or (rows is None and found):
            yield found


def _file(row: Row) -> UnloadedFile:
    name, rows, size = row
    return UnloadedFile(str(name).strip(), int(rows), int(size))
