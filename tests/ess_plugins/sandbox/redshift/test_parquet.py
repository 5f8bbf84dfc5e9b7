"""COPY from Parquet, as strict as Redshift's, and UNLOAD in all forms."""

import gzip
import json

import duckdb
import pytest

from tests.ess_plugins.sandbox.redshift.conftest import BUCKET, ROLE

COLUMNS = (
    "id bigint not null, name varchar(5), price decimal(10,2), at timestamp, zoned timestamptz, ok boolean, "
    "ratio double precision, day date, small smallint, more super"
)
ROW = (
    "7::BIGINT AS id, 'é\"\\,'::VARCHAR AS name, 1.5::DECIMAL(10,2), TIMESTAMP '2020-01-01 00:00:00.123456', "
    "TIMESTAMPTZ '2020-01-01 00:00:00+00', true, 0.1::DOUBLE, DATE '2020-01-02', 3::SMALLINT, '{\"a\": 1}'"
)


@pytest.fixture
def parquet(tmp_path):
    """The bytes of a Parquet file with the answer of a query."""

    def make(query):
        path = tmp_path / "made.parquet"
        duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
        return path.read_bytes()

    return make


def entry(bucket, key, content):
    return {"url": bucket.put(key, content), "mandatory": True, "meta": {"content_length": len(content)}}


def test_every_type_comes_through(sql, table, bucket, parquet):
    name = table(COLUMNS)
    empty = f"SELECT {ROW} WHERE false"
    url = bucket.put("in/1.parquet", parquet(f"SELECT {ROW}"))
    bucket.put("in/2.parquet", parquet(empty))
    sql(f"copy {name} from '{url.rpartition('/')[0]}/' {ROLE} format as parquet")
    assert sql("select pg_last_copy_count()") == [(1,)]
    casts = (
        "id, name, price::varchar, at::varchar, zoned::varchar, ok, ratio, day::varchar, small, more::varchar"
    )
    assert sql(f"select {casts} from {name}") == [
        (
            7,
            'é"\\,',
            "1.50",
            "2020-01-01 00:00:00.123456",
            "2020-01-01 00:00:00+00",
            True,
            0.1,
            "2020-01-02",
            3,
            '{"a": 1}',
        )
    ]


def test_null_and_empty_text_are_told_apart(sql, table, bucket, parquet):
    name = table("id int, v varchar(5)")
    content = parquet("SELECT 1 AS id, NULL::VARCHAR AS v UNION ALL SELECT 2, '' UNION ALL SELECT 3, 'x'")
    sql(f"copy {name} from '{bucket.put('1.parquet', content)}' {ROLE} parquet")
    assert sql(f"select id, v is null, len(v) from {name} order by id") == [
        (1, True, None),
        (2, False, 0),
        (3, False, 1),
    ]


def test_every_text_arrives_as_it_is(sql, table, bucket, parquet):
    texts = ["\\", "\\N", "\\.", "a\\tb", "tab\t", "two\nlines", "\r\n", '"', "'", "é日😀", " ", ""]
    name = table("v varchar(30), n int")
    values = ", ".join("('" + text.replace("'", "''") + f"', {at})" for at, text in enumerate(texts))
    content = parquet(f"SELECT * FROM (VALUES {values}) AS given(v, n)")
    sql(f"copy {name} from '{bucket.put('1.parquet', content)}' {ROLE} parquet")
    assert [text for (text,) in sql(f"select v from {name} order by n")] == texts


def test_json_arrives_as_it_is(sql, table, bucket, parquet):
    name = table("v super")
    content = parquet("""SELECT '{"a": "x\\ny \\\\ z"}'::JSON AS v""")
    sql(f"copy {name} from '{bucket.put('1.parquet', content)}' {ROLE} parquet serializetojson")
    ((found,),) = sql(f"select v from {name}")
    assert json.loads(found) == {"a": "x\ny \\ z"}


def test_a_manifest_says_the_size_of_each_file(sql, table, bucket, parquet):
    name, content = table("id int"), parquet("SELECT 1 AS id")
    right = entry(bucket, "1.parquet", content)
    command = "copy {} from '{}' {} parquet manifest"
    sql(command.format(name, bucket.manifest(right), ROLE))
    without = {"url": right["url"], "mandatory": True}
    wrong = {**right, "meta": {"content_length": 1}}
    for bad in (without, wrong):
        assert sql.refused(command.format(name, bucket.manifest(bad), ROLE))[0] == "Spectrum Scan Error"
    assert sql(f"select count(*) from {name}") == [(1,)]


