"""A DuckDB for SQL that others wrote: it reads the files it is given, and nothing can be made of it.

DuckDB itself refuses its functions for files, addresses and settings: other files are out of bounds, but for
what it spills itself, and nothing can be set any more.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core.tables.asking.memory import available_bytes
from ess_core.tables.engine import connect
from ess_core.tables.sqltext import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SETTINGS = (
    "set errors_as_json = true",
    "set python_enable_replacements = false",
    "set python_scan_all_frames = false",
    "set allow_community_extensions = false",
    "set allow_persistent_secrets = false",
    "set enable_progress_bar = true",  # which makes it known; it is not printed
    "set enable_progress_bar_print = false",
    "set TimeZone = 'UTC'",
)
_LOCKS = (
    "set enable_external_access = false",
    "set lock_configuration = true",
    "begin transaction read only",
)
_MEGABYTE = 1_000_000


def memory_limit_mb() -> int:
    """Half of the memory there is, in MB: what a query may take where nothing else is said."""
    return available_bytes() // 2 // _MEGABYTE


def confined(
    files: Sequence[str], statements: Sequence[str], spill: Path, memory_mb: int, threads: int
) -> "DuckDBPyConnection":
    """A new database that reads only ``files``, writes only into ``spill``, and has run ``statements``."""
    db = connect(spill, memory_mb, threads)
    try:
        for statement in (*_SETTINGS, _allowed(files), *statements, *_LOCKS):
            db.execute(statement)
    except BaseException:
        db.close()
        raise
    return db


def _allowed(files: Sequence[str]) -> str:
    return f"set allowed_paths = [{', '.join(map(literal, files))}]"
