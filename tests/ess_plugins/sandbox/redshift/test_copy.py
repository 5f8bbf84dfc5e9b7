"""COPY of text files from the sandbox's S3: what is loaded, what is refused, and what is said of it."""

import bz2
import gzip
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.ess_plugins.sandbox.redshift.conftest import BUCKET, ROLE

COLUMNS = "id int not null, name varchar(5), price decimal(6,2), at timestamp, ok boolean"
GOOD = '1,a,1.50,2014-09-01 00:00:00,t\n2,"b,""c",,2014-09-02T01:02:03,no\n'
FAILED = ("Load into table '{}' failed.  Check 'sys_load_error_detail' system table for details.", "XX000")


def load(sql, table, source, options="csv", access=ROLE):
    sql(f"copy {table} from '{source}' {access} {options}")
    return sql("select pg_last_copy_count()")[0][0]


def errors(sql):
    return sql(
        "select file_name, line_number, column_name, error_code, error_message from sys_load_error_detail "
        "where query_id = (select max(query_id) from sys_load_error_detail) order by line_number"
    )


@pytest.mark.parametrize(
    ("options", "packed"),
    [
        ("csv", str.encode),
        ("csv gzip", lambda t: gzip.compress(t.encode())),
        ("format as csv bzip2", lambda t: bz2.compress(t.encode())),
    ],
)
def test_csv_is_loaded_plain_and_compressed(sql, table, bucket, options, packed):
    name = table(COLUMNS)
    assert load(sql, name, bucket.put("in/1.csv", packed(GOOD)), options) == 2
    rows = sql(f"select id, name, price::varchar, at::varchar, ok from {name} order by id")
    assert rows == [
        (1, "a", "1.50", "2014-09-01 00:00:00", True),
        (2, 'b,"c', None, "2014-09-02 01:02:03", False),
    ]
    assert sql.notices()[-1] == f"Load into table '{name}' completed, 2 record(s) loaded successfully."


def test_all_keys_with_the_prefix_are_loaded_or_those_that_the_manifest_names(sql, table, bucket):
    name = table("id int")
    urls = [bucket.put(f"in/{number}.csv", f"{number}\n") for number in range(3)]
    assert load(sql, name, f"s3://{BUCKET}/in/") == 3
    manifest = bucket.manifest({"url": urls[1], "mandatory": True}, {"url": f"s3://{BUCKET}/nope"})
    assert load(sql, name, manifest, "csv manifest") == 1
    files = sql("select trim(filename) from stl_load_commits where query = pg_last_copy_id()")
    assert files == [(urls[1],)]


def test_a_copy_is_part_of_its_transaction(connect, table, bucket):
    name, sql = table("id int"), connect(autocommit=False)
    load(sql, name, bucket.put("1.csv", "1\n"))
    assert sql(f"select count(*) from {name}") == [(1,)]
    sql.raw.rollback()
    assert sql(f"select count(*) from {name}") == [(0,)]


DIRTY = """\
1,a,1.50,2014-09-01 00:00:00,t
x1,a,1,,
3,toolong,1,,
4,é,zz,,
5,a,1,yesterday,
6,a,1,,perhaps
7,a
,a,1,,
"""
REASONS = [
    (2, "id", 1207, "Invalid digit, Value 'x', Pos 0, Type: Integer"),
    (3, "name", 1204, "String length exceeds DDL length"),
    (4, "price", 1207, "Invalid digit, Value 'z', Pos 0, Type: Decimal"),
    (5, "at", 1206, "Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]"),
    (6, "ok", 1210, "Unknown boolean format"),
    (7, "", 1201, "Delimiter not found"),
    (8, "id", 1213, "Missing data for not-null field"),
]


