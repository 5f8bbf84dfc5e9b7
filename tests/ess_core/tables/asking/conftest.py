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

NAMES = ("0.parquet", "1.parquet", "secret.parquet")
SPEC = 'S:Day I:userID F:price S:"my city"'


class Asking:
    """Asks; ``parts`` are the Parquet files of each table, ``spill`` is where DuckDB may write."""

    def __init__(self, made, folder):
        *self.parts, self.secret = (str(made / "userID=7" / name) for name in NAMES)
        self.spill = folder / "spill"
        self.spill.mkdir()

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


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A folder with the parts, as in `userID=7`, and an ESS_HOME with the categories."""
    folder = tmp_path_factory.mktemp("asking")
    (folder / "userID=7").mkdir()
    for number, name in enumerate(NAMES):
        rows = 'select \'d\' || i as "Day", i::uinteger as "userID", i / 2 as price, \'c\' as "my city"'
        numbers = f"range({number * 10}, {number * 10 + 10}) t(i)"
        duckdb.connect().execute(f"copy ({rows} from {numbers}) to '{folder}/userID=7/{name}'")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ESS_HOME", str(folder / "home"))
        for name in ("web", "my-cat"):
            categories.add(
                Category(name, "file:///data", "data", ("**",), dialect=Dialect(), columns=parse(SPEC))
            )
    return folder


@pytest.fixture
def ask(made, tmp_path, monkeypatch):
    monkeypatch.setenv("ESS_HOME", str(made / "home"))
    return Asking(made, tmp_path)
