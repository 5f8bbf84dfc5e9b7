"""The table that is loaded into, as the warehouse has it."""

from dataclasses import dataclass

from ess_plugins.redshift.ddl import FILE_ID
from ess_plugins.redshift.sql.quoting import TableName


@dataclass(frozen=True, slots=True)
class TargetColumn:
    """A column; ``type`` is the catalog's name of it, such as ``character varying``.

    ``longest_bytes`` is of texts, ``precision`` and ``scale`` are of numerics.
    """

    name: str
    type: str
    longest_bytes: int | None = None
    precision: int | None = None
    scale: int | None = None
    not_null: bool = False
    has_default: bool = False
    is_identity: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A table and its columns, in their order."""

    name: TableName
    columns: tuple[TargetColumn, ...]
    primary_key: tuple[str, ...] = ()

    @property
    def has_file_id(self) -> bool:
        """Whether each row says which file it is from."""
        return any(column.name == FILE_ID for column in self.columns)