def test_bad_rows_are_named_by_file_line_column_and_reason(connect, table, bucket):
    name, sql = table(COLUMNS), connect(autocommit=False)
    url = bucket.put("in/dirty.csv", DIRTY)
    assert sql.refused(f"copy {name} from '{url}' {ROLE} csv") == (FAILED[0].format(name), "XX000")
    sql.raw.rollback()
    assert errors(sql) == [(url, *REASONS[0])]
    sql(f"copy {name} from '{url}' {ROLE} csv noload maxerror 1000")
    assert errors(sql) == [(url, *reason) for reason in REASONS]
    raw = sql(
        "select trim(raw_field_value), trim(raw_line) from stl_load_errors where query = pg_last_copy_id()"
    )
    assert raw[0] == ("x1", "x1,a,1,,")
    assert sql(f"select count(*) from {name}") == [(0,)]


def test_maxerror_lets_so_many_bad_rows_pass(sql, table, bucket):
    name = table(COLUMNS)
    url = bucket.put("in/dirty.csv", DIRTY)
    assert sql.refused(f"copy {name} from '{url}' {ROLE} csv maxerror 6")[0] == FAILED[0].format(name)
    assert load(sql, name, url, "csv maxerror 7") == 1
    assert sql.notices()[-2].startswith(
        f"Load into table '{name}' completed, 7 record(s) could not be loaded."
    )


def test_what_only_the_database_finds_is_a_bad_row_too(sql, table, bucket):
    name = table("id int, price decimal(4,2)")
    url = bucket.put("1.csv", "1,1.5\n2,123456\n")
    assert sql.refused(f"copy {name} from '{url}' {ROLE} csv")[0] == FAILED[0].format(name)
    ((file, line, column, _, reason),) = errors(sql)
    assert (file, line, column) == (url, 2, "price")
    assert "overflow" in reason


def test_a_row_that_the_database_refuses_is_told_and_not_what_is_wrong_with_later_files(sql, table, bucket):
    name = table("id int, price decimal(4,2)")
    urls = [
        bucket.put(f"in/{number:02}.csv", "1,123456\n" if number == 3 else "1,1\n") for number in range(40)
    ]
    manifest = bucket.manifest(*({"url": url, "mandatory": True} for url in [*urls, f"s3://{BUCKET}/none"]))
    assert sql.refused(f"copy {name} from '{manifest}' {ROLE} csv manifest")[0] == FAILED[0].format(name)
    assert [error[:3] for error in errors(sql)] == [(urls[3], 1, "price")]
    assert sql(f"select count(*) from {name}") == [(0,)]


@pytest.mark.parametrize(
    ("columns", "content", "options", "rows"),
    [
        ("a varchar(3)", "abcdef\n", "csv truncatecolumns", [("abc",)]),
        ("a varchar(3)", "ééé\n", "csv truncatecolumns", [("é",)]),
        ("a varchar(3), b varchar(3)", "x\n", "csv fillrecord", [("x", None)]),
        ("a varchar(3)", "h\n1\n", "csv ignoreheader 1", [("1",)]),
        ("a varchar(3)", "''\n", "csv", [("''",)]),
        ("a varchar(3), b varchar(3)", ",  \n", "csv", [("", "  ")]),
        ("a varchar(3), b varchar(3)", ",  \n", "csv emptyasnull blanksasnull", [(None, None)]),
        ("a varchar(3), b varchar(3)", "x  ,-\n", "csv trimblanks null as '-'", [("x", None)]),
        ("a varchar(3)", b"a\xffb\n", "csv acceptinvchars as '?'", [("a?b",)]),
        ("a varchar(3)", "1\n\n2\n", "csv ignoreblanklines", [("1",), ("2",)]),
        ("a varchar(9)", "%a;b%\n", "csv quote '%' delimiter ';'", [("a;b",)]),
        ("a varchar(9), b int", "x\\|y|1\n", "escape", [("x|y", 1)]),
        ("a varchar(9), b int", "'x'|1\r\n", "removequotes", [("x", 1)]),
        ("a varchar(9), b int", "x\t1\n", r"delimiter '\t'", [("x", 1)]),
        ("a timestamp", "1/2/2014 03:04", "csv timeformat 'MM/DD/YYYY HH24:MI'", [("2014-01-02 03:04:00",)]),
        ("a timestamp", "1388631845\n", "csv timeformat 'epochsecs'", [("2014-01-02 03:04:05",)]),
        ("a date", "nope\n", "csv acceptanydate", [(None,)]),
        ("a date", "02.01.2014\n", "csv dateformat as 'DD.MM.YYYY'", [("2014-01-02",)]),
        ("a varchar(9), b int, c boolean", '{"b": 1, "a": "x", "c": true}\n{"a": {"k": 1}}', "json 'auto'",
         [("x", 1, "true"), ('{"k": 1}', None, None)]),
    ],
)  # fmt: skip
def test_options_shape_what_is_loaded(sql, table, bucket, columns, content, options, rows):
    name = table(columns)
    load(sql, name, bucket.put("in/1", content), options)
    names = [part.split()[0] for part in columns.split(", ")]
    plain = ", ".join(f"{n}::varchar" if f"{n} int" not in columns else n for n in names)
    assert sorted(sql(f"select {plain} from {name}"), key=str) == sorted(rows, key=str)


