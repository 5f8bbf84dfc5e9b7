"""A category's files are cleaned once, whole, and in its order; what cannot be is said."""

import gzip
import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ess_core.errors import EssError, UsageError
from ess_core.files import ChangedError, NoFileError
from ess_core.files.damage import BadFileError, CorruptError
from ess_core.files.dates import parse_range
from ess_core.files.local import Local
from ess_core.nodes.executors import LostError, Outcome
from ess_core.nodes.processes import LocalExecutor
from ess_core.tables import preparing
from ess_core.tables.cache.cache import status
from ess_core.tables.columnspec import parse
from ess_core.tables.preparing import prepared
from tests.ess_core.files.made import zipped
from tests.ess_core.tables.preparing_setup import ALL, Context, added, ids, table, write


@pytest.fixture(scope="module")
def executor():
    with LocalExecutor(2) as made:
        yield made


@pytest.fixture(autouse=True)
def ess_home(tmp_path, monkeypatch):
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path):
    """Three files of ten rows; the last one has two bad ones."""
    write(tmp_path / "data", "b-2014-01-01.csv", table(10))
    write(tmp_path / "data", "a-2014-01-02.csv.gz", table(20))
    write(tmp_path / "data", "a-2014-01-03.csv", table(30, bad=2))
    return tmp_path / "data"


class Idle:
    """An executor that has nothing to do."""

    def map(self, fn, items, retries=0, window=None):
        assert list(items) == []
        yield from ()


class Saying:
    """An executor that says of each item that it ended so."""

    def __init__(self, error):
        self.error = error

    def map(self, fn, items, retries=0, window=None):
        yield from (Outcome(item, None, self.error) for item in items)


def left(ess_home):
    """What is in private folders."""
    return os.listdir(ess_home / "cache" / "in-use")


def test_rows_come_by_date_and_all_are_counted(folder, executor, ess_home):
    with prepared(added(folder), ALL, executor, Context()) as found:
        assert [one.file.key for one in found.files] == [
            "b-2014-01-01.csv",
            "a-2014-01-02.csv.gz",
            "a-2014-01-03.csv",
        ]
        assert ids(found) == list(range(10, 40))
        assert (found.rows_read, found.rows_kept, found.rows_rejected) == (32, 30, 2)
        assert (found.cached, found.archived, found.problems) == (0, 0, [])
        rejects = [part.rejects for part in found.parts]
        assert rejects[:2] == ["", ""]
        below = set(os.listdir(found.work.parts))
        assert below == {Path(path).name for path in [*found.paths, rejects[2]]}
    assert left(ess_home) == []


def test_only_the_range_is_cleaned(folder, executor):
    category = added(folder)
    with prepared(category, parse_range("2014-01-02", "2014-01-02"), executor, Context()) as found:
        assert ids(found) == list(range(20, 30))
    assert status().files == 1
    with prepared(category, parse_range("2019-01-01", "*"), Idle(), Context()) as found:
        assert (found.files, found.rows_read) == ((), 0)


def test_nothing_is_cleaned_twice(folder, executor):
    category = added(folder)
    for _ in range(2):
        with prepared(category, ALL, executor, Context()):
            pass
    with prepared(category, ALL, Idle(), Context()) as found:
        assert ids(found) == list(range(10, 40))
        assert (found.cached, found.rows_rejected) == (3, 2)
        assert len([part for part in found.parts if part.rejects and Path(part.rejects).exists()]) == 1


def test_a_file_that_is_new_or_changed_is_cleaned_without_being_asked_for(folder, executor):
    category = added(folder)
    with prepared(category, ALL, executor, Context()):
        pass
    write(folder, "a-2014-01-03.csv", table(60))
    write(folder, "c-2014-01-04.csv", table(70))
    with prepared(category, ALL, executor, Context()) as found:
        assert ids(found) == [*range(10, 30), *range(60, 80)]
        assert found.cached == 2


def test_other_columns_are_another_table(folder, executor):
    with prepared(added(folder), ALL, executor, Context()):
        pass
    other = added(folder, columns=parse("S:id S:name"))
    with prepared(other, ALL, executor, Context()) as found:
        assert (found.cached, found.rows_kept) == (0, 32)


