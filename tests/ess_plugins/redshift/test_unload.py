"""`redshift sql --unload`: the answer of one SELECT in files of a bucket, which are listed and never lost."""

import contextlib
import csv
import gzip
import io
import json

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.errors import UsageError
from ess_plugins.redshift.sql.splitting import Statement
from ess_plugins.redshift.unloading import Unload, statement
from ess_plugins.redshift.warehouse import Auth, Kind, Warehouse
from ess_plugins.sandbox.redshift.sql import rewriting

BUCKET = "redshift-unloads"
OUT = f"s3://{BUCKET}/out/"
ODD = 'it\'s; \\ "quoted" -- ünï\n$$ :x'
WAREHOUSE = Warehouse("w", Kind.CLUSTER, "w", "dev", "", Auth.IAM, "us-east-1", iam_role="default")


@pytest.fixture
def bucket(sandbox):
    """An empty bucket; a call gives the contents of its objects by key."""
    s3 = sandbox.client("s3")
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=BUCKET)

    def contents():
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]
        return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}

    yield contents
    for key in contents():
        s3.delete_object(Bucket=BUCKET, Key=key)
    s3.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def unload(registered, conf, bucket, here):
    """Unload a query as the warehouse's default role."""
    conf(iam_role="default")

    def run(sql, *options, url=OUT):
        return here("redshift", "sql", sql, "--unload", url, "-f", "json", *options)

    return run


def test_the_files_are_listed_with_their_rows_and_are_what_is_there(unload, bucket):
    done = unload("select n, 'x' as v from generate_series(1, 1000) as s(n)")
    listed = json.loads(done.stdout)
    there = bucket()
    assert done.returncode == 0
    assert {row["file"]: row["size"] for row in listed} == {
        f"s3://{BUCKET}/{key}": len(content) for key, content in there.items()
    }
    assert sum(row["rows"] for row in listed) == 1000
    assert b"".join(there.values()).splitlines() == [b"%d,x" % n for n in range(1, 1001)]
    size = sum(map(len, there.values()))
    assert done.stderr == f"unloaded 1,000 rows into {len(there)} files, {size / 1024:.1f} KiB: {OUT}\n"


def test_csv_has_a_header_and_is_compressed_where_asked_for(unload, bucket):
    assert unload("select 1 as a, 'x,y' as b", "--header", "--gzip").returncode == 0
    ((key, content),) = bucket().items()
    assert (key[-3:], gzip.decompress(content)) == (".gz", b'a,b\n1,"x,y"\n')


def test_parquet_keeps_the_types(unload, bucket, tmp_path):
    sql = "select 1::bigint as n, date '2026-01-02' as d"
    assert unload(sql, "--unload-format", "parquet").returncode == 0
    ((_, content),) = bucket().items()
    (tmp_path / "got.parquet").write_bytes(content)
    got = duckdb.connect().execute("select * from read_parquet(?)", [str(tmp_path / "got.parquet")])
    assert [(name, str(kind)) for name, kind, *_ in got.description] == [("n", "BIGINT"), ("d", "DATE")]


def test_files_that_are_there_are_not_touched_unless_told_to(unload, bucket):
    assert unload("select 1 as a").returncode == 0
    before = bucket()
    done = unload("select 2 as a")
    message, hint = done.stderr.splitlines()
    assert (done.returncode, done.stdout, bucket()) == (1, "", before)
    assert message == "ess: there are files of that prefix already, and nothing is written"
    assert "--allow-overwrite" in hint
    assert unload("select 2 as a", "--allow-overwrite").returncode == 0
    assert b"".join(bucket().values()) == b"2\n"


def test_whatever_is_in_query_value_and_prefix_stays_what_it_is(unload, bucket):
    url = f's3://{BUCKET}/it\'s; \\ "ünï" %20 '
    done = unload("select 'it''s; \\\\' as a, :odd as b -- it's", "--param", f"odd={ODD}", url=url)
    assert done.returncode == 0, done.stderr
    ((key, content),) = bucket().items()
    assert key.startswith(url.removeprefix(f"s3://{BUCKET}/"))
    assert list(csv.reader(io.StringIO(content.decode()))) == [["it's; \\", ODD]]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.text("'\\;)\"$: x\n-*/é"))
