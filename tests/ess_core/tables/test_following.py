"""A file is used where it is cleaned, as soon as it is, and only where it is cleaned."""

import pickle
from dataclasses import dataclass, replace

import pytest

from ess_core.errors import EssError
from ess_core.nodes.processes import LocalExecutor
from ess_core.tables.following import FollowedTask, Following
from ess_core.tables.parts import CleanTask
from ess_core.tables.preparing import prepared
from tests.ess_core.tables.preparing_setup import ALL, Context, added, table, write


@dataclass(frozen=True)
class Counted:
    """How many rows were kept of a file."""

    number: int
    rows: int
    files: tuple[str, ...] = ()

    def within(self, folder):
        return self


@dataclass(frozen=True)
class Count:
    """Counts them."""

    number: int
    fails: bool = False
    reads: tuple[str, ...] = ("s3://read",)
    writes: tuple[str, ...] = ("s3://written",)
    folder: str = ""

    def within(self, folder):
        return replace(self, folder=folder)

    def of(self, parts):
        if self.fails:
            raise EssError(f"'{self.number}.csv' cannot be counted")
        return Counted(self.number, sum(part.rows_kept for part in parts))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three files; two rows of the last are bad."""
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "home"))
    for number in range(3):
        write(tmp_path / "data", f"{number}.csv", table(10 * number, bad=2 * (number == 2)))
    return tmp_path / "data"


@pytest.fixture
def executor():
    """One process, so that files are done in their order."""
    with LocalExecutor(1) as executor:
        yield executor


def counting(told, fails=()):
    """A use that is told of each file."""

    def use(number, one, task):
        assert (one.file, task.file) == (one.file, one.file)
        return Count(number, one.file.key in fails)

    return Following(use, told.append)


def test_each_file_is_used_and_told_with_its_parts(folder, executor):
    told = []
    with prepared(added(folder), ALL, executor, Context(), following=counting(told)) as found:
        assert [one.use for one in found.files] == [Counted(number, 10) for number in range(3)]
        assert [(one.file.key, one.use.number) for one in told] == [("0.csv", 0), ("1.csv", 1), ("2.csv", 2)]
        assert told == list(found.files)
        assert [part.rows_rejected for one in told for part in one.parts] == [0, 0, 2]
        assert found.cached == 0


def test_what_the_cache_has_is_not_used(folder, executor):
    with prepared(added(folder), ALL, executor, Context()):
        pass
    write(folder, "1.csv", table(50, rows=4))
    told = []
    with prepared(added(folder), ALL, executor, Context(), following=counting(told)) as found:
        assert [one.use for one in found.files] == [None, Counted(1, 4), None]
        assert found.cached == 2
    assert [one.use.number for one in told] == [1]


def test_parts_are_kept_for_the_next_time(folder, executor):
    with prepared(added(folder), ALL, executor, Context(), following=counting([])):
        pass
    with prepared(added(folder), ALL, executor, Context()) as found:
        assert found.cached == 3
        assert [one.use for one in found.files] == [None] * 3


def test_a_use_that_fails_ends_all_and_names_the_file(folder, executor):
    told = []
    following = counting(told, fails={"1.csv"})
    with (
        pytest.raises(EssError) as caught,
        prepared(added(folder), ALL, executor, Context(), following=following),
    ):
        pass
    assert caught.value.message == "'1.csv' cannot be counted"
    assert [one.use.number for one in told] == [0]


def test_a_file_that_cannot_be_read_is_not_used(folder, executor):
    (folder / "1.csv").write_bytes(b"\x1f\x8b\x08\x00broken")
    told = []
    found = prepared(added(folder), ALL, executor, Context(), following=counting(told), skip_bad_files=True)
    with found as ready:
        assert [one.use for one in ready.files] == [Counted(0, 10), None, Counted(2, 10)]
        assert len(ready.problems) == 1
    assert [one.use.number for one in told] == [0, 2]


def test_a_task_says_what_both_need(folder):
    with LocalExecutor(1) as executor, prepared(added(folder), ALL, executor, Context()) as found:
        clean = found.files[0].task
    task = FollowedTask(clean, Count(7))
    assert (task.reads, task.writes) == ((clean.store.url, "s3://read"), ("s3://written",))
    assert (task.leaves, task.feeds, task.inputs, task.folder) == (True, False, (), clean.folder)
    moved = pickle.loads(pickle.dumps(task)).within("/elsewhere")
    assert isinstance(moved.clean, CleanTask)
    assert (moved.folder, moved.clean.folder, moved.use.folder) == ("/elsewhere",) * 3
