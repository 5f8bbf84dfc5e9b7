"""What a load is, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from ess_plugins.redshift.ddl import TableColumn
from ess_plugins.redshift.loading.stage import Stage, StagedObject
from ess_plugins.redshift.loading.target import Target


class Changed(StrEnum):
    """What to do with a file that was loaded before with another content, or in another way."""

    STOP = "stop"
    REPLACE = "replace"
    APPEND = "append"


class Progress(Protocol):
    """Whom a load tells how far it is."""

    def count(self, text: str, done: int, wanted: int | None) -> None:
        """``done`` of ``wanted`` are done in the step named ``text``."""

    def note(self, text: str) -> None:
        """Something that a user should know."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to load as the ledger knows it."""

    uri: str
    etag: str


@dataclass(frozen=True, slots=True)
class LoadFile:
    """A file whose rows are staged in ``objects``; ``number``, from 0, is what its rows have as FILE_NUMBER.

    ``rows`` is how many rows are in the objects, ``rows_rejected`` how many of the file are not.
    """

    number: int
    uri: str
    etag: str
    objects: tuple[StagedObject, ...]
    rows: int
    rows_rejected: int

    @property
    def source(self) -> Source:
        """The file without what is staged of it."""
        return Source(self.uri, self.etag)


@dataclass(frozen=True)
class Load:
    """Files for one table; all of them are committed, or none.

    ``names`` are the columns staged, in their order and folded, without the file's number. ``recipe`` stands
    for how files become rows: the same file by another recipe is another load. ``options_sql`` are the
    options that COPY itself applies. ``added`` are columns that the table gets. With ``upsert_key`` rows of
    the table with the same key go. ``replace_table`` makes the table anew, with these files only. With
    ``isolate`` files that COPY refuses are left out.
    """

    load_id: str
    target: Target
    names: tuple[str, ...]
    recipe: str
    files: Sequence[LoadFile]
    stage: Stage = Stage.PARQUET
    options_sql: str = ""
    added: tuple[TableColumn, ...] = ()
    upsert_key: tuple[str, ...] = ()
    changed: Changed = Changed.STOP
    replace_table: bool = False
    isolate: bool = False


@dataclass(frozen=True)
class Loaded:
    """What was done. Each file is among one of: loaded, skipped (it was loaded before), quarantined.

    ``quarantined`` says why, by the numbers of the files; ``notes`` are lines for the user.
    """

    rows_loaded: int
    files_loaded: int
    files_skipped: int
    quarantined: Mapping[int, str] = field(default_factory=dict)
    rows_replaced: int = 0
    attempts: int = 1
    notes: tuple[str, ...] = ()
