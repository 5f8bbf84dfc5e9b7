"""`ess query`: from raw files to an answer."""

import csv
import gzip
import io
import json
import os
import signal
import time

import pytest

from tests.ess_core.tables.preparing_setup import added, table, write
from tests.fixtures.waiting import until

ROWS = "select * from logs"


@pytest.fixture
def logs(here, ess):
    """A category `logs` of three days, 3 rows each and one of the first that does not fit."""
    folder = ess.cwd / "data"
    write(folder, "2014-01-01.csv", table(10, 3, bad=1))
    write(folder, "2014-01-02.csv.gz", table(20, 3))
    write(folder, "2014-01-03.csv.gz", table(30, 3))
    added(folder)
    return here


def corrupt():
    """A file whose checksum is wrong."""
    whole = bytearray(gzip.compress(table(10)))
    whole[-6] ^= 255
    return whole


def answer(here, *words):
    done = here("query", *words, "-f", "ndjson")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_an_answer_on_stdout_and_what_it_is_of_on_stderr(logs):
    done = logs("query", "select count(*) as n, max(name) m from logs:2014-01-01:2014-01-02")
    assert done.stdout == "+---+-----+\n| n | m   |\n+---+-----+\n| 6 | n22 |\n+---+-----+\n"
    assert (done.returncode, done.stderr) == (0, "2 files: 6 rows kept, 1 rejected\n")


def test_ranges_pick_files_and_joins_take_several(logs):
    assert answer(logs, "select count(*) n from logs") == [{"n": 9}]
    assert answer(logs, "select count(*) n from logs:2014-01-02:*") == [{"n": 6}]
    assert answer(logs, "select min(id) a, max(id) b from LOGS:*:2014-01-01T12") == [{"a": 10, "b": 12}]
    assert answer(
        logs, 'select a.ID from "logs:2014-01-02:*" a join logs:*:2014-01-02 b using (id) limit 1'
    ) == [{"id": 20}]


@pytest.mark.parametrize("what", ["*", "id", "name", "1 as one", "id, name, id as again"])
def test_how_many_rows_there_are_does_not_depend_on_the_columns(logs, what):
    assert len(answer(logs, f"select {what} from logs")) == 9


def test_every_format_has_every_row(logs):
    sql = "select id, name, [id] as list, id / 0.0 as f, timestamp '2014-01-01' as t from logs where id < 12"
    rows = [
        {"id": number, "name": f"n{number}", "list": [number], "f": "inf", "t": "2014-01-01 00:00:00"}
        for number in (10, 11)
    ]
    assert answer(logs, sql) == rows
    assert json.loads(logs("query", sql, "-f", "json").stdout) == rows
    assert list(csv.reader(io.StringIO(logs("query", sql, "-f", "csv").stdout))) == [
        ["id", "name", "list", "f", "t"],
        ["10", "n10", "[10]", "inf", "2014-01-01 00:00:00"],
        ["11", "n11", "[11]", "inf", "2014-01-01 00:00:00"],
    ]
    assert logs("query", sql, "-f", "tsv").stdout.splitlines() == [
        "id\tname\tlist\tf\tt",
        "10\tn10\t[10]\tinf\t2014-01-01 00:00:00",
        "11\tn11\t[11]\tinf\t2014-01-01 00:00:00",
    ]
    for name in ("table", "text", "value", "yaml"):
        assert logs("query", sql, "-f", name).stdout.count("n1") == 2
    assert logs("query", sql, "-f", "csv", "-c", "name").stdout.splitlines() == ['"name"', '"n10"', '"n11"']


def test_a_query_without_a_table_needs_no_datastore(here):
    assert answer(here, "select 6 * 7 as n") == [{"n": 42}]
    assert here("query", "select 1").stderr == ""


