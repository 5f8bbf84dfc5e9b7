"""What staging is asked for, and what it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ess_core.files import Datastore
from ess_core.tables.prepared import PreparedFile
from ess_plugins.redshift.copying.options import Shaping
from ess_plugins.redshift.loading.fitting import Fit
from ess_plugins.redshift.sql.quoting import lit

NULL_MARKER = "\\N:ess:8f1c6a52d0b94e7f"
"""What NULL is in CSV; a text that is the same is rejected, so that nothing else is."""


class Stage(StrEnum):
    """What is staged for COPY."""

    PARQUET = "parquet"
    CSV = "csv"

    @property
    def suffix(self) -> str:
        """How the names of objects end."""
        return ".parquet" if self is Stage.PARQUET else ".csv.gz"

    @property
    def copy_sql(self) -> str:
        """The options of COPY that read it."""
        if self is Stage.PARQUET:
            return "FORMAT AS PARQUET"
        return f"FORMAT AS CSV GZIP NULL AS {lit(NULL_MARKER)} DATEFORMAT 'auto' TIMEFORMAT 'auto'"


@dataclass(frozen=True, slots=True)
class StageTask:
    """A cleaned file to stage; all of it can be pickled.

    Objects get keys in ``store`` that begin with ``prefix`` and the file's ``number``. ``required`` are the
    table's columns that must not be NULL whatever the table says. ``folder`` is for what is written on the
    way. ``memory_mb`` is DuckDB's part of the memory.
    """

    number: int
    file: PreparedFile
    fit: Fit
    shaping: Shaping
    stage: Stage
    required: tuple[str, ...]
    store: Datastore
    prefix: str
    folder: str
    memory_mb: int = 256


@dataclass(frozen=True, slots=True)
class StagedObject:
    """An object for COPY."""

    url: str
    size_bytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class Staged:
    """What became of a file: rows read are rows staged and rows rejected.

    ``rejects`` is a Parquet file with REJECT_COLUMNS, whose ``raw`` is the value; empty where there is none.
    ``shaped`` is in how many values an option of COPY changed something, those of rejected rows left out.
    """

    number: int
    objects: tuple[StagedObject, ...]
    rows_read: int
    rows_staged: int
    rows_rejected: int
    rejects: str
    shaped: Mapping[str, int]

    def __post_init__(self) -> None:
        read, staged, rejected = self.rows_read, self.rows_staged, self.rows_rejected
        assert read == staged + rejected, f"{read} rows read: {staged} staged, {rejected} rejected"
        assert staged == sum(one.rows for one in self.objects), f"{staged} rows staged: {self.objects}"
