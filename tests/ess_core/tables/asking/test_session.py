"""Questions answered: tables, columns, exact values, errors in a line, no more memory than is needed."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time

import pytest

from ess_core.errors import EssError, UsageError
from ess_core.interrupts import Interrupted, install
from ess_core.tables import categories
from ess_core.tables.asking import confinement
from ess_core.tables.categories import Category
from ess_core.tables.columnspec import parse
from ess_core.tables.dialect import Dialect


def test_a_category_is_a_table_with_its_columns_in_their_order_and_case(ask):
    assert ask("select * from web limit 1") == (["Day", "userID", "price", "my city"], [("d0", 0, 0.0, "c")])
    assert ask("select count(*), sum(USERid), max(web.day) from WEB:2014-09-01:*")[1] == [(20, 190, "d9")]
    assert ask('from "my-cat" select "my-cat".userID limit 1')[1] == [(0,)]
    assert ask("select a.price + b.price from a: web:*:*, my-cat as b where a.userid = 2 and b.userid = 3")[
        1
    ] == [(2.5,)]


def test_one_category_may_have_several_ranges(ask):
    tables = "web:2014-09-01:* a join web:*:2014-09-02 b using (userID) join web c using (userID)"
    assert ask(f"select count(*) from {tables}")[1] == [(20,)]


def test_names_that_differ_in_case_alone_are_two_tables(ask):
    settings = {"dialect": Dialect(), "columns": parse("I:userID")}
    other = categories.add(Category("WEB", "file:///data", "data", ("**",), **settings))
    try:
        found = ask("select max(a.price), count(*) from web a join WEB b using (userID)")[1]
    finally:
        categories.delete(other)
    assert found == [(9.5, 20)]


@pytest.mark.parametrize(
    "sql",
    [
        "with a as (select userID from web) select count(*) from a",
        "select max(n) from (select row_number() over (order by price) as n from web)",
        "from web select count(*)",
        "select count(*) from web union select count(*) from web",
        "values (20)",
        'pivot (select "my city" from web) on "my city" using count(*)',
        'select c from (pivot (select "my city" from web) on "my city" in (\'c\') using count(*))',
        "select count(*) from (unpivot web on userID, price) where name = 'price'",
        "select count(*) from web; -- and that is all\n;",
        "((select count(*) from web))",
        'select max("count") from (summarize web)',
        "select (select count(*) from web) /* nested /* comment */ */",
        "select count(*) from query('select 1 from range(20)')",
    ],
)
def test_all_of_selects_sql_is_there(ask, sql):
    assert ask(sql)[1] == [(20,)]


def test_describe_says_the_columns(ask):
    assert [row[:2] for row in ask("describe web")[1]] == [
        ("Day", "VARCHAR"),
        ("userID", "UINTEGER"),
        ("price", "DOUBLE"),
        ("my city", "VARCHAR"),
    ]
    assert ask("describe web") == ask("show web")


VALUES = [
    ("1.10::decimal(10,2)", "1.10", "1.10"),
    ("123456789012345678901234567890.12::decimal(38,2)", "123456789012345678901234567890.12", None),
    ("123456789012345678901234567890::hugeint", 123456789012345678901234567890, None),
    ("18446744073709551615::ubigint", 18446744073709551615, None),
    ("0.1::float", 0.1, None),
    ("0.1::double", 0.1, None),
    ("'nan'::double", "nan", None),
    ("'-inf'::float", "-inf", None),
    ("true", True, "true"),
    ("null", None, None),
    ("'a\tb'", "a\tb", None),
    ("''", "", None),
    ("'a\\x00\\xFF'::blob", "a\\x00\\xFF", None),
    ("interval '1 month 2 days 3 seconds'", "1 month 2 days 00:00:03", None),
    ("timestamp '2014-01-01 00:00:00.123456'", "2014-01-01 00:00:00.123456", None),
    ("timestamp_ns '2014-01-01 00:00:00.123456789'", "2014-01-01 00:00:00.123456789", None),
    ("timestamptz '2014-01-01 02:00:00+02'", "2014-01-01 00:00:00+00", None),
    ("timestamp 'infinity'", "infinity", None),
    ("date '0044-03-15 (BC)'", "0044-03-15 (BC)", None),
    ("date '99999-01-01'", "99999-01-01", None),
    ("time '12:34:56.789'", "12:34:56.789", None),
    ("'7f3c6a52-1d2e-4f7a-9a0b-112233445566'::uuid", "7f3c6a52-1d2e-4f7a-9a0b-112233445566", None),
    ("'0101'::bit", "0101", None),
    ("'b'::enum('a', 'b')", "b", None),
    ("'{\"a\": 1}'::json", '{"a": 1}', None),
    ("[1, null, 3]", [1, None, 3], "[1, NULL, 3]"),
    ("[[date '2014-01-01'], []]", [["2014-01-01"], []], "[[2014-01-01], []]"),
    ("[1.5, 'nan'::double]", [1.5, "nan"], "[1.5, nan]"),
    ("[1, 2]::integer[2]", [1, 2], "[1, 2]"),
    (
        "{'a': 1, 'b c': {'d': [interval '1 day']}}",
        {"a": 1, "b c": {"d": ["1 day"]}},
        "{'a': 1, 'b c': {'d': [1 day]}}",
    ),
    ("map {date '2014-01-01': 1.5}", {"2014-01-01": "1.5"}, "{2014-01-01=1.5}"),
    ("union_value(n := 1)", "1", "1"),
    ("row(1, 'a')", "(1, a)", "(1, a)"),
]


@pytest.mark.parametrize(("sql", "nested", "flat"), VALUES)
def test_values_are_exact(ask, sql, nested, flat):
    value = ask(f"select {sql}")[1][0][0]
    assert (type(value), value) == (type(nested), nested) or list(value) == nested
    assert str(ask(f"select {sql}", nested=False)[1][0][0]) == str(flat or nested)


def test_times_with_a_zone_are_in_utc_wherever_this_machine_is(ask, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert ask("select timestamptz '2014-01-01 02:00:00+02'")[1] == [("2014-01-01 00:00:00+00",)]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_order_and_limit_hold_where_values_are_made_text(ask):
    sql = "select timestamp '2014-01-01' + to_days(userID::int), userID from web order by price desc limit 2"
    assert ask(sql)[1] == [("2014-01-20 00:00:00", 19), ("2014-01-19 00:00:00", 18)]


def test_columns_of_one_name_are_told_apart(ask):
    assert ask("select 1 a, 2 A, 3 a, 4 a, 5 a_1") == (["a", "A", "a_1", "a_2", "a_1_1"], [(1, 2, 3, 4, 5)])


def test_a_range_without_files_is_an_empty_table(ask):
    ask.parts = []
    assert ask("select count(*), max(price), typeof(max(userID)) from web")[1] == [(0, None, "UINTEGER")]


def test_how_many_rows_there_are_does_not_depend_on_the_columns(ask):
    for what in ("*", "Day", "userID, price", "1", '"my city"'):
        assert len(ask(f"select {what} from web")[1]) == 20


@pytest.mark.parametrize(
    ("sql", "error", "message", "hint"),
    [
        (
            "select\n nope from web:2014-09-01:2014-09-10",
            UsageError,
            "at line 2, character 2: Referenced",
            "Candidate",
        ),
        ("select 1 from web:2014-09-01:2014-09-10 where é", UsageError, "at character 47: ", ""),
        ("select 1 frm web x", UsageError, 'at character 14: syntax error at or near "web"', ""),
        ("select * from nope", UsageError, "at character 15: there is no category 'nope'", "category list"),
        (
            "select * from webb",
            UsageError,
            "at character 15: there is no category 'webb'",
            "did you mean web?",
        ),
        (
            "select * from WEBB:*:*",
            UsageError,
            "at character 15: there is no category 'WEBB'",
            "did you mean web?",
        ),
        (
            "select * from main.WEB",
            UsageError,
            "at character 15: 'main.WEB' is a table of a schema, and categories are in none",
            "write web",
        ),
        (
            'select * from memory . "main"."my-cat" where 1',
            UsageError,
            "at character 15: 'memory.main.my-cat' is a table of a schema",
            "write my-cat",
        ),
        (
            "select * from main.nope",
            UsageError,
            "at character 15: there is no category 'main.nope'",
            "category list",
        ),
        ("select day::int from web", EssError, "the query failed at character 11: Could not convert", ""),
        (
            "select timestamp '2014-01-01', 'é', Day::int from web",
            EssError,
            "failed at character 40: Could not",
            "",
        ),
        ("select noway(1)", UsageError, "at character 8: ", "Did you mean"),
        ("select 'a\udcff'", UsageError, "at character 10: it is no UTF-8", ""),
        ("select error('what')", EssError, "the query", ""),
    ],
)
def test_an_error_is_one_line_with_its_place(ask, sql, error, message, hint):
    with pytest.raises(error) as raised:
        ask(sql)
    assert message in raised.value.message
    assert hint in raised.value.hint
    assert "\n" not in raised.value.message + raised.value.hint
    assert "{" not in raised.value.message


def test_what_does_not_fit_in_memory_goes_to_disk_or_is_one_line(ask):
    sql = "select i from range(5000000) t(i) order by hash(i) limit 1 offset 4000000"
    assert len(ask(sql, memory_mb=60)[1]) == 1
    with pytest.raises(EssError, match="needs more than the 60 MB"):
        ask("select list(i) from range(100000000) t(i)", memory_mb=60)


def test_a_full_disk_is_one_line(ask, monkeypatch):
    sql = "select i from range(20000000) t(i) order by hash(i) limit 1 offset 10000000"
    monkeypatch.setattr(
        confinement, "_SETTINGS", (*confinement._SETTINGS, "set max_temp_directory_size = '9MB'")
    )
    with pytest.raises(EssError, match="the disk has no room"):
        ask(sql, memory_mb=60)
    ask.spill.rmdir()
    ask.spill.write_text("in the way")
    with pytest.raises(EssError) as raised:
        ask(sql, memory_mb=60)
    assert "\n" not in raised.value.message


def test_a_name_that_with_defines_is_made_of_the_category_itself(ask):
    assert ask("with web as (from web where userID < 5), w as (from web) select count(*) from w")[1] == [(5,)]


def test_rows_come_as_they_are_found_and_take_no_memory(ask):
    with ask.session("select i, repeat('x', 100) from range(10000000000) t(i)") as found:
        _, rows = found.answer(nested=True)
        first = next(rows)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(300_000):
            next(rows)
    assert first == (0, "x" * 100)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from range(1000000) a, range(1000000) b where sqrt(a.range) * b.range = 3",
        "select i from range(1000000000000) t(i) where i < 0",
    ],
)
def test_a_signal_ends_a_query_at_once(ask, sql):
    before = signal.getsignal(signal.SIGINT)
    install()
    fetch = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    try:
        fetch.start()
        with pytest.raises(Interrupted):
            ask(sql)
    finally:
        signal.signal(signal.SIGINT, before)
        fetch.cancel()
    assert not [thread for thread in threading.enumerate() if thread.name == "duckdb"]


def test_a_signal_comes_after_the_import_of_duckdb_and_not_within(tmp_path):
    (tmp_path / "duckdb.py").write_text("import os\nos.kill(os.getpid(), 15)\nprint('imported')")
    code = """
from ess_core import interrupts
from ess_core.tables.asking.failures import explained
interrupts.install()
try:
    with explained(None, 0):
        print("went on")
except interrupts.Interrupted as signal:
    print(signal)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("imported\nSIGTERM\n", "")
