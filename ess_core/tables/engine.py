"""DuckDB as ess uses it: no extensions, a limit on memory, its own folder for what does not fit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core.errors import EssError

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