def test_a_value_never_leaves_its_quotes(value, prefix):
    url = f"s3://some-bucket/{prefix}".replace("\n", "")
    sql = statement(Unload(url), [Statement("select :v as v", 1)], {"v": value}, WAREHOUSE)
    (read,) = rewriting.rewrite(sql)
    assert read.unload.target == url
    (inner,) = rewriting.rewrite(read.unload.query)
    assert inner.sql.startswith("select")


def test_a_statement_that_fails_says_why_and_writes_nothing(unload, bucket):
    done = unload("select nope")
    assert (done.returncode, done.stdout, bucket()) == (1, "", {})
    assert done.stderr.startswith('ess: column "nope" does not exist')


def test_a_bucket_that_there_is_not_is_said(unload):
    done = unload("select 1", url="s3://no-such-bucket-here/x")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "ess: S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket "
        "(s3://no-such-bucket-here/x)\n"
    )


def test_without_the_logs_the_rows_are_said_all_the_same(unload, bucket, monkeypatch):
    monkeypatch.setattr("ess_plugins.redshift.unloading._LOGS", ("select a from nowhere where 1 = {}",))
    done = unload("select 1 as a")
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    assert done.stderr == f"unloaded 1 row to {OUT}; into which files, Redshift does not say\n"


@pytest.mark.parametrize(
    ("sql", "options", "said"),
    [
        ("select 1; select 2", (), "what is unloaded is the answer of one SELECT"),
        ("delete from t", (), "what is unloaded is the answer of one SELECT"),
        ("select a into b from t", (), "what is unloaded is the answer of one SELECT"),
        ("select a from t limit 5", (), "UNLOAD takes no LIMIT there"),
        ("(select a from t limit 5)", (), "UNLOAD takes no LIMIT there"),
        ("select 1", ("--header", "--unload-format", "parquet"), "--header is for CSV, and not for parquet"),
        ("select 1", ("--gzip", "--unload-format", "parquet"), "--gzip is for CSV, and not for parquet"),
    ],
)
def test_what_cannot_be_unloaded_is_refused_before_it_connects(sandbox, unload, sql, options, said):
    sandbox.reset()
    done = unload(sql, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"ess: {said}\n")
    assert sandbox.calls() == []


@pytest.mark.parametrize(
    "url", ["", "out/", "s3://b/x", f"s3://{BUCKET}", "s3://UPPER/x", "s3://bucket/a\nb"]
)
def test_a_target_that_is_none_is_refused(url):
    with pytest.raises(UsageError, match="is not s3://BUCKET/PREFIX"):
        Unload(url).check()


def test_an_inner_limit_is_fine():
    query = "with a as (select 1 limit 1) select * from (select * from a limit 3) b"
    assert "LIMIT" not in statement(Unload(OUT), [Statement(query, 1)], {}, WAREHOUSE).partition(" TO ")[2]


def test_without_a_role_it_is_said_how_to_name_one(sandbox, registered, here, conf):
    conf()
    done = here("redshift", "sql", "select 1", "--unload", OUT)
    message, hint = done.stderr.splitlines()
    assert (done.returncode, message) == (
        2,
        "ess: as whom cluster essentia-warehouse may write into the bucket is not known",
    )
    assert "--iam-role" in hint


@pytest.mark.parametrize("option", ["--header", "--gzip", "--allow-overwrite", "--unload-format=csv"])
def test_an_option_of_files_without_files_is_refused(registered, here, option):
    done = here("redshift", "sql", "select 1", option)
    assert done.returncode == 2
    assert done.stderr.startswith(f"ess: {option.partition('=')[0]} is for files in a bucket\n")
