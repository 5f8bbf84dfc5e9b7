"""What is asked of a load, and what is said of it when it is done."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ess_core.files.dates import Range
from ess_core.tables.categories.model import Category
from ess_core.tables.prepared import Prepared, PreparedFile
from ess_plugins.redshift.copying.options import CopyOptions
from ess_plugins.redshift.loading.model import Changed, Loaded
from ess_plugins.redshift.loading.stage import Stage, Staged
from ess_plugins.redshift.sql.quoting import TableName


@dataclass(frozen=True)
class Job:
    """Files of a category in a range for a table, through ``command`` unless that is empty.

    ``delimiter`` is what stands between the cells that the command writes. ``stage`` is None where the
    options decide. With ``is_trial`` all is cleaned and checked, and nothing staged or loaded.
    """

    category: Category
    within: Range
    table: TableName
    command: str = ""
    delimiter: str = ","
    options: CopyOptions = field(default_factory=CopyOptions)
    stage: Stage | None = None
    changed: Changed = Changed.STOP
    upsert_key: tuple[str, ...] = ()
    replace_table: bool = False
    add_columns: bool = False
    isolate: bool = False
    max_rejects: int | None = None
    skip_bad_files: bool = False
    fresh: bool = False
    usecache: bool = False
    threads: int | None = None
    master: bool = False
    is_trial: bool = False


@dataclass(frozen=True)
class Done:
    """What became of a job; ``loaded`` is None where nothing was to be loaded.

    ``files`` is how many there are in the range, without those that are ``archived``; ``known`` of them were
    loaded before. The rest is ``ready``, of which those that could not be used have no ``staged``.
    """

    job: Job
    files: int
    archived: int
    known: int
    ready: Prepared | None = None
    staged: Sequence[Staged] = ()
    loaded: Loaded | None = None
    form: Stage = Stage.PARQUET

    def __post_init__(self) -> None:
        read, good, rejected = self.rows_read, self.rows_good, self.rows_rejected
        assert read == good + rejected, f"{read} rows read: {good} good, {rejected} rejected"
        if self.loaded and not (self.loaded.files_skipped or self.loaded.quarantined):
            assert self.loaded.rows_loaded == good, f"{good} good rows: {self.loaded.rows_loaded} loaded"

    @property
    def rows_read(self) -> int:
        """How many rows the files have, or the command wrote."""
        return self.ready.rows_read if self.ready else 0

    @cached_property
    def rows_rejected(self) -> int:
        """How many of them do not fit the category's columns, or the table's."""
        by_cleaning = self.ready.rows_rejected if self.ready else 0
        return by_cleaning + sum(one.rows_rejected for one in self.staged)

    @property
    def rows_good(self) -> int:
        """How many are left."""
        if self.ready and not self.ready.is_whole:
            return self.ready.rows_kept
        return sum(one.rows_staged for one in self.staged)

    @property
    def files_without_rows(self) -> int:
        """How many files have rows of which none fits."""
        assert self.ready, "what is loaded was cleaned"
        read = [sum(part.rows_read for part in file.parts) for file in usable(self.ready)]
        return sum(not one.rows_staged and read[one.number] > 0 for one in self.staged)

    @property
    def has_too_many_rejects(self) -> bool:
        """Whether more are rejected than may be, so that nothing was loaded."""
        return self.job.max_rejects is not None and self.rows_rejected > self.job.max_rejects

    @cached_property
    def shaped(self) -> Mapping[str, int]:
        """In how many values each option of COPY changed something."""
        total: Counter[str] = Counter()
        for one in self.staged:
            total.update(one.shaped)
        return total

    @property
    def refused(self) -> list[str]:
        """A line for each file that COPY did not take."""
        return [*self.loaded.quarantined.values()] if self.loaded else []

    @property
    def problems(self) -> list[str]:
        """A line for each file of which rows are missing, for whatever reason."""
        return [*(self.ready.problems if self.ready else ()), *self.refused]


def usable(ready: Prepared) -> list[PreparedFile]:
    """The files that can be used; the others are not loaded, and tried again another time."""
    return [one for one in ready.files if is_usable(one)]


def is_usable(one: PreparedFile) -> bool:
    """Whether there is anything of a file."""
    return bool(one.parts or not one.damage)
