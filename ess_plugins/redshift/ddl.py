"""The table of Redshift that fits a category, and the CREATE TABLE that makes it."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from ess_core.errors import UsageError
from ess_core.tables.columnspec import Column, ColumnSpec, ColumnType
from ess_plugins.redshift.coltypes import LONGEST_VARCHAR, column_type
from ess_plugins.redshift.keys import Keys
from ess_plugins.redshift.sql.quoting import TableName, check_columns, folded, ident, idents

FILE_ID = "_file_id"
"""The column with the number, in the ledger, of the file that a row is from."""

MOST_COLUMNS = 1600
"""Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html"""

_WHOLE = ("BIGINT", "INTEGER", "NUMERIC")
_FITS = {
    **dict.fromkeys(("AZ64", "DELTA", "DELTA32K", "MOSTLY8", "MOSTLY16", "MOSTLY32"), _WHOLE),
    **dict.fromkeys(("TEXT255", "TEXT32K"), ("VARCHAR",)),
    "LZO": (*_WHOLE, "VARCHAR"),
}  # types by encoding, of those that do not fit every type


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column as the table has it: the folded name, the type, and what is said of it beside."""

    name: str
    type: str
    not_null: bool = False
    encoding: str = ""

    def __str__(self) -> str:
        encoded = f" ENCODE {self.encoding}" if self.encoding else ""
        return f"{ident(self.name)} {self.type}{encoded}{' NOT NULL' if self.not_null else ''}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is to be made; ``str`` is its CREATE TABLE, without a semicolon."""

    name: TableName
    columns: tuple[TableColumn, ...]
    distkey: str = ""
    sortkey: tuple[str, ...] = ()
    primary: tuple[str, ...] = ()

    def __str__(self) -> str:
        inner = [*map(str, self.columns)]
        if self.primary:
            inner.append(f"PRIMARY KEY ({idents(self.primary)})")
        body = ",\n".join(f"    {line}" for line in inner)
        distributed = f"\nDISTSTYLE KEY DISTKEY ({ident(self.distkey)})" if self.distkey else ""
        sorted_by = f"\nCOMPOUND SORTKEY ({idents(self.sortkey)})" if self.sortkey else ""
        return f"CREATE TABLE {self.name} (\n{body}\n){distributed}{sorted_by}"


def table(
    name: TableName,
    columns: ColumnSpec,
    longest_bytes: Mapping[str, int],
    keys: Keys | None = None,
    *,
    file_id: bool = True,
) -> Table:
    """The table for rows of these columns, of which skipped ones have none.

    ``longest_bytes`` is the longest text of each text column; see ``measuring``. With ``file_id`` each row
    knows its file, so that a file that changed can be loaded anew. Raises UsageError where names collide in
    Redshift, a key names no column, or an encoding does not fit.
    """
    keys = keys or Keys()
    kept = columns.kept
    _check_names(kept, file_id)
    _check_keys(keys, [folded(column.name) for column in kept])
    encodings = dict(keys.encodings)
    made = [
        TableColumn(
            key := folded(column.name),
            column_type(column.type, longest_bytes.get(column.name, 0)),
            key in keys.not_null or key in keys.primary,
            encodings.get(key, ""),
        )
        for column in kept
    ]
    for one in made:
        _check_encoding(one)
    own = [TableColumn(FILE_ID, "BIGINT")] if file_id else []
    return Table(name, (*made, *own), keys.distkey, keys.sortkey, keys.primary)


def overlong(columns: ColumnSpec, longest_bytes: Mapping[str, int]) -> list[str]:
    """The text columns with values that no column of Redshift has room for."""
    texts = [column.name for column in columns.kept if column.type is ColumnType.TEXT]
    return [name for name in texts if longest_bytes.get(name, 0) > LONGEST_VARCHAR]


def _check_names(kept: tuple[Column, ...], file_id: bool) -> None:
    if not kept:
        raise UsageError("all columns are skipped, and a table has at least one")
    names = [column.name for column in kept]
    check_columns(names)
    if file_id and FILE_ID in map(folded, names):
        raise UsageError(
            f"the category has a column {FILE_ID} of its own",
            "skip it (type X), or give it another name in the columnspec: `ess category change`",
        )
    if len(names) + file_id > MOST_COLUMNS:
        raise UsageError(f"there are {len(names) + file_id} columns, and a table has {MOST_COLUMNS} at most")


def _check_keys(keys: Keys, names: list[str]) -> None:
    for column in sorted(keys.columns):
        if column not in names:
            close = difflib.get_close_matches(column, names, 1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"
            raise UsageError(f"a key names {column!r}, which is no column of the table", hint)


def _check_encoding(column: TableColumn) -> None:
    fits = _FITS.get(column.encoding)
    if fits and column.type.partition("(")[0] not in fits:
        raise UsageError(f"{column.encoding} is no encoding for {column.name!r}, which is {column.type}")
