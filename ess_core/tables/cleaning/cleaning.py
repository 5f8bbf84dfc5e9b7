"""A raw file into typed parts and rejects, whole or not at all; rows read are rows kept and rejected.

DuckDB reads only what is plain beyond doubt: its own ways with broken quotes, with cells that are not
selected and with numbers that nearly are some lose rows or change them.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from ess_core.files.damage import TrailingGarbageError, TruncatedError
from ess_core.nodes.shipping import moved
from ess_core.tables.cleaning.columnar import ParquetCleaner
from ess_core.tables.cleaning.member import MemberCleaner
from ess_core.tables.cleaning.rejects import Rejects
from ess_core.tables.dialect import Shape
from ess_core.tables.engine import connect, explained, lent
from ess_core.tables.parts import CleanTask, Part
from ess_core.tables.reading.sources import about, texts


def clean(task: CleanTask) -> list[Part]:
    """The parts of a file, one for each member of an archive.

    A file that is cut off gives its whole rows, and its last part says so. Raises CorruptError where what
    came before the damage cannot be trusted, and what datastores and archives raise; then nothing is left.
    """
    with explained(f"{task.file.key!r} cannot be cleaned"), _workshop(Path(task.folder)) as work:
        return [_moved(part, Path(task.folder)) for part in _parts(task, work)]


def _parts(task: CleanTask, work: Path) -> list[Part]:
    parts: list[Part] = []
    try:
        columns = task.extraction.columns
        columns = str(task.recipe.columns) if columns is None else columns
        told = about(task.store, task.file, task.date, columns)
        for member, stream in texts(task.store, task.file, task.extraction, told):
            parts.append(_member(task, work, len(parts), member, stream))
    except (TruncatedError, TrailingGarbageError) as error:  # of an archive; a text says so in its part
        if not parts:
            raise
        parts[-1] = replace(parts[-1], damage=parts[-1].damage or error.message)
    return parts


def _member(task: CleanTask, work: Path, number: int, member: str, stream: BinaryIO) -> Part:
    source = f"{task.store.url}/{task.file.key}"
    stem = f"{task.stem}-{number}"
    is_parquet = task.recipe.dialect.shape is Shape.PARQUET
    opened = connect if is_parquet else lent  # what confines a database to a folder cannot be undone
    with opened(work, task.memory_mb) as db, Rejects(work / "rejects.csv", source, member) as rejects:
        if is_parquet:
            name = f"{member!r} in {task.file.key!r}" if member else repr(task.file.key)
            return ParquetCleaner(task.recipe, work, stem, db, rejects, name, task.lines).clean(
                stream, member
            )
        return MemberCleaner(task.recipe, work, stem, db, rejects, task.lines, task.fills).clean(
            stream, member
        )


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A folder beside the parts, so that they can be renamed; gone at the end."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".cleaning-", dir=folder))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _moved(part: Part, folder: Path) -> Part:
    """The part, with its files where they are to be."""
    kept = part.within(str(folder))
    for path in part.files:
        os.replace(path, moved(path, str(folder)))
    return kept
