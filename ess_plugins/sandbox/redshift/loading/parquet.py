"""Parquet files -> rows for PostgreSQL, read by DuckDB, and as strict as Redshift is with their types."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ess_plugins.sandbox.redshift.loading.outcome import FileCount, Origin, Ready, Target
from ess_plugins.sandbox.redshift.loading.problems import spectrum_problem
from ess_plugins.sandbox.redshift.loading.scratch import scratch
from ess_plugins.sandbox.redshift.sql.copies import Copy
from ess_plugins.sandbox.redshift.sql.tokens import identifier
from ess_plugins.sandbox.redshift.wire.messages import RefusedError

_TAKES = {
    "smallint": ("SMALLINT",),
    "integer": ("INTEGER",),
    "bigint": ("BIGINT",),
    "real": ("FLOAT",),
    "double precision": ("DOUBLE",),
    "boolean": ("BOOLEAN",),
    "date": ("DATE",),
    "character varying": ("VARCHAR", "BLOB"),
    "character": ("VARCHAR",),
    "super": ("VARCHAR",),
    "numeric": ("DECIMAL",),
    "timestamp without time zone": ("TIMESTAMP",),
    "timestamp with time zone": ("TIMESTAMP",),
    "bytea": ("BLOB",),
}
"""Column type -> how the names of DuckDB's types for what may be loaded into it begin."""


_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Source:
    """A column of a file: DuckDB's type for it, and whether Parquet itself says that it holds only nulls."""

    name: str
    type: str
    only_nulls: bool
    is_int96: bool


@dataclass(frozen=True)
class Converted:
    """How many rows a file has, and they in CSV."""

    rows: IO[bytes]
    count: int


class ParquetFiles:
    """Collects the rows of one COPY in ``ready``."""

    def __init__(self, copy: Copy, targets: Sequence[Target], spool: IO[bytes]) -> None:
        self.ready = Ready(spool, "FORMAT csv")
        self._copy = copy
        self._targets = targets

    def prepared(self, content: bytes, url: str) -> Converted:
        """The rows of one file, from any thread.

        Raises RefusedError where its columns, or values of them, do not fit.
        """
        import duckdb

        with scratch() as (engine, place):
            file = place / "file.parquet"
            file.write_bytes(content)
            try:
                sources = _sources(engine, file)
                self._check(sources, url)
                count = self._check_values(engine, file, sources, url)
                return Converted(self._written(engine, file, sources), count)
            except duckdb.Error as error:
                told = f"File '{_address(url)}' is not a valid Parquet file: {str(error)[:80]}"
                raise spectrum_problem(told, url) from error

    def add(self, converted: Converted, url: str) -> None:
        """Add the rows of one file."""
        with converted.rows as rows:
            shutil.copyfileobj(rows, self.ready.spool, _CHUNK_BYTES)
        count = converted.count
        self.ready.origins.append(Origin(self.ready.rows + count, url, self.ready.rows + 1, None))
        self.ready.rows += count
        self.ready.counts.append(FileCount(url, count, 0))

    def _check(self, sources: Sequence[Source], url: str) -> None:
        missing = len(self._targets) - len(sources)
        if missing < 0 or (missing and not self._copy.has("FILLRECORD")):
            counts = f"Table columns: {len(self._targets)}, Data columns: {len(sources)}"
            told = f"Unmatched number of columns between table and file. {counts}, File name: {_address(url)}"
            raise spectrum_problem(told, url, 15007)
        for target, source in zip(self._targets, sources, strict=False):
            if not _fits(target, source, self._copy.has("SERIALIZETOJSON")):
                raise _incompatible(target, source, url)
            if source.type == "TIMESTAMP_NS" and not source.is_int96:
                told = f"nanoseconds in '{source.name}' load as garbage in Redshift; write microseconds"
                raise spectrum_problem(told, url)

    def _check_values(self, engine: Any, file: Path, sources: Sequence[Source], url: str) -> int:
        """The number of rows. Raises RefusedError for a text that is too long and a null that may not be."""
        asked = ["count(*)"]
        for number, (target, source) in enumerate(zip(self._targets, sources, strict=False)):
            asked.append(f"count(*) - count(c{number})")
            asked.append(_longest(number, target, source))
        count, *facts = engine.execute(f"SELECT {', '.join(asked)} FROM {_table(file, sources)}").fetchone()
        for place, target in enumerate(self._targets[: len(sources)]):
            nulls, longest = facts[2 * place : 2 * place + 2]
            if nulls and target.not_null:
                told = f"NULL value in NOT NULL column {target.name}, File name: {_address(url)}"
                raise spectrum_problem(told, url)
            if longest and longest > target.most_bytes:
                raise _too_long(target, longest, url)
        return int(count)

    def _written(self, engine: Any, file: Path, sources: Sequence[Source]) -> IO[bytes]:
        """A file with the rows for PostgreSQL; it has no name any more when its folder goes."""
        selected = [
            f"'\\x' || hex(c{number})" if target.type == "bytea" else _as_text(number, source)
            for number, (target, source) in enumerate(zip(self._targets, sources, strict=False))
        ]
        selected += ["NULL"] * (len(self._targets) - len(sources))
        rows = file.with_suffix(".csv")
        query = f"SELECT {', '.join(selected)} FROM {_table(file, sources)}"
        engine.execute(f"COPY ({query}) TO '{rows}' (FORMAT csv, HEADER false, FORCE_QUOTE *, NULLSTR '')")
        return rows.open("rb")