@pytest.mark.parametrize(
    ("columns", "query", "reason"),
    [
        ("id bigint", "1::INTEGER AS id", "incompatible Parquet schema for column"),
        ("id int", "'1' AS id", "incompatible Parquet schema for column"),
        ("v varchar(9)", "1 AS v", "incompatible Parquet schema for column"),
        (
            "a int, b int",
            "1 AS a",
            "Unmatched number of columns between table and file. Table columns: 2, Data columns: 1",
        ),
        ("a int", "1 AS a, 2 AS b", "Unmatched number of columns"),
        ("v varchar(5)", "'ééé' AS v", "longer than the length defined in the table. Table: 5, Data: 6"),
        ("id int not null", "NULL::INTEGER AS id", "NULL value in NOT NULL column id"),
        ("at timestamp", "TIMESTAMP_NS '2020-01-01 00:00:00' AS at", "nanoseconds"),
    ],
)
def test_what_does_not_fit_is_refused(sql, table, bucket, parquet, columns, query, reason):
    name, url = table(columns), bucket.put("1.parquet", parquet(f"SELECT {query}"))
    message, _ = sql.refused(f"copy {name} from '{url}' {ROLE} parquet")
    assert message == "Spectrum Scan Error"
    assert reason in detail(sql, f"copy {name} from '{url}' {ROLE} parquet")


def test_what_is_no_parquet_is_refused(sql, table, bucket):
    name, url = table("id int"), bucket.put("1.parquet", "id\n1\n")
    assert "is not a valid Parquet file" in detail(sql, f"copy {name} from '{url}' {ROLE} parquet")


def detail(sql, statement):
    import redshift_connector

    with pytest.raises(redshift_connector.Error) as caught:
        sql(statement)
    return caught.value.args[0]["D"]


def test_missing_columns_can_be_filled(sql, table, bucket, parquet):
    name, url = table("a int, b varchar(3)"), bucket.put("1.parquet", parquet("SELECT 1 AS a"))
    sql(f"copy {name} from '{url}' {ROLE} parquet fillrecord")
    assert sql(f"select * from {name}") == [(1, None)]


@pytest.fixture
def filled(sql, table):
    name = table("id bigint, v varchar(9), price decimal(5,2), at timestamp, ok boolean")
    sql(
        f"insert into {name} values (1, 'a,\"b', 1.5, '2020-01-01', true), (2, null, null, null, null), "
        "(3, '', 0, null, false)"
    )
    return name


def unload(sql, query, options, prefix="out/"):
    quoted = query.replace("'", "''")
    sql(f"unload ('{quoted}') to 's3://{BUCKET}/{prefix}' {ROLE} {options}")
    return sql.notices()[-1]


def test_unload_writes_parquet_with_the_types_of_the_query(sql, filled, bucket, tmp_path):
    assert unload(sql, f"select * from {filled} order by id", "parquet").startswith(
        "UNLOAD completed, 3 record(s)"
    )
    (key,) = bucket.keys("out/")
    (tmp_path / "got.parquet").write_bytes(bucket.get(key))
    got = duckdb.connect().execute(f"SELECT * FROM '{tmp_path}/got.parquet'")
    assert [str(column[1]) for column in got.description] == [
        "BIGINT",
        "VARCHAR",
        "DECIMAL(5,2)",
        "TIMESTAMP",
        "BOOLEAN",
    ]
    assert [(row[0], row[1], str(row[2]), row[4]) for row in got.fetchall()] == [
        (1, 'a,"b', "1.50", True),
        (2, None, "None", None),
        (3, "", "0.00", False),
    ]


def test_unload_writes_csv_and_text_as_its_options_say(sql, filled, bucket):
    query = f"select id, v from {filled} where v <> 'x' order by id"
    unload(sql, query, "csv header gzip parallel off")
    assert gzip.decompress(bucket.get("out/000.gz")) == b'id,v\n1,"a,""b"\n3,""\n'
    unload(
        sql,
        f"select id, price from {filled} order by id",
        "delimiter '\t' null as '-' allowoverwrite manifest",
    )
    manifest = json.loads(bucket.get("out/manifest"))
    assert b"".join(bucket.get(item["url"].partition(f"{BUCKET}/")[2]) for item in manifest["entries"]) == (
        b"1\t1.50\n2\t-\n3\t0.00\n"
    )


def test_unload_writes_over_nothing_unless_told_to(sql, filled, bucket):
    bucket.put("out/old", "x")
    message, _ = sql.refused(f"unload ('select 1') to 's3://{BUCKET}/out/' {ROLE}")
    assert message.startswith("Specified unload destination on S3 is not empty.")
    unload(sql, "select 1 as one", "cleanpath csv parallel off")
    assert bucket.keys("out/") == ["out/000"]
    assert sql.refused(f"unload ('select nope') to 's3://{BUCKET}/new/' {ROLE}")[1] == "42703"
    assert bucket.keys("new/") == []


def test_what_was_unloaded_can_be_loaded(sql, filled, table, bucket):
    name = table("id bigint, v varchar(9), price decimal(5,2), at timestamp, ok boolean")
    unload(sql, f"select * from {filled}", "parquet manifest")
    sql(f"copy {name} from 's3://{BUCKET}/out/manifest' {ROLE} parquet manifest")
    assert sql(f"select * from {name} order by id") == sql(f"select * from {filled} order by id")
