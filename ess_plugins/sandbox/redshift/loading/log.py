"""What the system tables say of loads: lines of JSON that the database reads, whatever is rolled back."""

import itertools
import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ess_plugins.sandbox.redshift.loading.outcome import BadRow, FileCount, UnloadedFile
from ess_plugins.sandbox.redshift.wire.messages import Report

_FIRST_QUERY = 1000
_SECRET = re.compile(
    r"(?i)(secret_access_key|access_key_id|session_token|token|aws_\w+)(\s*=?\s*(?:as)?\s*'?)[^;'\s]+"
)


class LoadLog:
    """Shared by all sessions."""

    def __init__(self, file: Callable[[str], Path]) -> None:
        """``file`` says which file is behind a log's name."""
        self._file = file
        self._lock = threading.Lock()
        self._numbers = itertools.count(_FIRST_QUERY)

    def new_query(self) -> int:
        """The number of a query."""
        return next(self._numbers)

    def bad_rows(self, query: int, session: int, started: str, rows: Iterable[BadRow]) -> None:
        """Note refused rows."""
        self._append("load_errors", (_bad_row(query, session, started, row) for row in rows))

    def files(self, query: int, counts: Iterable[FileCount]) -> None:
        """Note the files of a load that was done."""
        lines = (
            {
                "query": query,
                "filename": count.file[:256],
                "lines_scanned": count.lines,
                "errors": count.refused,
                "curtime": now(),
            }
            for count in counts
        )
        self._append("load_commits", lines)

    def unloads(self, query: int, session: int, started: str, files: Iterable[UnloadedFile]) -> None:
        """Note the files that an UNLOAD wrote."""
        lines = (
            {
                "query": query,
                "pid": session,
                "path": file.url[:1280],
                "starttime": started,
                "endtime": now(),
                "line_count": file.rows,
                "transfer_size": file.size_bytes,
                "file_format": file.format[:10],
            }
            for file in files
        )
        self._append("unloads", lines)

    def query(
        self, query: int, session: int, started: str, text: str, rows: int, failure: Report | None
    ) -> None:
        """Note a COPY, without the keys in it."""
        line = {
            "query": query,
            "pid": session,
            "querytxt": _SECRET.sub(r"\1\2***", text)[:4000],
            "starttime": started,
            "endtime": now(),
            "aborted": int(failure is not None),
            "loaded": 0 if failure else rows,
            "error": failure.message if failure else "",
        }
        self._append("queries", [line])

    def _append(self, name: str, lines: Iterable[Mapping[str, Any]]) -> None:
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        with self._lock, self._file(name).open("a", encoding="utf-8") as file:
            file.write(text)


def now() -> str:
    """The time as the system tables write it, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def _bad_row(query: int, session: int, started: str, row: BadRow) -> dict[str, Any]:
    column = row.column
    return {
        "query": query,
        "session": session,
        "tbl": column.table_id if column else 0,
        "starttime": started,
        "filename": row.file[:256],
        "line_number": row.line,
        "colname": column.name[:127] if column else "",
        "type": column.type[:10] if column else "",
        "col_length": str(column.most_bytes) if column and column.most_bytes else "",
        "raw_line": _storable(row.raw)[:1024],
        "raw_field_value": _storable(row.value)[:1024],
        "err_code": row.code,
        "err_reason": _storable(row.reason)[:100],
    }


def _storable(text: str) -> str:
    """What a database can hold: no zero bytes, and no bytes that are not UTF-8."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
