"""What an item and a result say of files, so that the work can be done on another machine."""

from datetime import UTC, datetime
from pathlib import Path

from ess_core.conf import Conf
from ess_core.files import File
from ess_core.files.commandline import About
from ess_core.files.local import Local
from ess_core.nodes.shipping import Shippable, files, within
from ess_core.tables.cleaning.cleaning import clean
from ess_core.tables.columnspec import parse
from ess_core.tables.dialect import Dialect
from ess_core.tables.parts import CleanTask, Recipe
from ess_plugins.data.stream import Job, Plain, Target, run
from ess_plugins.data.stream_rows import Rows
from ess_plugins.s3.datastore import Store


def task(folder: Path, data: bytes = b"1\nx\n") -> CleanTask:
    (folder / "in").mkdir()
    (folder / "in/a").write_bytes(data)
    store = Local(f"file://{folder}/in")
    recipe = Recipe(Dialect(), parse("I:id"))
    return CleanTask(store, store.stat("a"), recipe, str(folder / "out"), "k" * 40)


def test_a_file_that_is_cleaned_elsewhere_leaves_there_what_it_leaves_here(tmp_path):
    here = task(tmp_path)
    assert isinstance(here, Shippable)
    assert (here.leaves, here.inputs, here.reads, here.writes) == (True, (), (f"file://{tmp_path}/in",), ())
    there = clean(here.within(str(tmp_path / "there")))
    assert {Path(path).parent for path in files(there)} == {tmp_path / "there"}
    assert within(there, here.folder) == clean(here)
    assert files(clean(here)) == tuple(str(tmp_path / "out" / Path(path).name) for path in files(there))


def test_rejects_of_a_file_without_any_are_not_sent(tmp_path):
    [part] = clean(task(tmp_path, b"1\n"))
    assert part.files == part.paths


def source(key="a"):
    bucket = Store("s3://in", cloud=None)
    return Plain(bucket, File(key, 1, datetime.now(UTC), "etag"))


def test_a_job_for_the_printer_leaves_its_output_where_it_is_told(tmp_path):
    job = Job(3, source(), "cat", About(), str(tmp_path / "3"))
    assert isinstance(job, Shippable)
    assert (job.folder, job.leaves, job.reads, job.writes) == (str(tmp_path), True, ("s3://in",), ())
    assert job.within("/there").output == "/there/3"


def test_a_job_for_a_folder_of_this_machine_leaves_its_output_elsewhere_and_knows_no_folder(tmp_path):
    target = Target(Local(f"file://{tmp_path}/out"), "a")
    job = Job(3, source(), "cat", About(), str(tmp_path / "3"), target)
    assert (job.leaves, job.writes) == (True, ())
    assert job.within("/there").target is None


def test_a_job_for_a_bucket_leaves_nothing(tmp_path):
    target = Target(Store("s3://out", cloud=None), "a")
    job = Job(3, source(), "cat", About(), str(tmp_path / "3"), target)
    assert (job.leaves, job.writes, job.within("/there").target) == (False, ("s3://out",), target)


def test_rows_are_read_from_files_that_are_sent_along(tmp_path):
    rows = Rows("a", (f"{tmp_path}/p/a-0.parquet", f"{tmp_path}/p/a-1.parquet"), str(tmp_path))
    job = Job(0, rows, "cat", About(), str(tmp_path / "0"))
    assert (job.inputs, job.reads) == (rows.paths, ())
    there = job.within("/there").source
    assert (there.paths, there.folder) == (("/there/a-0.parquet", "/there/a-1.parquet"), "/there")


def test_what_was_streamed_says_where_its_output_is_unless_it_is_kept(tmp_path):
    (tmp_path / "a").write_bytes(b"x\n")
    store = Local(f"file://{tmp_path}")
    job = Job(0, Plain(store, store.stat("a")), "cat", About(), str(tmp_path / "0"))
    done = run(job)
    assert files(done) == (str(tmp_path / "0"),)
    assert within(done, "/else").output == "/else/0"
    kept = run(Job(1, job.source, "cat", About(), str(tmp_path / "1"), Target(store, "b")))
    assert (files(kept), within(kept, "/else").output) == ((), "")


def test_what_says_nothing_has_no_files():
    assert not isinstance(3, Shippable)
    assert files([1, "a", None, Conf()]) == ()
    assert within("a", "/else") == "a"