def test_fresh_cleans_all_again(folder, executor):
    category = added(folder)
    with prepared(category, ALL, executor, Context()):
        pass
    with prepared(category, ALL, executor, Context(), fresh=True) as found:
        assert (found.cached, ids(found)) == (0, list(range(10, 40)))
    assert status().files == 3


def test_without_a_cache_all_is_the_same(folder, executor):
    for _ in range(2):
        with prepared(added(folder), ALL, executor, Context("0B")) as found:
            assert (found.cached, ids(found)) == (0, list(range(10, 40)))
    assert status().files == 0


def test_a_damaged_part_is_cleaned_again(folder, executor, ess_home):
    category = added(folder)
    with prepared(category, ALL, executor, Context()):
        pass
    for path in (ess_home / "cache" / "parts").rglob("*-0-0.parquet"):
        os.truncate(path, 20)
    with prepared(category, ALL, executor, Context()) as found:
        assert (found.cached, ids(found)) == (0, list(range(10, 40)))
    with prepared(category, ALL, Idle(), Context()) as found:
        assert found.cached == 3


def corrupt(folder):
    packed = bytearray(gzip.compress(table(0, 2000)))
    packed[-6] ^= 255
    (folder / "c-2014-01-04.csv.gz").write_bytes(packed)


def test_a_corrupt_file_stops_it_and_what_is_done_is_kept(folder, ess_home):
    corrupt(folder)
    with (
        LocalExecutor(1) as one_by_one,
        pytest.raises(CorruptError) as caught,
        prepared(added(folder), ALL, one_by_one, Context()),
    ):
        raise AssertionError
    assert caught.value.message.startswith("'c-2014-01-04.csv.gz' is corrupt: gzip data")
    assert (caught.value.exit_code, caught.value.hint) == (1, "--skip-bad-files goes on without such files")
    assert (status().files, left(ess_home)) == (3, [])


def test_bad_files_can_be_skipped_and_are_named(folder, executor):
    corrupt(folder)
    with prepared(added(folder), ALL, executor, Context(), skip_bad_files=True) as found:
        assert ids(found) == list(range(10, 40))
        assert (len(found.files), found.files[3].parts) == (4, ())
        [problem] = found.problems
        assert problem.startswith("'c-2014-01-04.csv.gz' is corrupt: gzip data")
    assert status().files == 3


def test_a_file_of_another_compression_than_it_must_have_is_a_bad_one(folder, executor):
    category = added(folder, compression="gz")
    with (
        pytest.raises(BadFileError, match="is not gz: it is not compressed"),
        prepared(category, ALL, executor, Context()),
    ):
        raise AssertionError
    with prepared(category, ALL, executor, Context(), skip_bad_files=True) as found:
        assert ids(found) == list(range(20, 30))
        assert len(found.problems) == 2


