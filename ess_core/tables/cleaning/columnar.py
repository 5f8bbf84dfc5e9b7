"""One Parquet file into rows of the types of a recipe, and rejects."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ess_core.files.damage import CorruptError, DamagedError, TrailingGarbageError
from ess_core.tables import parquet
from ess_core.tables.cleaning import casts
from ess_core.tables.cleaning.layout import Layout, layout
from ess_core.tables.cleaning.rejects import Rejects
from ess_core.tables.columnspec import Column, ColumnType
from ess_core.tables.parquet import Field
from ess_core.tables.parts import NO_COLUMN, Part, Recipe
from ess_core.tables.sqltext import copied, identifier, literal, number

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FETCHED = 1000
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


class ParquetCleaner:
    """Cleans one Parquet file, ``name`` in messages, into files in ``work`` that begin with ``stem``."""

    def __init__(
        self,
        recipe: Recipe,
        work: Path,
        stem: str,
        db: "DuckDBPyConnection",
        rejects: Rejects,
        name: str,
        lines: bool = False,
    ) -> None:
        self._name = name
        self._lines = lines
        self._recipe = recipe
        self._work, self._stem = work, stem
        self._db = db
        self._rejects = rejects
        parquet.confine(db, work)

    def clean(self, stream: BinaryIO, member: str) -> Part:
        """All rows of the file; the number of a row is its line."""
        source = self._work / "source.parquet"
        damage = _spooled(stream, source)
        with parquet.readable(self._name):
            found = parquet.fields(self._db, source)
            laid = layout(self._recipe, [field.name for field in found])
            self._view(source, found)
            kept = self._keep(found, laid)
            read = number(self._db, f"select count(*) from {parquet.reader(source)}")
        source.unlink()
        rejects = self._rejects.export(self._db, self._work / f"{self._stem}-rejects.parquet")
        paths, note = (str(self._path),), self._missing(laid)
        return Part(member, paths, rejects, read, kept, self._rejects.count, 0, damage, note)

    def _missing(self, laid: Layout) -> str:
        """The columns that the file has not; in which order, and beside which others, is nothing to say."""
        missing = [
            column.name
            for column, place in zip(self._recipe.columns.columns, laid.places, strict=True)
            if place is None and column.type is not ColumnType.SKIP
        ]
        return f"without {', '.join(missing)}" if missing else ""

    @property
    def _path(self) -> Path:
        return self._work / f"{self._stem}-0.parquet"

    def _view(self, source: Path, found: Sequence[Field]) -> None:
        """``t``: the number of each row, its values as they are and its cells as text."""
        values = [
            f"{identifier(field.name)} as d{at}, {field.text} as {casts.raw_name(at)}"
            for at, field in enumerate(found)
        ]
        columns = ", ".join(["row_number() over () as line", *values])
        self._db.execute(f"create or replace temp view t as select {columns} from {parquet.reader(source)}")

    def _keep(self, found: Sequence[Field], laid: Layout) -> int:
        """Write what is right, and why the rest is not; how many rows are right."""
        columns = self._recipe.columns.columns
        placed = list(zip(columns, laid.places, strict=True))
        wrong = _first_wrong(placed, found)
        if wrong != "null":
            self._reject(wrong, found, laid)
        values = [
            f"{_value(column, place, found)} as {identifier(column.name)}"
            for column, place in placed
            if column.type is not ColumnType.SKIP
        ]
        values = values or [f"true as {identifier(NO_COLUMN)}"]
        values += [f"line::UBIGINT as {identifier(self._recipe.line)}"] * self._lines
        chosen = ", ".join(values)
        return copied(self._db, f"select {chosen} from t where ({wrong}) is null", self._path)

    def _reject(self, wrong: str, found: Sequence[Field], laid: Layout) -> None:
        cells = ", ".join(f"{literal(field.name)}: {casts.raw_name(at)}" for at, field in enumerate(found))
        rejected = self._db.execute(
            f"select line, wrong, {casts.raw_cells(laid)}[wrong + 1], to_json({{{cells}}})::VARCHAR "
            f"from (select *, {wrong} as wrong from t) where wrong is not null order by 1"
        )
        while rows := rejected.fetchmany(_FETCHED):
            for line, at, cell, raw in rows:
                column = self._recipe.columns.columns[at]
                self._rejects.add(line, column.name, casts.reason(column, cell, "."), raw)


def _spooled(stream: BinaryIO, path: Path) -> str:
    """What is wrong with what follows the file; one that is cut off has no end, by which it is read."""
    try:
        parquet.spooled(stream, path)
    except TrailingGarbageError as error:
        return error.message
    except DamagedError as error:
        raise CorruptError(error.message) from error
    return ""


def _first_wrong(placed: Sequence[tuple[Column, int | None]], found: Sequence[Field]) -> str:
    cases = [
        f"when {wrong} then {number}"
        for number, (column, place) in enumerate(placed)
        if place is not None and (wrong := _is_wrong(column, place, found[place]))
    ]
    return f"case {' '.join(cases)} end" if cases else "null"


def _is_wrong(column: Column, place: int, field: Field) -> str:
    if not _is_number(column, field):
        return casts.is_wrong(column, casts.raw_name(place), ".")
    if column.type is ColumnType.FLOAT:
        return f"not isfinite(d{place})"
    return f"(d{place} is not null and try_cast(d{place} as {column.type.duckdb}) is null)"


def _value(column: Column, place: int | None, found: Sequence[Field]) -> str:
    if place is not None and _is_number(column, found[place]):
        return f"try_cast(d{place} as {column.type.duckdb})"
    return casts.value(column, "''" if place is None else casts.raw_name(place), ".")


def _is_number(column: Column, field: Field) -> bool:
    """True where no text is needed in between."""
    return (column.type.is_whole and field.kind in _WHOLE) or (
        column.type is ColumnType.FLOAT and field.kind == "DOUBLE"
    )