def test_check_says_the_columns_and_cleans_nothing(logs, ess):
    (ess.cwd / "data" / "2014-01-01.csv").write_bytes(gzip.compress(table(1))[:-6])
    done = logs("query", "--check", "select count(*) n, name from logs group by all", "-f", "tsv")
    assert (done.returncode, done.stdout, done.stderr) == (0, "column\ttype\nn\tBIGINT\nname\tVARCHAR\n", "")
    assert logs("query", "--check", "select nope from logs").returncode == 2
    done = logs("query", "--check", "select n10 from (pivot logs on name using count(*))", "-f", "tsv")
    assert (done.returncode, done.stdout) == (0, "column\ttype\n")
    assert "the columns depend on the data" in done.stderr


def test_a_query_that_is_wrong_is_said_before_files_are_cleaned(logs, ess):
    (ess.cwd / "data" / "2014-01-01.csv").write_bytes(corrupt())
    for sql in (
        "select nope from logs",
        "select from logs",
        "copy logs to 'x'",
        "select * from logs, 'data/x.csv'",
    ):
        done = logs("query", sql)
        assert (done.returncode, done.stdout) == (2, ""), sql
        assert "2014-01-01.csv" not in done.stderr


def test_explain_says_which_files_are_cleaned_and_how_duckdb_goes_about_it(logs):
    answer(logs, "select * from logs:2014-01-02:2014-01-02")
    done = logs(
        "query", "--explain", "select count(*) from logs:*:2014-01-02 join logs:2014-01-03:* using (id)"
    )
    lines = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert [line for line in lines if ".csv" in line] == [
        "to clean  2014-01-01.csv",
        "cached    2014-01-02.csv.gz",
        "to clean  2014-01-03.csv.gz",
    ]
    assert lines[0].startswith("table     logs:*:2014-01-02: 2 files, ")
    assert "Read Parquet" in done.stdout
    rows = answer(logs, "--explain", "select 1 from logs")
    assert [row["what"] for row in rows] == ["table", "to clean", "cached", "to clean", "sql", "plan"]


def test_pivot_looks_for_its_columns_in_the_cleaned_rows(logs):
    sql = "select n10, n32 from (pivot logs on name using count(*) group by id) where id = 32"
    assert answer(logs, sql) == [{"n10": 0, "n32": 1}]
    assert "Read Parquet" in logs("query", "--explain", sql).stdout


def test_too_many_rejects_print_nothing(logs):
    done = logs("query", ROWS, "--max-rejects", 0)
    assert (done.returncode, done.stdout) == (1, "")
    assert "1 or more rows of logs are rejected, and 0 may be" in done.stderr
    assert logs("query", ROWS, "--max-rejects", 1).returncode == 0
    done = logs("query", "select 1 from logs:*:2014-01-01 a, logs b", "--max-rejects", 1)
    assert (done.returncode, done.stdout) == (1, "")
    done = logs("query", ROWS, "--max-rejects", -1)
    assert (done.returncode, "'-1' is not a whole number from 0 to" in done.stderr) == (2, True)


def test_a_corrupt_file_stops_all_or_is_left_out_and_named(logs, ess):
    (ess.cwd / "data" / "2014-01-01.csv").write_bytes(corrupt())
    done = logs("query", ROWS)
    assert (done.returncode, done.stdout) == (1, "")
    assert "2014-01-01.csv" in done.stderr
    done = logs("query", "select count(*) n from logs", "--skip-bad-files", "-f", "ndjson")
    assert (done.returncode, done.stdout) == (3, '{"n": 6}\n')
    assert "2014-01-01.csv" in done.stderr


