"""What a command is to write for a table: a cell for each of its columns."""

from ess_core.errors import UsageError
from ess_core.tables.columnspec import Column, ColumnSpec, ColumnType
from ess_core.tables.dialect import Dialect
from ess_core.tables.parts import Recipe
from ess_core.tables.through import Through
from ess_plugins.redshift.ddl import FILE_ID
from ess_plugins.redshift.loading.target import Target

_TYPES = {
    "smallint": ColumnType.INT32,
    "integer": ColumnType.INT32,
    "bigint": ColumnType.INT64,
    "real": ColumnType.FLOAT,
    "double precision": ColumnType.FLOAT,
}
"""What is no number comes as text, and is made exact for the table later."""


def through(command: str, delimiter: str, target: Target) -> Through:
    """The command, whose output is rows with the table's columns in their order.

    Columns that are ess's to fill, or the warehouse's, are none of them. Raises UsageError where no column
    is left.
    """
    columns = [
        Column(_TYPES.get(column.type, ColumnType.TEXT), column.name)
        for column in target.columns
        if column.name != FILE_ID and not column.is_identity
    ]
    if not columns:
        raise UsageError(f"{target.name} has no column that a command could write")
    return Through(command, Recipe(Dialect(delimiter=delimiter), ColumnSpec(tuple(columns))))
