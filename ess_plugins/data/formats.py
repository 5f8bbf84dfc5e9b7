"""A dialect and the types of columns in words."""

from collections.abc import Iterator

from ess_core.phrases import count
from ess_core.tables.columnspec import Column, ColumnType
from ess_core.tables.dialect import Dialect, Shape

_WHOLE = {
    Shape.JSON: "JSON, a line for each object",
    Shape.VALUES: "JSON, in an array or over several lines",
    Shape.PARQUET: "Parquet",
}
_NAMED = {"\t": "tab", " ": "blank"}


def format_text(dialect: Dialect) -> str:
    """All of a dialect in one line, but for the encoding."""
    return "; ".join(f"{name} {value}" if name else value for name, value in parts(dialect))


def parts(dialect: Dialect) -> Iterator[tuple[str, str]]:
    """What there is to say of a dialect, each with its name; the first one, its shape, has none."""
    yield "", _shape(dialect)
    if dialect.shape is Shape.DELIMITED:
        yield "quote", _character(dialect.quote)
        yield "escape", "the quote twice" if dialect.escape == dialect.quote else _character(dialect.escape)
    if dialect.decimal != ".":
        yield "decimal point", dialect.decimal
    if dialect.shape in (Shape.DELIMITED, Shape.FIXED):
        yield "header", _header(dialect)


def format_facts(dialect: Dialect) -> Iterator[tuple[str, str]]:
    """The same, one below the other, with the encoding."""
    if dialect.shape is not Shape.PARQUET:
        yield "encoding", dialect.encoding
    for name, value in parts(dialect):
        yield name or "format", value


def delimiter_text(delimiter: str) -> str:
    """A delimiter so that each character of it is seen."""
    if not delimiter:
        return "none"
    name = _NAMED.get(delimiter)
    return f"{delimiter!r} ({name})" if name else repr(delimiter)


def sql_type(column: Column) -> str:
    """A column's type in SQL; empty for one that is skipped."""
    return "" if column.type is ColumnType.SKIP else column.type.duckdb


def _shape(dialect: Dialect) -> str:
    if dialect.shape is Shape.DELIMITED:
        return (
            f"delimited by {delimiter_text(dialect.delimiter)}" if dialect.delimiter else "a line is one cell"
        )
    if dialect.shape is Shape.FIXED:
        return f"fixed width, columns begin at {', '.join(str(start + 1) for start in dialect.starts)}"
    if dialect.shape is Shape.LOG:
        return f"{dialect.log} log of a web server"
    return _WHOLE[dialect.shape]


def _character(text: str) -> str:
    return text or "none"


def _header(dialect: Dialect) -> str:
    if dialect.names:
        return "yes"
    if dialect.skip:
        return f"none, but {count(dialect.skip, 'line')} before the first row"
    return "none"
