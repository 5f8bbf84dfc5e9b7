"""DuckDB as ess uses it: no extensions, a limit on memory, its own folder for what does not fit."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def connect(folder: Path, memory_mb: int, threads: int = 1) -> "DuckDBPyConnection":
    """A new database in memory, that spills into ``folder``."""
    import duckdb

    return duckdb.connect(
        config={
            "threads": threads,
            "memory_limit": f"{memory_mb}MB",
            "temp_directory": str(folder),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
