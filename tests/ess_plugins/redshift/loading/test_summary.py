"""What is said of a load: every file and every row is somewhere."""

from ess_core.files.dates import Range
from ess_core.tables.categories import Category
from ess_core.tables.prepared import Prepared
from ess_plugins.redshift.loading.job import Done, Job
from ess_plugins.redshift.loading.model import Loaded
from ess_plugins.redshift.loading.stage import Staged, StagedObject
from ess_plugins.redshift.loading.summary import summary
from ess_plugins.redshift.sql.quoting import TableName

CATEGORY = Category("logs", "file:///x", "x", ("**",))
JOB = Job(CATEGORY, Range(), TableName("public", "t"))


class Rows(Prepared):
    """So many rows of files that are nowhere."""

    rows_read = 8
    rows_rejected = 2


def staged(number, rows, **shaped):
    objects = (StagedObject(f"s3://b/{number}", 1000, rows),)
    return Staged(number, objects, rows, rows, 0, "", shaped)


def said(loaded, known=0):
    parts = (staged(0, 4, TRUNCATECOLUMNS=3), staged(1, 2, TRUNCATECOLUMNS=1))
    return list(summary(Done(JOB, 2, 0, known, Rows(CATEGORY, (), None), parts, loaded), 1.25))


def test_a_whole_load():
    assert said(Loaded(6, 2, 0), known=1000) == [
        "1,000 files of logs were loaded before",
        "TRUNCATECOLUMNS changed 4 values",
        "staged 2 objects of Parquet, 2.0 KiB",
        "loaded 2 files into public.t: 8 rows read = 6 loaded + 2 rejected (1.2 s)",
    ]


def test_files_that_were_refused_and_rows_that_were_replaced():
    assert said(Loaded(4, 1, 0, {1: "COPY refuses it"}, rows_replaced=1, notes=("a note",)))[1:] == [
        "a note",
        "1 row of the table was replaced",
        "staged 2 objects of Parquet, 2.0 KiB",
        "loaded 1 file into public.t: "
        "8 rows read = 4 loaded + 2 rejected + 2 in files that were not loaded (1.2 s)",
    ]


def test_files_that_another_load_had_first():
    assert "1 file was loaded by another load meanwhile" in said(Loaded(4, 1, 1))


def test_nothing_new_is_one_line():
    assert list(summary(Done(JOB, 1, 0, 1), 1)) == ["1 file of logs was loaded before"]
