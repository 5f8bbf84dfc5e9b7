"""awswrangler, unmodified, loads into the sandbox's Redshift: what other programs ask of one is there too."""

import pytest

from tests.ess_plugins.sandbox.redshift.conftest import BUCKET

wr = pytest.importorskip(
    "awswrangler", reason="awswrangler is not installed here; it is no dependency of ess"
)
pd = pytest.importorskip("pandas")
ROLE = "arn:aws:iam::123456789012:role/loader"
STAGE = f"s3://{BUCKET}/wr/"


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "id": [1, 2, 3],
            "Name": ["a", "é", "c\td"],
            "price": [1.5, None, 3.0],
            "at": pd.to_datetime(["2014-09-01", "2014-09-02 03:04:05.678", "2014-09-03"], format="ISO8601"),
            "ok": pd.array([True, False, None], dtype="boolean"),
        }
    )


@pytest.fixture
def copy(connect, bucket, frame):
    """Load ``frame`` into the table ``wrangled`` as ``how`` says."""
    connection = connect(autocommit=False)

    def run(data=frame, **how):
        given = {
            "path": STAGE,
            "con": connection.raw,
            "table": "wrangled",
            "schema": "public",
            "iam_role": ROLE,
        }
        wr.redshift.copy(df=data, **given | how)
        found = wr.redshift.read_sql_query("select count(*) as n from public.wrangled", con=connection.raw)
        return int(found["n"][0])

    run.connection = connection
    return run


def test_copy_overwrites_appends_and_upserts(copy, bucket):
    keys = {"primary_keys": ["id"], "diststyle": "KEY", "distkey": "id", "sortkey": ["at"]}
    assert copy(mode="overwrite", **keys) == 3
    assert copy(mode="append") == 6
    assert copy(mode="upsert", primary_keys=["id"]) == 3
    assert copy(mode="upsert") == 3
    assert bucket.keys("wr/") == []


def test_a_failed_copy_says_why_and_leaves_nothing_staged(copy, bucket, frame):
    assert copy(mode="overwrite") == 3
    with pytest.raises(Exception, match="Spectrum Scan Error"):
        copy(frame.assign(more=1), mode="append")
    copy.connection.raw.rollback()
    assert bucket.keys("wr/") == []
    assert copy(frame.assign(more=1), mode="append", add_new_columns=True) == 6


def test_files_are_copied_and_tables_unloaded(copy, bucket, frame):
    raw = copy.connection.raw
    url = bucket.put("csv/1.csv", "1,a\n2,b\n")
    types = {"id": "INT", "v": "VARCHAR(5)"}
    given = {"con": raw, "schema": "public", "iam_role": ROLE}
    wr.redshift.copy_from_files(
        path=url, table="files", data_format="csv", redshift_column_types=types, mode="overwrite", **given
    )
    assert wr.redshift.read_sql_query("select * from files order by id", con=raw).to_numpy().tolist() == [
        [1, "a"],
        [2, "b"],
    ]
    wr.redshift.to_sql(df=frame, con=raw, table="inserted", schema="public", mode="overwrite")
    sql = 'select id, "Name", price, at, ok from public.inserted order by id'
    got = wr.redshift.unload(sql=sql, path=f"s3://{BUCKET}/out/", con=raw, iam_role=ROLE)
    assert got["name"].tolist() == ["a", "é", "c\td"]
