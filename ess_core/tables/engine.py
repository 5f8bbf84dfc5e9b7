"""DuckDB as ess uses it: no extensions, a limit on memory, its own folder for what does not fit."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core.errors import EssError
from ess_core.tables.sqltext import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


_EXACT = "filter_pushdown,unused_columns"
"""What DuckDB's optimizer leaves where it reads text: no cell goes unread, and none is cast twice."""
_kept: dict[tuple[int, int], "DuckDBPyConnection"] = {}  # by process and memory


@contextmanager
def lent(folder: Path, memory_mb: int) -> Iterator["DuckDBPyConnection"]:
    """A database for cleaning, with one thread, that spills into ``folder``.

    The process keeps it for its next file, as making one takes longer than cleaning a small file.
    """
    key = os.getpid(), memory_mb
    db = _kept.pop(key, None)
    if not db or not _turned_to(db, folder):
        db = connect(folder, memory_mb)
        db.execute(f"set disabled_optimizers = {literal(_EXACT)}")
    try:
        yield db
    except BaseException:
        db.close()
        raise
    _kept[key] = db


def connect(folder: Path, memory_mb: int, threads: int = 1) -> "DuckDBPyConnection":
    """A new database in memory, that spills into ``folder``."""
    import duckdb

    db = duckdb.connect(
        config={
            "threads": threads,
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": str(folder),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    db.execute("set enable_progress_bar = false")  # which would go to stdout
    return db


def _turned_to(db: "DuckDBPyConnection", folder: Path) -> bool:
    """Whether it spills into ``folder`` from now on; one that has spilled once cannot."""
    import duckdb

    try:
        db.execute(f"set temp_directory = {literal(str(folder))}")
    except duckdb.NotImplementedException:
        db.close()
        return False
    return True


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Raise EssError, in one line, where the memory or the disk is not enough."""
    import duckdb

    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        raise EssError(f"{what}: {str(error).splitlines()[0]}") from error
    except OSError as error:
        raise EssError(f"{what}: {error.strerror or error}") from error
