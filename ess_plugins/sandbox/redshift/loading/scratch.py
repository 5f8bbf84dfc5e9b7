"""Room for files while one statement is done."""

import functools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def scratch() -> Iterator[tuple[Any, Path]]:
    """A connection to DuckDB, and a new folder in the working folder, whose name needs no quoting."""
    with (
        tempfile.TemporaryDirectory(dir=".", prefix="scratch") as made,
        _engine().cursor() as connection,
    ):
        yield connection, Path(os.path.relpath(made))


def _engine() -> Any:
    """That of the process, as making one takes longer than a small load; another one where it is broken."""
    import duckdb

    try:
        _made().cursor().execute("SELECT 1")
    except duckdb.Error:
        _made.cache_clear()
    return _made()


@functools.cache
def _made() -> Any:
    import duckdb

    return duckdb.connect(config={"temp_directory": "."})


def quoted(text: str) -> str:
    """``text`` as a string of DuckDB's SQL."""
    return "'" + text.replace("'", "''") + "'"
