"""Which column of the files goes into which column of the table, or why the two do not fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ess_core.errors import UsageError
from ess_core.tables.columnspec import Column, ColumnSpec
from ess_plugins.redshift.coltypes import column_type
from ess_plugins.redshift.ddl import FILE_ID, MOST_COLUMNS, TableColumn
from ess_plugins.redshift.loading.target import CHAR, VARCHAR, Target, TargetColumn
from ess_plugins.redshift.sql.quoting import check_columns, folded, ident

FILE_NUMBER = "ess_file"
"""The last column of what is staged for a table with _file_id: the number of the row's file in this load."""

TIME = "time without time zone"
LOADABLE = frozenset(
    {
        *("smallint", "integer", "bigint", "numeric", "real", "double precision", "boolean"),
        *(VARCHAR, CHAR, "date", "timestamp without time zone", "timestamp with time zone", TIME),
    }
)
"""The types that rows of text and numbers can be made into; SUPER, GEOMETRY and others are none of them."""

_NOT_IN_PARQUET = frozenset({TIME})


@dataclass(frozen=True, slots=True)
class Pair:
    """A column of the files, and the one of the table that it fills."""

    column: Column
    target: TargetColumn


@dataclass(frozen=True, slots=True)
class Fit:
    """All pairs, in the order of the files' columns; the table does not have the ``added`` ones yet.

    ``numbered`` is whether rows are staged with FILE_NUMBER.
    """

    pairs: tuple[Pair, ...]
    added: tuple[TableColumn, ...] = ()
    numbered: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The table's columns that are filled, in the order in which they are staged."""
        return tuple(pair.target.name for pair in self.pairs)

    @property
    def csv_only(self) -> tuple[str, ...]:
        """The columns that COPY does not load from Parquet; where there is one, CSV is to be staged."""
        return tuple(pair.target.name for pair in self.pairs if pair.target.type in _NOT_IN_PARQUET)


def fit(
    columns: ColumnSpec, target: Target, *, add_columns: bool = False, longest_bytes: Mapping[str, int]
) -> Fit:
    """Pair the columns by their names, as Redshift keeps them; skipped ones go nowhere.

    With ``add_columns`` the table gets those that it has not; ``longest_bytes`` is the longest text of each
    text column, as ``measuring`` says. Raises UsageError, which names what differs, where the two do not fit.
    """
    kept = columns.kept
    check_columns(column.name for column in kept)
    by_name = {column.name: column for column in target.columns}
    _check_own(kept, target)
    missing = [column for column in kept if folded(column.name) not in by_name]
    added = [
        TableColumn(folded(column.name), column_type(column.type, longest_bytes.get(column.name, 0)))
        for column in missing
    ]
    if missing and not add_columns:
        raise _without(target, added)
    if len(target.columns) + len(added) > MOST_COLUMNS:
        raise UsageError(f"{target.name.title} would have more than {MOST_COLUMNS} columns")
    by_name |= {one.name: _as_target(one) for one in added}
    pairs = tuple(Pair(column, by_name[folded(column.name)]) for column in kept)
    _check_types(pairs, target)
    _check_rest({pair.target.name for pair in pairs}, target)
    return Fit(pairs, tuple(added), target.has_file_id)


def _check_own(kept: Sequence[Column], target: Target) -> None:
    """Raise UsageError for columns whose values are not the files' to say."""
    if not kept:
        raise UsageError("all columns are skipped, so there is nothing to load")
    own = {}
    if target.has_file_id:
        own[FILE_NUMBER] = "ess needs that name for itself"
        own[FILE_ID] = "ess keeps the number of a row's file there"
    own |= {
        one.name: f"{target.name.title} numbers its rows there" for one in target.columns if one.is_identity
    }
    for column in kept:
        if why := own.get(folded(column.name)):
            raise UsageError(
                f"column {column.name!r} cannot be loaded: {why}",
                "skip it (type X), or give it another name in the columnspec: `ess category change`",
            )


def _without(target: Target, added: Sequence[TableColumn]) -> UsageError:
    names = ", ".join(f"{one.name!r} ({one.type})" for one in added)
    there = ", ".join(column.name for column in target.columns)
    one = len(added) == 1
    return UsageError(
        f"{target.name.title} has no column{'' if one else 's'} {names}; it has {there}",
        f"--add-columns adds {'it' if one else 'them'}; or skip {'it' if one else 'them'} (type X): "
        "`ess category change`",
    )


def _check_types(pairs: Sequence[Pair], target: Target) -> None:
    for pair in pairs:
        if pair.target.type not in LOADABLE:
            raise UsageError(
                f"column {pair.target.name!r} of {target.name.title} is {pair.target.sql}, "
                "which files do not fill",
                "skip it (type X) in the columnspec: `ess category change`",
            )


def _check_rest(filled: set[str], target: Target) -> None:
    """Raise UsageError where the table wants values that the files have not."""
    wanted = [
        column.name
        for column in target.columns
        if column.not_null and not column.has_default and not column.is_identity and column.name != FILE_ID
    ]
    empty = [name for name in wanted if name not in filled]
    if empty:
        raise UsageError(
            f"{target.name.title} has {', '.join(map(repr, empty))} as NOT NULL without a default, "
            "and the files have no such column",
            f"give it a default, or make the table anew: ALTER TABLE {target.name.title} "
            f"ADD COLUMN {ident(empty[0])} … DEFAULT …",
        )


def _as_target(column: TableColumn) -> TargetColumn:
    """What the catalog will have of a column that is added."""
    kind, _, inner = column.type.rstrip(")").partition("(")
    sizes = [int(size) for size in inner.split(",") if size]
    if kind == "VARCHAR":
        return TargetColumn(column.name, VARCHAR, longest_bytes=sizes[0])
    if kind == "NUMERIC":
        return TargetColumn(column.name, "numeric", precision=sizes[0], scale=sizes[1])
    return TargetColumn(column.name, kind.lower())