def _sources(engine: Any, file: Path) -> list[Source]:
    described = engine.execute(f"DESCRIBE SELECT * FROM read_parquet('{file}')").fetchall()
    kinds = engine.execute(
        f"SELECT name, type, logical_type FROM parquet_schema('{file}') WHERE num_children IS NULL"
    ).fetchall()
    by_name = {name: (kind, logical or "") for name, kind, logical in kinds}
    return [
        Source(
            name,
            kind,
            by_name.get(name, ("", ""))[1].startswith("NullType"),
            by_name.get(name, ("", ""))[0] == "INT96",
        )
        for name, kind, *_ in described
    ]


def _fits(target: Target, source: Source, serializes: bool) -> bool:
    if source.only_nulls or (target.type == "super" and serializes):
        return True
    return source.type.startswith(_TAKES.get(target.type, ()))


def _longest(number: int, target: Target, source: Source) -> str:
    """The most bytes that a value of a text column takes."""
    if not target.is_text or source.only_nulls:
        return "NULL"
    return f"max({'octet_length' if source.type == 'BLOB' else 'strlen'}(c{number}))"


def _as_text(number: int, source: Source) -> str:
    if source.type.startswith(("STRUCT", "MAP")) or source.type.endswith("]"):
        return f"to_json(c{number})"
    return f"decode(c{number})" if source.type == "BLOB" else f"c{number}"


def _table(file: Path, sources: Sequence[Source]) -> str:
    names = ", ".join(f"c{number}" for number in range(len(sources)))
    columns = ", ".join(identifier(source.name) for source in sources)
    return f"(SELECT {columns} FROM read_parquet('{file}')) AS file({names})"


def _incompatible(target: Target, source: Source, url: str) -> RefusedError:
    told = (
        f"File '{_address(url)}' has an incompatible Parquet schema for column '{url}.{source.name}'. "
        f"Column type: {target.type.upper()}, Parquet schema: optional {source.type.lower()} {source.name}"
    )
    return spectrum_problem(told, url)


def _too_long(target: Target, size_bytes: int, url: str) -> RefusedError:
    told = (
        f"The length of the data column {target.name} is longer than the length defined in the table. "
        f"Table: {target.most_bytes}, Data: {size_bytes}, File name: {_address(url)}"
    )
    return spectrum_problem(told, url)


def _address(url: str) -> str:
    return "https://s3.us-east-1.amazonaws.com/" + url.removeprefix("s3://")
