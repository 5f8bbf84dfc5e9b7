"""Files cleaned for the tests, and what became of them."""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from ess_core.files.local import Local
from ess_core.tables.cleaning.cleaning import clean
from ess_core.tables.columnspec import parse
from ess_core.tables.extraction import Extraction
from ess_core.tables.parts import CleanTask, Part, Recipe
from ess_core.tables.reading.sources import beginning
from ess_core.tables.sniffing.given import NOTHING, Given
from ess_core.tables.sniffing.sniffing import SAMPLE_BYTES, sniff

DB = duckdb.connect(config={"threads": 1})


@dataclass
class Cleaned:
    """The rows in their order, the rejects as (line, column, reason, raw), the parts."""

    rows: list[tuple] = field(default_factory=list)
    rejects: list[tuple] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


def task(folder: Path, name: str, spec: str = "", members: str = "*", given: Given = NOTHING) -> CleanTask:
    """What cleans the file with the dialect that is sniffed, and its columns where no spec is given."""
    store = Local(f"file://{folder}")
    file = store.stat(name)
    extraction = Extraction(members)
    head = beginning(store, file, SAMPLE_BYTES, extraction)
    found = sniff(head.text, whole=head.whole, given=given) if head else sniff(b"", given=given)
    recipe = Recipe(found.dialect, parse(spec) if spec else found.columns)
    return CleanTask(store, file, recipe, str(folder / "parts"), "part", extraction)


def cleaned(
    folder: Path, data: bytes | str, spec: str = "", members: str = "*", given: Given = NOTHING
) -> Cleaned:
    """The same for a file of that data, cleaned."""
    (folder / "file").write_bytes(data if isinstance(data, bytes) else data.encode())
    return result(clean(task(folder, "file", spec, members, given)))


def result(parts: list[Part]) -> Cleaned:
    """All rows and rejects of the parts, whose counts are right."""
    found = Cleaned(parts=parts)
    for part in parts:
        rows = [row for path in part.paths for row in _read(path, "*")]
        assert bool(part.rejects) == bool(part.rows_rejected)
        rejects = _read(part.rejects, 'line, "column", reason, raw') if part.rejects else []
        assert (len(rows), len(rejects)) == (part.rows_kept, part.rows_rejected)
        assert part.rows_read == part.rows_kept + part.rows_rejected
        found.rows += rows
        found.rejects += rejects
    return found


def _read(path: str, what: str) -> list[tuple]:
    return DB.execute(f"select {what} from read_parquet(?, hive_partitioning=false)", [path]).fetchall()
