"""Which rows of which files COPY refused, as the warehouse's own tables have it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ess_core.errors import EssError
from ess_plugins.redshift.connecting import Connection, Row
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.loading.model import LoadFile
from ess_plugins.redshift.loading.refusals import said

_MOST = 100
_KEPT = 256
"""How much of an object's address the tables keep."""

_SYS = (
    "SELECT query_id, file_name, line_number, column_name, error_message FROM sys_load_error_detail "
    "WHERE left(file_name, {length}) = %s AND query_id > %s ORDER BY query_id DESC, line_number LIMIT {most}"
)
"""Source: https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_ERROR_DETAIL.html"""
_STL = (
    "SELECT query, filename, line_number, colname, err_reason FROM stl_load_errors "
    "WHERE left(filename, {length}) = %s AND query > %s ORDER BY query DESC, line_number LIMIT {most}"
)
"""For older clusters: https://docs.aws.amazon.com/redshift/latest/dg/r_STL_LOAD_ERRORS.html"""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that COPY refused; ``row`` counts those of one staged object, from 1."""

    uri: str
    row: int
    column: str
    reason: str

    def __str__(self) -> str:
        column = f", column {self.column}" if self.column else ""
        return f"row {self.row} of what was staged of it{column}: {self.reason}"


class CopyError(EssError):
    """COPY refused files for what is in them; ``rows`` says more, where the warehouse does."""

    def __init__(self, message: str, hint: str, reason: str, rows: Sequence[Refused] = ()) -> None:
        super().__init__(message, hint)
        self.reason = reason
        self.rows = tuple(rows)


class Explainer:
    """Asks what became of the COPYs of one session that read from the folder at ``url``."""

    def __init__(self, connection: Connection, url: str) -> None:
        self._connection = connection
        self._url = url[:_KEPT]
        self._last_query = 0

    def explain(self, error: RedshiftError, files: Sequence[LoadFile]) -> CopyError:
        """What the failed COPY of ``files`` is to be told as."""
        rows = self._refused(files)
        if rows:
            first = rows[0]
            more = f", and {len(rows) - 1} more" if len(rows) > 1 else ""
            return CopyError(f"COPY refuses {first.uri}: {first}{more}", _HINT, str(first), rows)
        reason = said(error)
        named = [file.uri for file in files if any(_key(one.url) in _told(error) for one in file.objects)]
        where = named[0] if named else files[0].uri if len(files) == 1 else f"{len(files)} files"
        return CopyError(f"COPY refuses {where}: {reason}", _HINT, reason)

    def _refused(self, files: Sequence[LoadFile]) -> list[Refused]:
        uris = {one.url[:_KEPT]: file.uri for file in files for one in file.objects}
        rows = self._latest()
        return [
            Refused(
                uris.get(name := str(file).strip(), name), int(row), str(column).strip(), str(why).strip()
            )
            for _, file, row, column, why in rows
        ]

    def _latest(self) -> Sequence[Row]:
        """What is told of the last COPY, from the first of the tables that can be read."""
        for query in (_SYS, _STL):
            sql = query.format(length=len(self._url), most=_MOST)
            try:
                found = self._connection.execute(sql, (self._url, self._last_query)).rows
            except RedshiftError as error:
                if error.problem not in (Problem.DENIED, Problem.STATEMENT):
                    raise
            else:
                self._last_query = max([self._last_query, *(int(row[0]) for row in found)])
                return [row for row in found if int(row[0]) == self._last_query]
        return ()


_HINT = "--isolate leaves out the files that COPY refuses, and loads the others"


def _key(url: str) -> str:
    """The key of an object, which is the part of its address that all messages have."""
    return url.removeprefix("s3://").partition("/")[2]


def _told(error: RedshiftError) -> str:
    return f"{error.message} {error.fields.get('D', '')}"
