"""Files cleaned as for a load, with nothing of the cache or a category."""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from ess_core.files.local import Local
from ess_core.tables.cleaning.cleaning import clean
from ess_core.tables.columnspec import parse
from ess_core.tables.dialect import Dialect
from ess_core.tables.parts import REJECT_COLUMNS, CleanTask, Recipe
from ess_core.tables.prepared import PreparedFile
from ess_plugins.redshift.copying.options import copy_options
from ess_plugins.redshift.ddl import FILE_ID
from ess_plugins.redshift.loading.fitting import fit
from ess_plugins.redshift.loading.stage import Stage, StageTask, stage
from ess_plugins.redshift.loading.target import Target, TargetColumn
from ess_plugins.redshift.sql.quoting import table_name


@dataclass
class Bench:
    """A folder with raw files, a folder that objects are staged in, and work on the way."""

    folder: Path
    store: Local = field(init=False)

    def __post_init__(self):
        for name in ("raw", "staged", "work", "parts"):
            (self.folder / name).mkdir()
        self.store = Local(f"file://{self.folder}/staged")

    def prepared(self, name, data, spec, dialect=None):
        """A file of that name and data, cleaned."""
        (self.folder / "raw" / name).write_bytes(data if isinstance(data, bytes) else data.encode())
        columns = parse(spec)
        dialect = dialect or Dialect(names=tuple(column.name for column in columns.columns))
        store = Local(f"file://{self.folder}/raw")
        task = CleanTask(
            store, store.stat(name), Recipe(dialect, columns), str(self.folder / "parts"), f"part-{name}"
        )
        return PreparedFile(task.file, None, tuple(clean(task)), task)

    def task(self, file, *columns, options=(), form=Stage.PARQUET, number=3, numbered=True, **more):
        """What stages it for a table of these columns, and the one with the number of the file."""
        own = [TargetColumn(FILE_ID, "bigint")] * numbered
        target = Target(table_name("sales"), (*columns, *own))
        found = fit(file.task.recipe.columns, target, longest_bytes={})
        given = {"store": self.store, "prefix": "ess-staging/load/", "required": ()} | more
        shaping = copy_options(options).shaping
        return StageTask(number, file, found, shaping, form, folder=str(self.folder / "work"), **given)

    def stage(self, *arguments, **options):
        """What staging it gives, whose rows are counted."""
        return stage(self.task(*arguments, **options))

    def rows(self, staged):
        """The rows of objects of Parquet."""
        found = []
        for one in staged.objects:
            path = one.url.removeprefix("file://")
            assert Path(path).stat().st_size == one.size_bytes
            rows = duckdb.connect().execute("select * from read_parquet(?)", [path]).fetchall()
            assert len(rows) == one.rows
            found += rows
        return found

    def rejects(self, staged):
        """The rows that do not fit: (source, member, line, column, reason, raw)."""
        if not staged.rejects:
            return []
        names = ", ".join(f'"{name}"' for name in REJECT_COLUMNS)
        found = duckdb.connect().execute(f"select {names} from read_parquet(?)", [staged.rejects]).fetchall()
        assert len(found) == staged.rows_rejected
        return found


@pytest.fixture
def bench(tmp_path):
    """Files and what becomes of them."""
    return Bench(tmp_path)