def test_a_file_that_is_cut_off_gives_its_whole_rows_and_is_named_each_time(folder, executor):
    packed = gzip.compress(table(0, 5000))
    (folder / "c.csv.gz").write_bytes(packed[: len(packed) // 2])
    category = added(folder)
    seen = []
    for _ in range(2):
        with prepared(category, ALL, executor, Context()) as found:
            [problem] = found.problems
            assert problem.startswith("'c.csv.gz' is cut off")
            seen.append(ids(found))
    assert seen[0] == seen[1]
    assert 1000 < len(seen[0]) < 4000
    assert found.cached == 4


def test_an_archive_that_is_cut_off_before_its_first_row_is_named(folder, executor):
    (folder / "c.zip").write_bytes(zipped({"a.csv": table(0)})[:40])
    with prepared(added(folder), ALL, executor, Context()) as found:
        assert ids(found) == list(range(10, 40))
        assert ["'c.zip' is cut off" in problem for problem in found.problems] == [True]


def test_only_the_members_of_the_category_are_read(tmp_path, executor):
    write(tmp_path / "data", "a.zip", zipped({"a.csv": table(0), "b.txt": table(50), "c.csv": table(10)}))
    with prepared(added(tmp_path / "data", members="*.csv"), ALL, executor, Context()) as found:
        assert ids(found) == list(range(20))
        assert [part.member for part in found.parts] == ["a.csv", "c.csv"]


@pytest.mark.parametrize("times", [1, 2])
def test_more_rejects_than_allowed_are_an_error_also_from_the_cache(folder, executor, times, ess_home):
    category = added(folder)
    for _ in range(times):
        with pytest.raises(EssError) as caught, prepared(category, ALL, executor, Context(), max_rejects=1):
            raise AssertionError
        assert caught.value.message == "2 or more rows of logs are rejected, and 1 may be"
        assert caught.value.hint == "`ess category rejects logs` says why"
    assert left(ess_home) == []
    with prepared(category, ALL, executor, Context(), max_rejects=2) as found:
        assert found.rows_rejected == 2


def test_what_is_done_before_too_many_rows_are_rejected_may_be_wanted(folder, ess_home):
    write(folder, "a-2014-01-04.csv", table(40))
    terms = {"max_rejects": 1, "partial": True}
    with LocalExecutor(1) as one, prepared(added(folder), ALL, one, Context(), **terms) as found:
        assert (found.is_whole, found.rows_rejected, found.rows_read) == (False, 2, 32)
        assert "a-2014-01-04.csv" not in [each.file.key for each in found.files]
    with LocalExecutor(1) as one, prepared(added(folder), ALL, one, Context()) as found:
        assert (found.is_whole, len(found.files)) == (True, 4)


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        (lambda path: path.write_bytes(b"id,name\n1,a\n"), ChangedError, "was changed since it was listed"),
        (lambda path: path.unlink(), NoFileError, "there is no file 'a-2014-01-03.csv'"),
    ],
    ids=["changed", "gone"],
)
def test_a_file_that_is_not_as_it_was_listed_is_said(folder, executor, change, kind, said):
    category = added(folder)
    change(folder / "a-2014-01-03.csv")
    with (
        pytest.raises(kind, match=said) as caught,
        prepared(category, ALL, executor, Context(), usecache=True, skip_bad_files=True),
    ):
        raise AssertionError
    assert caught.value.hint.startswith("try again: files are listed anew")
    with prepared(category, ALL, executor, Context()) as found:
        assert found.problems == []


class Changed(LocalExecutor):
    """Finds every file changed, as a datastore says it that hints at something else."""

    def map(self, fn, items, retries=0, window=None):
        for item in items:
            yield Outcome(item, None, ChangedError("it was changed", "read it again"))


def test_what_to_do_about_a_changed_file_is_said_in_every_datastore(folder):
    with (
        Changed(1) as executor,
        pytest.raises(ChangedError) as caught,
        prepared(added(folder), ALL, executor, Context()),
    ):
        raise AssertionError
    assert caught.value.hint.startswith("try again: files are listed anew")


def test_files_in_an_archive_class_are_counted_and_not_read(folder, executor, monkeypatch):
    monkeypatch.setattr(Local, "facts", lambda self, prefix="": frozen(FACTS(self, prefix)))
    with prepared(added(folder), ALL, executor, Context()) as found:
        assert ids(found) == list(range(10, 20))
        assert found.archived == 2


FACTS = Local.facts


def frozen(facts):
    """All but the last of them in storage classes that cannot be read."""
    classes = iter(("GLACIER", "DEEP_ARCHIVE", "GLACIER_IR"))
    return ((*fact[:-1], next(classes)) for fact in facts)


def test_an_error_that_does_not_name_its_file_does_so(folder):
    lost = LostError("the process that worked on it was killed", "try --threads 1")
    with (
        pytest.raises(LostError) as caught,
        prepared(added(folder), ALL, Saying(lost), Context(), skip_bad_files=True),
    ):
        raise AssertionError
    assert caught.value.message == (
        "'b-2014-01-01.csv' cannot be cleaned: the process that worked on it was killed"
    )
    assert caught.value.hint == "try --threads 1"


def test_a_disk_that_is_full_has_a_hint(folder):
    full = EssError("'a-2014-01-03.csv' cannot be cleaned: No space left on device")
    with pytest.raises(EssError) as caught, prepared(added(folder), ALL, Saying(full), Context()):
        raise AssertionError
    assert caught.value.hint.startswith("`ess cache clear` makes room")


