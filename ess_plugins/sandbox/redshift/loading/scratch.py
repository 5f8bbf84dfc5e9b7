"""Room for files while one statement is done."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def scratch() -> Iterator[tuple[Any, Path]]:
    """A DuckDB, and a new folder in the working folder, with a plain name that needs no quoting."""
    import duckdb

    with tempfile.TemporaryDirectory(dir=".", prefix="scratch") as made:
        folder = Path(os.path.relpath(made))
        with closing(duckdb.connect(config={"temp_directory": str(folder)})) as engine:
            yield engine, folder


def quoted(text: str) -> str:
    """``text`` as a string of DuckDB's SQL."""
    return "'" + text.replace("'", "''") + "'"
