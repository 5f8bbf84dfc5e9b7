"""Which tables of a query may be categories, wherever they stand, and nothing else."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.errors import UsageError
from ess_core.tables.asking.references import references
from ess_core.tables.asking.rewriting import rewritten
from tests.ess_core.tables.asking.test_tokens import SQL


def texts(sql):
    return [sql[one.start : one.end] for one in references(sql)]


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("select * from web:2014-09-01:2014-09-10 where x[1:2] = y", ["web:2014-09-01:2014-09-10"]),
        (
            "from a:2014-09-01:*, b c, d join my-cat on a.x = b.y, e",
            ["a:2014-09-01:*", "b", "d", "my-cat", "e"],
        ),
        ('from "my cat":*:2014-09-01, "my-cat:*:*"', ['"my cat":*:2014-09-01', '"my-cat:*:*"']),
        ("from a:2014-09-01T05:30:2014-09-02T0530,b", ["a:2014-09-01T05:30:2014-09-02T0530", "b"]),
        ("select * from p: web:*:*, q: my.logs, r:c", ["web:*:*", "my.logs", "c"]),
        ("select {a: b, 'c': d}, x: y, z::int from t", ["t"]),
        ("select trim(both from a), extract(year from b), substring(c from 2 for 1) from d", ["d"]),
        ("select a is distinct from b, a is not distinct from c from d", ["d"]),
        ("from a join b on a.x is distinct from b.y, c", ["a", "b", "c"]),
        ("select trim(from a) from b", ["b"]),
        ("select 'from a' -- from b\n/* from c */ from d", ["d"]),
        ('select x.from, "from" b from t', ["t"]),
        ("select a from b order by c, d limit 1 union all by name select e, f from g", ["b", "g"]),
        (
            "select (select max(x) from a, b), y from c where z in (from d) group by e, f",
            ["a", "b", "c", "d"],
        ),
        ("from (a join b using (x, y)) , (values (1), (2)) v, lateral (select 1, 2 from c)", ["a", "b", "c"]),
        ("from range(10), 'file.csv', unnest([1, 2]) as u(x, y), w", ["w"]),
        ('from "main"."x", information_schema.tables', ["information_schema.tables"]),
        ("from a select b, c", ["a"]),
        ("from a pivot (sum(x) for y in (1, 2)), b", ["a", "b"]),
        ("pivot a on b, c using sum(d), sum(e)", ["a"]),
        ("with a as (from b) pivot a on c", ["b"]),
        ("unpivot a on b, c", ["a"]),
        ("describe a", ["a"]),
        ("summarize select b from a", ["a"]),
        ("table a", ["a"]),
        ("(from a) union (from b)", ["a", "b"]),
        ("select 1 order by a desc, b", []),
        ("select sum(x) over w, y from a window w as (order by z), v as (order by u)", ["a"]),
        ("from a:*:*/* no more */", ["a:*:*"]),
        ("from a:*:*--no more", ["a:*:*"]),
        ("from a:*:*;", ["a:*:*"]),
        ("select 1 d\u0131stinct from a", ["a"]),
        ("with a a\u017f (select 1 from b) select * from a", ["b", "a"]),
    ],
)
def test_tables_are_found(sql, tables):
    assert texts(sql) == tables


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("with a as (select 1), b(x, y) as materialized (from a) from a, B, c", ["c"]),
        ("with a as (from a) from a", ["a"]),  # its own query does not see it yet
        ("with recursive a as (select 1 union all from a) from a", []),
        ("with a as (select 1) from a:*:*", ["a:*:*"]),
        ("(with a as (select 1) from a) union from a", ["a"]),
        ("with a as (with b as (from c) from b) from b", ["c", "b"]),
        ('with "A" as (select 1) select * from (select * from a)', []),
        ("with a as not materialized (select 1, 2), b as (select 3) from a, b, (from a)", []),
        ("with a using key (x) as (select 1) from a", []),
    ],
)
def test_names_that_with_defines_are_no_categories(sql, tables):
    assert texts(sql) == tables


@pytest.mark.parametrize(
    ("sql", "place", "why"),
    [
        ("from a:2014-13-01:*", "character 6", "month must be in 1..12"),
        ("from a:2014-02-30:*", "character 6", "'2014-02-30' is no date"),
        ("select *\n from a:2014-09-02:2014-09-01", "line 2, character 7", "START comes first"),
        ("from a:2014-09-01", "character 6", "no START:STOP"),
        ("from a:2014-09-01:", "character 6", "STOP is missing"),
        ("from a::2014-09-01", "character 6", "START is missing"),
        ("from a:*", "character 6", "no START:STOP"),
        ("from a: 2014-09-01:*", "character 6", "no blanks"),
        ("from a :2014-09-01:*", "character 6", "no blanks"),
        ("from a:20140901:20140902", "character 6", "'20140901' is no date"),
        ('select 1 from b, "a:x:y"', "character 18", "'x' is no date"),
        ("from b join a:2014-09-01:2014-09-02.x", "character 13", "'2014-09-02.x' is no date"),
    ],
)
def test_a_malformed_range_is_said_with_its_place(sql, place, why):
    with pytest.raises(UsageError) as raised:
        references(sql)
    assert f"wrong at {place}: " in raised.value.message
    assert why in raised.value.message


def test_ranges_are_those_written():
    one, other = references('from Web:2014-09-01T0530:*, "my cat"')
    assert (one.name, str(one.within.start), one.within.stop) == ("Web", "2014-09-01T05:30", None)
    assert (other.name, other.within) == ("my cat", None)


@given(SQL | st.text())
def test_any_text_is_walked_through(sql):
    try:
        found = references(sql)
    except UsageError:
        return
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert rewritten(sql, [(one, sql[one.start : one.end]) for one in found]).text == sql


NO_TABLES = [
    *("select", "where", "x[1:2]", "'from a:*:*'", '"from b"', "{a: b}", "a: b", "c::int", "/* from c */"),
    *(
        "-- join d\n",
        "$$from e$$",
        "e'\\'from f'",
        ",",
        "(",
        ")",
        "is distinct from g",
        "trim(from h)",
        "2014-09-01",
    ),
]


@given(st.lists(st.sampled_from(NO_TABLES)).map(" ".join))
def test_where_no_table_is_named_nothing_is_found(sql):
    assert references(sql) == []


NAMES = st.sampled_from(["web", "Web2", "my-cat", "my.logs", '"web"', '"my cat"'])
DATES = st.sampled_from(["*", "2014-09-01", "2014-09-02T05", "2014-09-02T0530", "2014-09-02T05:30"])
DECOYS = st.sampled_from(
    [
        "x",
        "x[1:2]",
        "'from a'",
        "{a: b}",
        "y::int",
        "extract(year from z)",
        "count(*)",
        "/*,*/ f(1, 2)",
        "-- a\n1",
    ]
)


@st.composite
def table(draw):
    """A table with a range, as SQL; and with what stands around it."""
    start, stop = draw(
        st.tuples(DATES, DATES).filter(lambda both: both[1] == "*" or both[0][:10] < both[1][:10])
    )
    name = draw(NAMES)
    text = draw(st.sampled_from([f"{name}:{start}:{stop}", f'"{name.strip(chr(34))}:{start}:{stop}"']))
    return draw(st.sampled_from(["{}", "{} t", "{} as t(a, b)", "t: {}", "lateral {}", "({} t)"])).format(
        text
    ), [text]


def joined(words):
    return lambda parts: (
        words.format(*(sql for sql, _ in parts)),
        [one for _, found in parts for one in found],
    )


def queries(inner):
    """Queries of tables and of other queries."""
    source = table() | inner.map(lambda one: (f"({one[0]}) s", one[1]))
    tables = st.one_of(
        source,
        st.tuples(source, source).map(joined("{}, {}")),
        st.tuples(source, source).map(joined("{} left join {} using (x, y)")),
        st.tuples(source, source, source).map(joined("{} join {} on a.x = b.y, {}")),
    )
    columns = st.lists(DECOYS, min_size=1, max_size=3).map(", ".join)
    plain = st.tuples(columns, tables, columns).map(
        lambda one: (f"select {one[0]} from {one[1][0]} where {one[2].replace(',', ' and ')}", one[1][1])
    )
    return st.one_of(
        plain,
        tables.map(lambda one: (f"from {one[0]} select a, b", one[1])),
        st.tuples(plain, plain).map(joined("{} union all {}")),
        st.tuples(inner, plain).map(joined("with c as ({}), d(x) as (select 1) {}")),
    )


@given(st.recursive(table().map(lambda one: (f"from {one[0]}", one[1])), queries, max_leaves=8))
def test_ranges_are_found_wherever_they_stand(one):
    sql, wanted = one
    assert texts(sql) == wanted