@pytest.mark.parametrize(
    ("content", "options", "code"),
    [
        ("a,b\n", "csv", 1202),
        (b"\xff\n", "csv", 1220),
        ("a\0\n", "csv", 1216),
        ('"open\n', "csv", 1214),
        ("{not json}", "json 'auto'", 1214),
        ("[1]", "json 'auto'", 1214),
    ],
)
def test_each_kind_of_broken_row_has_its_number(sql, table, bucket, content, options, code):
    name = table("v varchar(9)")
    sql.refused(f"copy {name} from '{bucket.put('1', content)}' {ROLE} {options}")
    assert errors(sql)[0][3] == code


def test_columns_can_be_named_and_numbered_ones_are_left_out(sql, table, bucket):
    name = table("id bigint identity(1, 1), a varchar(3), b varchar(3) default 'd'")
    load(sql, f"{name} (a)", bucket.put("1.csv", "x\ny\n"))
    assert sql(f"select a, b from {name} order by id") == [("x", "d"), ("y", "d")]
    assert load(sql, name, bucket.put("2.csv", "u,v\n")) == 1
    assert sql.refused(f"copy {name} (nope) from 's3://{BUCKET}/1' {ROLE} csv")[1] == "42703"


@pytest.mark.parametrize(
    ("clause", "told"),
    [
        (
            f"copy {{0}} from 's3://{BUCKET}/none/' {ROLE} csv",
            "The specified S3 prefix 'none/' does not exist",
        ),
        (f"copy {{0}} from 's3://no-such-bucket-here/x' {ROLE} csv", "S3ServiceException:"),
        (f"copy nowhere from 's3://{BUCKET}/1.csv' {ROLE} csv", 'relation "nowhere" does not exist'),
        (f"copy {{0}} from 's3://{BUCKET}/1.csv' csv", "CREDENTIALS argument is required"),
        (f"copy {{0}} from 's3://{BUCKET}/1.csv' iam_role 'nobody' csv", "Invalid credentials"),
        (f"copy {{0}} from 's3://{BUCKET}/1.csv' {ROLE} csv gzip", "error:  Zlib/Bzip decompression failed"),
        (
            f"copy {{0}} from 's3://{BUCKET}/1.csv' {ROLE} csv manifest",
            "The manifest file is not a valid JSON",
        ),
        (f"copy {{0}} from 's3://{BUCKET}/1.csv' {ROLE} csv nonsense", 'syntax error at or near "nonsense"'),
        (
            f"copy {{0}} from 's3://{BUCKET}/1.csv' {ROLE} csv maxerror many",
            "MAXERROR argument must be a number",
        ),
        (
            f"copy {{0}} from 's3://{BUCKET}/1.csv' {ROLE} parquet gzip",
            "GZIP argument is not supported for PARQUET",
        ),
        (f"copy {{0}} from 's3://{BUCKET}/1.csv' {ROLE} avro 'auto'", "AVRO is not simulated"),
        ("copy {0} from 'emr://x' iam_role default csv", "a source other than s3:// is not simulated"),
    ],
)
def test_a_copy_that_cannot_work_says_why(sql, table, bucket, clause, told):
    name = table("id int")
    bucket.put("1.csv", "1\n")
    assert sql.refused(clause.format(name))[0].startswith(told)
    assert sql(f"select count(*) from {name}") == [(0,)]