def test_a_file_that_is_cut_off_gives_its_rows_and_is_named(logs, ess):
    packed = gzip.compress(table(1000, 9000))
    (ess.cwd / "data" / "2014-01-02.csv.gz").write_bytes(packed[: len(packed) // 2])
    done = logs("query", "select count(*) n from logs", "-f", "ndjson")
    assert done.returncode == 3
    assert 1000 < json.loads(done.stdout)["n"] < 9000
    assert "2014-01-02.csv.gz" in done.stderr


def test_no_files_of_any_table_ends_with_4(logs):
    done = logs("query", "select count(*) from logs:2015-01-01:*")
    assert (done.returncode, done.stdout) == (4, "")
    assert "there are no files of logs:2015-01-01:*" in done.stderr
    done = logs(
        "query", "select count(*) n from logs a left join logs:2015-01-01:* b using (id)", "-f", "ndjson"
    )
    assert (done.returncode, done.stdout) == (0, '{"n": 9}\n')
    assert "warning: there are no files of logs:2015-01-01:*" in done.stderr


def test_fresh_cleans_again_and_a_changed_file_is_seen(logs, ess):
    assert answer(logs, "select max(id) m from logs") == [{"m": 32}]
    write(ess.cwd / "data", "2014-01-04.csv", table(40, 1))
    assert answer(logs, "select max(id) m from logs", "--usecache") == [{"m": 32}]
    assert answer(logs, "select max(id) m from logs", "--fresh") == [{"m": 40}]
    write(ess.cwd / "data", "2014-01-04.csv", table(50, 1))
    assert answer(logs, "select max(id) m from logs") == [{"m": 50}]


def test_label_looks_in_that_datastore_alone(logs, ess):
    logs("select", "local", ess.cwd / "data", "--label", "mine")
    logs("select", "local", ess.cwd, "--label", "other")
    assert answer(logs, "select count(*) n from logs", "--label", "mine") == [{"n": 9}]
    done = logs("query", "select count(*) n from logs", "--label", "other")
    assert (done.returncode, done.stdout) == (2, "")
    done = logs("query", "select 1 from lgos:*:*")
    assert done.returncode == 2
    assert "at character 15: there is no category 'lgos'" in done.stderr
    assert "did you mean logs?" in done.stderr


def test_an_answer_from_a_bucket(anywhere):
    done = anywhere("category", "add", "lines", "logs/*.gz", "--columnspec", "S:word", "--delimiter", ",")
    assert done.returncode == 0, done.stderr
    rows = answer(anywhere, "select word from lines:2014-01-01:2014-12-31")
    assert rows == [{"word": "two"}], "what stands alone in the file that is looked into is its header"


def test_memory_that_is_not_enough_is_one_line(logs):
    done = logs("query", "select list(i) from range(100000000) t(i)", "--memory", "60M")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ess: the query needs more than the 62 MB of memory")


def test_nothing_is_left_of_a_query(logs, ess):
    logs("query", ROWS)
    logs("query", "select error('x') from logs")
    assert os.listdir(f"{os.environ['ESS_HOME']}/cache/in-use") == []


def test_ctrl_c_ends_a_query_at_once(ess):
    child = ess.start(
        "-q", "query", "select count(*) from range(1000000) a, range(1000000) b where a.range * b.range = 3"
    )
    in_use = os.path.join(ess.env["ESS_HOME"], "cache", "in-use")
    until(lambda: (os.path.isdir(in_use) and os.listdir(in_use)) or child.poll() is not None)
    time.sleep(1)  # until DuckDB works, which nothing shows; before that a signal ends ess all the same
    os.killpg(child.pid, signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (130, "", "")
    assert os.listdir(in_use) == []


def test_a_reader_that_has_enough_ends_a_query(ess):
    child = ess.start("-q", "query", "select i from range(100000000000) t(i)", "-f", "tsv")
    assert [child.stdout.readline() for _ in range(3)] == ["i\n", "0\n", "1\n"]
    child.stdout.close()
    assert child.wait(timeout=60) == 141
    assert child.stderr.read() == ""
    child.stderr.close()


@pytest.mark.skipif("ESS_TEST_DATA" not in os.environ, reason="ESS_TEST_DATA names no folder of real files")
def test_the_documented_answer_comes_of_the_real_files(here):
    assert here("select", "local", os.path.abspath(os.environ.get("ESS_TEST_DATA", ""))).returncode == 0
    spec = "S:purchaseDate S:userID I:articleID F:price I:refID"
    assert here("category", "add", "purchase", "purchase*", "--columnspec", spec).returncode == 0
    sql = "select count(*) as n, count(distinct userID) as users from purchase:2014-09-01:2014-09-10"
    assert answer(here, sql) == [{"n": 13618, "users": 4929}]
