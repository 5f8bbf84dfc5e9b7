"""Parquet files -> rows for PostgreSQL, read by DuckDB, and as strict as Redshift is with their types."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ess_plugins.sandbox.redshift.loading.outcome import Tally, Target
from ess_plugins.sandbox.redshift.loading.problems import spectrum_problem
from ess_plugins.sandbox.redshift.loading.scratch import quoted
from ess_plugins.sandbox.redshift.loading.textfiles import NULL, PIECE_BYTES
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
_WRITTEN = f"FORMAT csv, HEADER false, DELIMITER '\t', QUOTE '', ESCAPE '', NULLSTR '{NULL}'"
"""PostgreSQL's text format, where texts are escaped."""
_ESCAPES = (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"))


@dataclass(frozen=True)
class Source:
    """A column of a file: DuckDB's type for it, and whether Parquet itself says that it holds only nulls."""

    name: str
    type: str
    only_nulls: bool
    is_int96: bool


@dataclass(frozen=True)
class Converted:
    """How many rows a file has, and they for PostgreSQL."""

    rows: IO[bytes]
    count: int


class ParquetFiles:
    """The files of one COPY; ``tally`` is to be kept of those whose rows are taken.

    ``engine`` is a DuckDB, and ``folder`` has a plain name that needs no quoting.
    """

    def __init__(
        self, copy: Copy, targets: Sequence[Target], tally: Tally, engine: Any, folder: Path
    ) -> None:
        self._copy = copy
        self._targets = targets
        self._tally = tally
        self._engine = engine
        self._folder = folder
        self._numbers = itertools.count()

    def prepared(self, content: bytes, url: str) -> Converted:
        """The rows of one file, from any thread.

        Raises RefusedError where its columns, or values of them, do not fit.
        """
        import duckdb

        file = self._folder / f"{next(self._numbers)}.parquet"
        file.write_bytes(content)
        with self._engine.cursor() as engine:
            try:
                sources = _sources(engine, file)
                self._check(sources, url)
                count = self._check_values(engine, file, sources, url)
                return Converted(self._written(engine, file, sources), count)
            except duckdb.Error as error:
                told = f"File '{_address(url)}' is not a valid Parquet file: {str(error)[:80]}"
                raise spectrum_problem(told, url) from error
            finally:
                file.unlink()

    def rows(self, converted: Converted, url: str) -> Iterator[bytes]:
        """The rows of one file, in pieces."""
        with converted.rows as rows:
            while piece := rows.read(PIECE_BYTES):
                yield piece
        self._tally.add(url, converted.count)

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
        """A file with the rows for PostgreSQL, which has no name any more."""
        selected = [
            _as_text(f"c{number}", target, source)
            for number, (target, source) in enumerate(zip(self._targets, sources, strict=False))
        ]
        selected += ["NULL"] * (len(self._targets) - len(sources))
        rows = file.with_suffix(".rows")
        query = f"SELECT {', '.join(selected)} FROM {_table(file, sources)}"
        try:
            engine.execute(f"COPY ({query}) TO '{rows}' ({_WRITTEN})")
            return rows.open("rb")
        finally:
            rows.unlink(missing_ok=True)


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


def _as_text(column: str, target: Target, source: Source) -> str:
    """The value as text, escaped where it may have to be."""
    if target.type == "bytea":
        return f"'\\\\x' || hex({column})"
    if source.type.startswith(("STRUCT", "MAP")) or source.type.endswith("]"):
        return _escaped(f"to_json({column})::VARCHAR")
    if source.type == "BLOB":
        return _escaped(f"decode({column})")
    return _escaped(f"{column}::VARCHAR") if source.type in ("VARCHAR", "JSON") else column


def _escaped(text: str) -> str:
    asked = " OR ".join(f"contains({text}, {quoted(sign)})" for sign, _ in _ESCAPES)
    escaped = text
    for sign, escape in _ESCAPES:
        escaped = f"replace({escaped}, {quoted(sign)}, {quoted(escape)})"
    return f"CASE WHEN {asked} THEN {escaped} ELSE {text} END"


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
