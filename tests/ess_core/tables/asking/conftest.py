"""Questions to a category `web` of a few rows, in a database as users' queries have it."""

from contextlib import contextmanager

import duckdb
import pytest

from ess_core.tables import categories
from ess_core.tables.asking.question import asked
from ess_core.tables.asking.session import Limits, session
from ess_core.tables.categories import Category
from ess_core.tables.columnspec import parse
from ess_core.tables.dialect import Dialect

SPEC = 'S:Day I:userID F:price S:"my city"'


class Asking:
    """Asks; ``parts`` are the Parquet files of each table, ``spill`` is where DuckDB may write."""

    def __init__(self, folder):
        self.spill = folder / "userID=7" / "spill"
        self.spill.mkdir(parents=True)
        self.parts = [str(folder / "userID=7" / f"{number}.parquet") for number in range(2)]
        self.secret = str(folder / "userID=7" / "secret.parquet")
        for number, path in enumerate([*self.parts, self.secret]):
            rows = 'select \'d\' || i as "Day", i::uinteger as "userID", i / 2 as price, \'c\' as "my city"'
            duckdb.execute(f"copy ({rows} from range({number * 10}, {number * 10 + 10}) t(i)) to '{path}'")

    @contextmanager
    def session(self, sql, memory_mb=500, threads=2):
        question = asked(sql)
        files = dict.fromkeys(question.tables, self.parts)
        with session(question, files, Limits(memory_mb, self.spill, threads)) as found:
            yield found

    def __call__(self, sql, *, nested=True, **limits):
        """The names of the columns, and all rows as tuples."""
        with self.session(sql, **limits) as found:
            names, rows = found.answer(nested=nested)
            return names, [tuple(row) for row in rows]


@pytest.fixture
def ask(tmp_path, monkeypatch):
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "home"))
    for name in ("web", "my-cat"):
        categories.add(
            Category(name, "file:///data", "data", ("**",), dialect=Dialect(), columns=parse(SPEC))
        )
    return Asking(tmp_path)