def test_a_file_that_must_be_there_and_is_not_fails_the_copy(sql, table, bucket):
    name = table("id int")
    manifest = bucket.manifest({"url": f"s3://{BUCKET}/none", "mandatory": True})
    assert "NoSuchKey" in sql.refused(f"copy {name} from '{manifest}' {ROLE} csv manifest")[0]


def test_keys_are_checked_as_s3_checks_them_and_are_not_logged(sandbox, sql, table, bucket):
    name, url = table("id int"), bucket.put("1.csv", "1\n")
    key = sandbox.key
    right = f"access_key_id '{key.access_key_id}' secret_access_key '{key.secret_access_key}'"
    assert load(sql, name, url, access=right) == 1
    old = f"credentials 'aws_access_key_id={key.access_key_id};aws_secret_access_key={key.secret_access_key}'"
    assert load(sql, name, url, access=old) == 1
    wrong = f"access_key_id '{key.access_key_id}' secret_access_key 'wrong'"
    assert "SignatureDoesNotMatch" in sql.refused(f"copy {name} from '{url}' {wrong} csv")[0]
    texts = " ".join(text for (text,) in sql("select querytxt from stl_query"))
    assert "access_key_id" in texts
    assert key.secret_access_key not in texts


def test_what_iam_denies_and_what_s3_cannot_do_fails_the_copy(sandbox, sql, table, bucket):
    name, url = table("id int"), bucket.put("1.csv", "1\n")
    sandbox.plan(deny=["GetObject"])
    assert "Error AccessDenied" in sql.refused(f"copy {name} from '{url}' {ROLE} csv")[0]
    sandbox.plan(deny=[], errors=[{"action": "GetObject", "code": "SlowDown", "http": 503}])
    assert "Status 503,Error SlowDown" in sql.refused(f"copy {name} from '{url}' {ROLE} csv")[0]
    assert load(sql, name, url) == 1


def test_hostile_names_neither_break_nor_inject(sql, bucket):
    name = "we\"ird; drop table x; --é'\n"
    quoted = '"' + name.replace('"', '""') + '"'
    sql(f"create table {quoted} ({quoted} int)")
    url = bucket.put("it's \\ a;key\n.csv", "1\n").replace("\\", "\\\\").replace("'", "''")
    assert load(sql, f"{quoted} ({quoted})", url) == 1
    assert sql(f"select {quoted} from {quoted}") == [(1,)]


def test_the_history_of_loads_tells_those_that_failed(sql, table, bucket):
    name = table("id int")
    load(sql, name, bucket.put("1.csv", "1\n2\n"))
    sql.refused(f"copy {name} from '{bucket.put('2.csv', 'x')}' {ROLE} csv")
    history = sql(
        "select status, loaded_rows from sys_load_history "
        "where session_id = pg_backend_pid() order by query_id"
    )
    assert history == [("completed", 2), ("aborted", 0)]


def test_loaders_that_lock_first_do_not_get_into_each_others_way(connect, table, bucket):
    """As ess loads: into a table of the session, then from there into the target, one after the other."""
    name, url = table("id int not null, v varchar(9)"), bucket.put("1.csv", "1,a\n2,b\n")
    manifest = bucket.manifest({"url": url, "mandatory": True})

    def run(number):
        one = connect(autocommit=False)
        one(f"create temp table stage_{number} (like {name} including defaults)")
        one(f"copy stage_{number} from '{manifest}' {ROLE} csv manifest")
        one.raw.commit()
        one(f"lock {name}")
        one(f"insert into {name} (id, v) select id, v from stage_{number}")
        seen = one(f"select count(*) from {name}")[0][0]
        one.raw.commit()
        return seen

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(run, range(4))) == [2, 4, 6, 8]