def test_what_has_no_columns_says_what_to_do_before_anything_is_listed(folder):
    category = replace(added(folder), columns=None)
    with pytest.raises(UsageError, match="nothing is known of"), prepared(category, ALL, Idle(), Context()):
        raise AssertionError


def test_progress_is_told(folder, executor, monkeypatch):
    monkeypatch.setattr(preparing, "_PATIENCE_S", -1)
    monkeypatch.setattr(preparing, "_LISTED_AT_ONCE", 2)
    told = []

    class Told:
        def count(self, *said):
            told.append(said)

    with prepared(added(folder), ALL, executor, Context(), progress=Told()):
        assert told == [("listing logs", 2, None), *(("cleaning logs", done, 3) for done in (1, 2, 3))]


def test_who_cancels_leaves_nothing_but_what_is_done(folder, executor, monkeypatch, ess_home):
    monkeypatch.setattr(preparing, "_PATIENCE_S", -1)

    class Impatient:
        def count(self, text, done, wanted):
            if done == 2:
                raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        prepared(added(folder), ALL, executor, Context(), progress=Impatient()),
    ):
        raise AssertionError
    assert (left(ess_home), status().files) == ([], 2)
    with prepared(added(folder), ALL, executor, Context()) as found:
        assert (found.cached, ids(found)) == (2, list(range(10, 40)))


def test_a_full_disk_is_one_line(folder, ess_home):
    """No file may be longer than this: what SQLite writes is shorter, what the cleaner writes is not."""
    write(
        folder,
        "large.csv",
        b"id,name\n" + b"".join(b"%d,%s\n" % (n, os.urandom(8).hex().encode()) for n in range(90_000)),
    )
    added(folder)
    code = f"""if True:
    import resource, sys
    sys.path.insert(0, ".")
    from ess_core.errors import EssError
    from ess_core.nodes.processes import LocalExecutor
    from tests.ess_core.tables.preparing_setup import main
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    try:
        with LocalExecutor(1) as executor:
            print(main({str(folder)!r}, executor))
    except EssError as error:
        print(error.message)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert re.fullmatch(r"'large.csv' cannot be cleaned: .*\n", done.stdout), done
    assert left(ess_home) == []


CHILD = """if True:
    import sys
    sys.path.insert(0, ".")
    from ess_core.nodes.processes import LocalExecutor
    from tests.ess_core.tables.preparing_setup import main
    print("ready", flush=True)
    sys.stdin.readline()
    with LocalExecutor(1) as executor:
        print(main(sys.argv[1], executor))
"""


def child(folder):
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_several_processes_at_once_prepare_the_same(folder, ess_home):
    for number in range(20):
        write(folder, f"more-{number}.csv", table(1000 * number, 100, bad=1))
    added(folder)
    running = [child(folder) for _ in range(3)]
    assert [one.stdout.readline() for one in running] == ["ready\n"] * 3
    for one in running:
        one.stdin.write("\n")
        one.stdin.flush()
    said = {one.communicate(timeout=100)[0] for one in running}
    assert said == {f"23 2030 22 {sum(range(10, 40)) + 100_000 * sum(range(20)) + 20 * sum(range(100))}\n"}
    assert (status().files, left(ess_home)) == (23, [])


@pytest.mark.slow
def test_who_is_killed_in_the_middle_costs_the_next_one_nothing(folder, ess_home):
    for number in range(300):
        write(folder, f"more-{number}.csv", table(1000 * number, 100))
    category = added(folder)
    with child(folder) as running:
        running.stdin.write("\n")
        running.stdin.flush()
        while status().files < 100:
            assert running.poll() is None
        running.send_signal(signal.SIGKILL)
    assert len(left(ess_home)) == 2
    with LocalExecutor(2) as executor, prepared(category, ALL, executor, Context()) as found:
        assert 100 <= found.cached < 303
        assert sum(ids(found)) == sum(range(10, 40)) + 100_000 * sum(range(300)) + 300 * sum(range(100))
    assert left(ess_home) == []
    kept = [path for path in (ess_home / "cache" / "parts").rglob("*") if path.is_file()]
    assert len(kept) == 303 + 1
