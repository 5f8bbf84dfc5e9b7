"""Run an UNLOAD in a session."""

import gzip
import json
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ess_plugins.sandbox.redshift.loading.log import now
from ess_plugins.sandbox.redshift.loading.outcome import UnloadedFile
from ess_plugins.sandbox.redshift.loading.s3 import s3_errors, split
from ess_plugins.sandbox.redshift.loading.scratch import quoted, scratch
from ess_plugins.sandbox.redshift.sql.tokens import literal, refused
from ess_plugins.sandbox.redshift.sql.unloads import Unload
from ess_plugins.sandbox.redshift.wire import messages
from ess_plugins.sandbox.redshift.wire.messages import Column, RefusedError, Report, message

if TYPE_CHECKING:
    from ess_plugins.sandbox.redshift.session import Session

_TYPES = {
    16: "BOOLEAN",
    20: "BIGINT",
    21: "SMALLINT",
    23: "INTEGER",
    700: "FLOAT",
    701: "DOUBLE",
    1082: "DATE",
    1114: "TIMESTAMP",
    1184: "TIMESTAMPTZ",
}
"""PostgreSQL's numbers of types -> DuckDB's names; anything else is text."""
_NUMERIC = 1700
_PARTS = 2
_NOT_EMPTY = (
    "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually "
    "removing the target files in S3, or using the ALLOWOVERWRITE option."
)


class Unloading:
    """One UNLOAD of one session."""

    def __init__(self, session: "Session", unload: Unload) -> None:
        self._session = session
        self._unload = unload
        self._s3 = session.warehouse.buckets.client(unload.access)
        self._bucket, self._prefix = split(unload.target)

    def run(self) -> None:
        """Write the files and tell the client. Raises RefusedError."""
        with s3_errors(self._unload.target):
            self._clear()
        started = now()
        with tempfile.TemporaryFile(dir=self._session.warehouse.spool) as rows:
            count = self._fetch(rows)
            with s3_errors(self._unload.target):
                files = self._write(rows, count)
        self._note(started, count, files)
        told = f"UNLOAD completed, {count} record(s) unloaded successfully."
        self._session.say(Report(told, "00000", severity="INFO"))
        self._session.client.send(message(b"C", b"UNLOAD\0"))

    def _clear(self) -> None:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
        there = [item["Key"] for page in pages for item in page.get("Contents", ())]
        if self._unload.has("CLEANPATH"):
            for key in there:
                self._s3.delete_object(Bucket=self._bucket, Key=key)
        elif there and not self._unload.has("ALLOWOVERWRITE"):
            raise refused(_NOT_EMPTY, "XX000")

    def _fetch(self, rows: IO[bytes]) -> int:
        """Write the answer of the query as CSV; returns how many rows it has."""
        options = self._unload.options
        is_text = self._unload.format == "TEXT"
        delimiter = options.get("DELIMITER", "|" if is_text else ",")
        header = "true" if self._with_header() else "false"
        null = literal(options.get("NULL", ""))
        settings = f"FORMAT csv, HEADER {header}, DELIMITER {literal(delimiter)}, NULL {null}"
        backend = self._session.backend
        backend.send(messages.query(f"COPY ({self._unload.query}) TO STDOUT ({settings})"))
        count, failure = 0, None
        while (answer := backend.next()).kind != b"Z":
            if answer.kind == b"d":
                rows.write(answer.body)
            elif answer.kind == b"C":
                count = int(answer.body[:-1].split()[-1])
            elif answer.kind == b"E":
                failure = messages.report(answer.body)
        self._session.state = answer.body
        if failure:
            raise RefusedError(failure)
        return count

    def _note(self, started: str, count: int, files: list[UnloadedFile]) -> None:
        log = self._session.warehouse.log
        query = log.new_query()
        log.unloads(query, self._session.pid, started, files)
        settings = {"unload_count": count, "unload_id": query}
        calls = (f"set_config('ess_sandbox.{name}', '{value}', false)" for name, value in settings.items())
        self._session.ask(f"SELECT {', '.join(calls)}")

    def _with_header(self) -> bool:
        return self._unload.has("HEADER") and self._unload.format != "PARQUET"

    def _write(self, rows: IO[bytes], count: int) -> list[UnloadedFile]:
        """Write the parts; of several, only text has its rows told apart, by lines."""
        rows.seek(0)
        if self._unload.format == "PARQUET":
            parts = {"0000_part_00.parquet": self._parquet(rows)}
            counts = [count]
        else:
            pieces = self._pieces(rows.read())
            parts = self._text_parts(pieces)
            counts = [count] if len(pieces) == 1 else [piece.count(b"\n") for piece in pieces]
        files, entries = [], []
        for (name, content), number in zip(parts.items(), counts, strict=True):
            url = f"s3://{self._bucket}/{self._prefix}{name}"
            self._s3.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=content)
            entries.append({"url": url, "meta": {"content_length": len(content)}})
            files.append(UnloadedFile(url, number, len(content), self._unload.format))
        if self._unload.has("MANIFEST"):
            manifest = json.dumps({"entries": entries}).encode()
            self._s3.put_object(Bucket=self._bucket, Key=f"{self._prefix}manifest", Body=manifest)
        return files

    def _pieces(self, rows: bytes) -> list[bytes]:
        """One, or as many as there would be slices; a quoted line break or a header keeps it one."""
        if self._is_alone() or self._with_header() or b'"' in rows:
            return [rows]
        middle = rows.find(b"\n", len(rows) // _PARTS) + 1
        return [rows[:middle], rows[middle:]]

    def _is_alone(self) -> bool:
        return self._unload.options.get("PARALLEL", "ON") in ("OFF", "FALSE")

    def _text_parts(self, pieces: list[bytes]) -> dict[str, bytes]:
        ending = "gz" if self._unload.has("GZIP") else ""
        names = ["000"] if self._is_alone() else [f"{number:04d}_part_00" for number in range(len(pieces))]
        return {
            ".".join(filter(None, [name, ending])): gzip.compress(piece) if ending else piece
            for name, piece in zip(names, pieces, strict=True)
        }

    def _parquet(self, rows: IO[bytes]) -> bytes:
        columns = self._session.ask(f"SELECT * FROM ({self._unload.query}) AS unloaded LIMIT 0").columns
        with scratch() as (engine, place):
            source, target = place / "rows.csv", place / "rows.parquet"
            with source.open("wb") as file:
                file.write(rows.read())
            _convert(engine, source, target, columns)
            return target.read_bytes()


def _convert(engine: Any, source: Path, target: Path, columns: list[Column]) -> None:
    types = {column.name: _duckdb_type(column) for column in columns}
    settings = (
        "header = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false"
    )
    names = "{" + ", ".join(f"{quoted(name)}: '{kind}'" for name, kind in types.items()) + "}"
    reading = f"read_csv('{source}', columns = {names}, auto_detect = false, strict_mode = true, {settings})"
    engine.execute(f"COPY (SELECT * FROM {reading}) TO '{target}' (FORMAT parquet)")


def _duckdb_type(column: Column) -> str:
    if column.type_oid == _NUMERIC and column.modifier > 0:
        precision, scale = (column.modifier - 4) >> 16, (column.modifier - 4) & 0xFFFF
        return f"DECIMAL({precision},{scale})"
    return _TYPES.get(column.type_oid, "VARCHAR")
