"""The rows that do not fit the table, by the lines in which they are."""

from dataclasses import dataclass, replace
from pathlib import Path

from ess_core.errors import EssError
from ess_core.tables.cleaning.cleaning import clean
from ess_core.tables.engine import lent
from ess_core.tables.parts import RAW_CHARACTERS, Part
from ess_core.tables.prepared import PreparedFile
from ess_core.tables.sqltext import copied
from ess_plugins.redshift.loading.recasting import Recasting


@dataclass(frozen=True, slots=True)
class Named:
    """A Parquet file with REJECT_COLUMNS."""

    path: Path
    rows: int


def named(file: PreparedFile, recasting: Recasting, work: Path, memory_mb: int) -> Named:
    """All rows of a file that do not fit, in its order; ``work`` is a folder for this alone.

    The file is cleaned once more, with lines. Raises EssError where it is not what it was then.
    """
    parts = with_lines(file, work / "lines", memory_mb)
    path = work / "misfits.parquet"
    line, source = file.task.recipe.line, f"{file.task.store.url}/{file.task.file.key}"
    each = [
        recasting.rejects(part.paths, line, source, part.member, RAW_CHARACTERS)
        for part in parts
        if part.rows_kept
    ]
    with lent(work, memory_mb) as db:
        return Named(path, copied(db, " union all ".join(each), path))


def with_lines(file: PreparedFile, folder: Path, memory_mb: int) -> list[Part]:
    """The parts of a file once more, each row with its line."""
    task = replace(file.task, folder=str(folder), lines=True, memory_mb=memory_mb)
    parts = clean(task)
    found, wanted = ([(one.member, one.rows_kept) for one in parts] for parts in (parts, file.parts))
    if found != wanted:
        raise EssError(
            f"{file.file.key!r} has other rows when it is cleaned a second time",
            "a command that it goes through must write the same each time",
        )
    return parts
