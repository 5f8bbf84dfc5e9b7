"""A category of a folder for the tests of what is made of it, also for those in processes of their own."""

import gzip
from dataclasses import dataclass
from pathlib import Path

from ess_core.conf import Conf
from ess_core.files.dates import Range
from ess_core.files.local import Local
from ess_core.nodes.processes import LocalExecutor
from ess_core.tables.categories import Category
from ess_core.tables.categories import store as categories
from ess_core.tables.columnspec import parse
from ess_core.tables.dialect import Dialect
from ess_core.tables.preparing import prepared

ALL = Range()
SPEC = parse("I:id S:name")
DIALECT = Dialect(names=("id", "name"))


@dataclass(frozen=True)
class Context:
    """The configuration of a command; a folder of this machine needs no AWS."""

    size: str = "1GB"

    @property
    def conf(self) -> Conf:
        """What the cache may take."""
        return Conf(sections={"Data": {"cache_size": self.size}})

    @property
    def cloud(self):
        """Not to be asked for."""
        raise AssertionError("a folder of this machine needs no AWS")


def table(first: int, rows: int = 10, bad: int = 0) -> bytes:
    """Lines with the numbers from ``first`` on, and ``bad`` others."""
    lines = [f"{number},n{number}" for number in range(first, first + rows)]
    return "\n".join(["id,name", *lines, *["x,y"] * bad, ""]).encode()


def write(folder: Path, name: str, data: bytes) -> None:
    """A file of the category, packed where its name says so."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)


def added(folder: Path, **settings) -> Category:
    """The category ``logs`` of the folder, kept."""
    known = {"dialect": DIALECT, "columns": SPEC} | settings
    category = Category("logs", f"file://{folder}", "local", ("**",), **known)
    with categories.compare(category, Local(category.url)) as found:
        return categories.add(category, found, overwrite=True)


def ids(found) -> list[int]:
    """The numbers in the rows, in their order."""
    import duckdb

    return [
        number
        for path in found.paths
        for (number,) in duckdb.connect().execute("select id from read_parquet(?)", [path]).fetchall()
    ]


def main(folder: str, executor: LocalExecutor) -> str:
    """Prepare the category ``logs``; what it is, in a line."""
    category = categories.find("logs", f"file://{folder}")
    with prepared(category, ALL, executor, Context()) as found:
        return f"{len(found.files)} {found.rows_kept} {found.rows_rejected} {sum(ids(found))}"
