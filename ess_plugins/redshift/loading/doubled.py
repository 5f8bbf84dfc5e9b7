"""Keys that are in several rows of what is to be loaded, found before anything is sent."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core.tables.engine import connect, explained
from ess_core.tables.sqltext import number
from ess_plugins.redshift.loading.misfits import with_lines
from ess_plugins.redshift.loading.stage import StageTask

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_EXAMPLES = 5
_PLACES = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row is: its file, the member where that is an archive, and the line, counted from 1."""

    source: str
    member: str
    line: int


@dataclass(frozen=True, slots=True)
class Doubled:
    """A key as text, in how many rows it is, and where the first of them are."""

    key: tuple[str, ...]
    rows: int
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """How many keys are in several rows, how many rows these are, and some of the keys."""

    keys: int
    rows: int
    examples: tuple[Doubled, ...] = ()


def duplicates(
    tasks: Sequence[StageTask], keys: Sequence[str], spill: Path, memory_mb: int = 256
) -> Duplicates:
    """The keys that are twice in the files of one load, by those columns of the table, as it compares them.

    Rows that do not fit, or have NULL in a key, do not count. What memory is not enough for goes into
    ``spill``. Raises EssError where the disk is full.
    """
    with (
        explained("keys cannot be compared"),
        tempfile.TemporaryDirectory(prefix=".keys-", dir=spill) as name,
        connect(Path(name), memory_mb) as db,
    ):
        if not tasks or not _found(db, tasks, keys):
            return Duplicates(0, 0)
        return _told(db, tasks, keys, Path(name))


def _found(db: "DuckDBPyConnection", tasks: Sequence[StageTask], keys: Sequence[str]) -> int:
    """Make the table ``twice`` of keys and how often they are there; how many they are."""
    paths = [path for task in tasks for path in task.inputs]
    if not paths:
        return 0
    rows = tasks[0].recasting.keys(paths, keys)
    twice = f"select *, count(*) as rows from ({rows}) group by all having count(*) > 1"
    return number(db, f"create temp table twice as {twice}")


def _told(
    db: "DuckDBPyConnection", tasks: Sequence[StageTask], keys: Sequence[str], work: Path
) -> Duplicates:
    counts = db.execute("select count(*), sum(rows) from twice").fetchone()
    assert counts, "an aggregate has one row"
    names = [f"k{at}" for at in range(len(keys))]
    db.execute(
        f"create temp table shown as from twice order by rows desc, {', '.join(names)} limit {_EXAMPLES}"
    )
    texts = ", ".join(f"{name}::VARCHAR" for name in names)
    shown = {tuple(key): rows for *key, rows in db.execute(f"select {texts}, rows from shown").fetchall()}
    places: dict[tuple[str, ...], list[Place]] = {key: [] for key in shown}
    for task in tasks:
        if all(len(found) >= _PLACES for found in places.values()):
            break
        for key, place in _places(db, task, keys, work):
            places[key].append(place)
    examples = tuple(Doubled(key, rows, tuple(places[key][:_PLACES])) for key, rows in shown.items())
    return Duplicates(int(counts[0]), int(counts[1]), examples)


def _places(
    db: "DuckDBPyConnection", task: StageTask, keys: Sequence[str], work: Path
) -> Iterator[tuple[tuple[str, ...], Place]]:
    """Where the keys that are shown are in one file."""
    same = " and ".join(f"a.k{at} = shown.k{at}" for at in range(len(keys)))
    if not task.inputs or not number(
        db, f"select count(*) from ({task.recasting.keys(task.inputs, keys)}) a join shown on {same}"
    ):
        return
    file, folder = task.file, work / "lines"
    source = f"{file.task.store.url}/{file.file.key}"
    texts = ", ".join(f"a.k{at}::VARCHAR" for at in range(len(keys)))
    for part in with_lines(file, folder, task.memory_mb):
        rows = task.recasting.keys(part.paths, keys, file.task.recipe.line)
        ranked = f"select {texts}, line, row_number() over (partition by {texts} order by line) as n"
        found = db.execute(
            f"from ({ranked} from ({rows}) a join shown on {same}) where n <= {_PLACES} order by line"
        )
        for *key, line, _ in found.fetchall():
            yield tuple(key), Place(source, part.member, line)
    shutil.rmtree(folder)
