"""A cleaned file as objects that COPY reads: the rows that fit the table, and the others by name."""

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ess_core.errors import EssError
from ess_core.files import Datastore, NoFileError
from ess_core.nodes.shipping import moved
from ess_core.tables.engine import explained, lent
from ess_core.tables.parts import Part
from ess_core.tables.prepared import PreparedFile
from ess_core.tables.sqltext import INDEXES, identifier, literal, number
from ess_plugins.redshift.copying.options import Shaping
from ess_plugins.redshift.loading import misfits
from ess_plugins.redshift.loading.fitting import Fit
from ess_plugins.redshift.loading.recasting import Recasting
from ess_plugins.redshift.sql.quoting import lit

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NULL_MARKER = "\\N:ess:8f1c6a52d0b94e7f"
"""What NULL is in CSV; a text that is the same is rejected, so that nothing else is."""

_GROUP_BYTES = 96 << 20
"""Of cleaned rows, which take less room than staged ones."""
_PARQUET = (
    f"(format parquet, parquet_version 'V1', compression snappy, {INDEXES}, row_group_size_bytes 16777216, "
    "file_size_bytes 134217728, overwrite, return_stats)"
)
_CSV = "format csv, header false, delimiter ',', quote '\"', escape '\"', compression gzip"


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
    way. ``lease`` is the object without which the load has ended, and nothing more is put; it is looked for
    where the work is done ``away``, as processes of this machine end with the load. ``memory_mb`` is DuckDB's
    part of the memory.
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
    lease: str = ""
    away: bool = False
    memory_mb: int = 256

    @property
    def recasting(self) -> Recasting:
        """What makes rows of the table."""
        marker = NULL_MARKER if self.stage is Stage.CSV else ""
        return Recasting(self.fit, self.shaping, marker, self.required)

    @property
    def leaves(self) -> bool:
        """Whether it leaves files: its rejects."""
        return True

    @property
    def feeds(self) -> bool:
        """Whether these are inputs of later work; they are for people."""
        return False

    @property
    def inputs(self) -> tuple[str, ...]:
        """The files of this machine that it reads: the rows."""
        return tuple(path for part in self.file.parts for path in part.paths)

    @property
    def reads(self) -> tuple[str, ...]:
        """The datastore of the file, which is cleaned once more where lines are to be said."""
        return (self.file.task.store.url,)

    @property
    def writes(self) -> tuple[str, ...]:
        """The datastore of the objects."""
        return (self.store.url,)

    def within(self, folder: str) -> Self:
        """The same on another machine, with what it reads and leaves in ``folder``."""
        parts = tuple(part.within(folder) for part in self.file.parts)
        file = replace(self.file, parts=parts, task=self.file.task.within(folder))
        return replace(self, folder=folder, file=file, away=True)

    def of(self, parts: Sequence[Part]) -> "Staged":
        """Stage the file with these parts, which it has not yet. Raises as :func:`stage`."""
        return stage(replace(self, file=replace(self.file, parts=tuple(parts))))


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
    ``shaped`` is in how many values an option of COPY changed something, those of rejected rows left out;
    of FILLRECORD it is how many rows of the file were filled.
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

    @property
    def files(self) -> tuple[str, ...]:
        """The file of rejects, where there is one."""
        return (self.rejects,) if self.rejects else ()

    def within(self, folder: str) -> Self:
        """The same, with its file in ``folder``."""
        return replace(self, rejects=moved(self.rejects, folder))


def stage(task: StageTask) -> Staged:
    """Recast the rows of a file for the table, put those that fit where COPY reads them, and name the others.

    What it leaves is the same after a second time. Raises EssError where the disk is full, the datastore
    does not take an object, or a file whose rows are to be named is not what it was.
    """
    Path(task.folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    name = repr(task.file.file.key)
    try:
        with (
            explained(f"{name} cannot be staged"),
            tempfile.TemporaryDirectory(prefix=".staging-", dir=task.folder) as work,
        ):
            return _staged(task, Path(work))
    except EssError as error:
        if name not in error.message:
            error.message = f"{name} cannot be staged: {error.message}"
        raise


def _staged(task: StageTask, work: Path) -> Staged:
    recasting, objects = task.recasting, list[StagedObject]()
    read = sum(part.rows_kept for part in task.file.parts)
    with lent(work, task.memory_mb) as db:
        for paths in _groups(task.inputs):
            for path, rows in _written(db, recasting.kept(paths, task.number), task, work):
                objects.append(_put(task, len(objects), path, rows))
        staged = sum(one.rows for one in objects)
        shaped = _counted(db, recasting, task.inputs) if staged else {}
    if filled := sum(part.filled_rows for part in task.file.parts):
        shaped["FILLRECORD"] = filled
    rejects = misfits.named(task.file, recasting, work, task.memory_mb) if staged != read else None
    left = Path(task.folder) / f"misfits-{task.number}.parquet"
    if rejects:
        assert rejects.rows == read - staged, f"{read} rows: {staged} staged, {rejects.rows} named"
        os.replace(rejects.path, left)
    return Staged(
        task.number, tuple(objects), read, staged, read - staged, str(left) if rejects else "", shaped
    )


def _groups(paths: Iterable[str]) -> Iterator[list[str]]:
    """The files, as many at a time as make an object."""
    held: list[str] = []
    size = 0
    for path in paths:
        held.append(path)
        size += os.path.getsize(path)
        if size >= _GROUP_BYTES:
            yield held
            held, size = [], 0
    if held:
        yield held


def _written(db: "DuckDBPyConnection", query: str, task: StageTask, work: Path) -> Iterator[tuple[Path, int]]:
    """Files with what a query answers, and how many rows each has; none is without."""
    if task.stage is Stage.PARQUET:
        folder = work / "objects"
        made = db.execute(f"copy ({query}) to {literal(str(folder))} {_PARQUET}").fetchall()
        yield from ((Path(path), rows) for path, rows, *_ in made if rows)
        return
    path = work / "object.csv.gz"
    quoted = ", ".join(identifier(pair.target.name) for pair in task.fit.pairs if pair.target.is_text)
    options = f"{_CSV}, nullstr {literal(NULL_MARKER)}" + (f", force_quote ({quoted})" if quoted else "")
    rows = number(db, f"copy ({query}) to {literal(str(path))} ({options})")
    if rows:
        yield path, rows


def _put(task: StageTask, at: int, path: Path, rows: int) -> StagedObject:
    """Put a file where COPY finds it, and remove it here."""
    key = f"{task.prefix.rstrip('/')}/{task.number:06d}-{at:04d}{task.stage.suffix}"
    size_bytes = path.stat().st_size
    _check_lease(task)
    with path.open("rb") as source:
        task.store.put(key, source)
    path.unlink()
    return StagedObject(f"{task.store.url}/{key}", size_bytes, rows)


def _check_lease(task: StageTask) -> None:
    """Raise EssError where the load has ended: a process that lost touch with it leaves nothing behind."""
    if not (task.away and task.lease):
        return
    try:
        task.store.stat(task.lease)
    except NoFileError as error:
        raise EssError("the load that it is staged for has ended") from error


def _counted(db: "DuckDBPyConnection", recasting: Recasting, paths: Sequence[str]) -> dict[str, int]:
    options, query = recasting.counts(paths)
    if not options:
        return {}
    found = db.execute(query).fetchone()
    assert found, "an aggregate has one row"
    return {option: count for option, count in zip(options, found, strict=True) if count}
