"""Where a place in the rewritten query was before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.tables.asking.question import asked
from ess_core.tables.asking.references import Reference
from ess_core.tables.asking.rewriting import rewritten

PIECES = st.lists(
    st.tuples(st.text(max_size=5), st.text(min_size=1, max_size=4), st.text(max_size=9)), max_size=4
)


@given(PIECES, st.text(max_size=5))
def test_every_place_leads_back_to_the_original(pieces, end):
    """Each piece has what stays, what is replaced, and by what."""
    original = "".join(stays + old for stays, old, _ in pieces) + end
    edits, wanted, at = [], [], 0
    for stays, old, new in pieces:
        wanted += range(at, at + len(stays))
        at += len(stays)
        edits.append((Reference(at, at + len(old), old), new))
        wanted += [at] * len(new)
        at += len(old)
    wanted += range(at, len(original) + 1)
    found = rewritten(original, edits)
    assert found.text == "".join(stays + new for stays, _, new in pieces) + end
    places = [len(found.text[:at].encode()) for at in range(len(found.text) + 1)]
    assert [found.original_at(place) for place in places] == wanted


@pytest.mark.parametrize(
    "sql",
    [
        "select 1",
        "from information_schema.tables",
        "with web as (select 1 as x) select x[1:2], 'web:*:*' from web, range(3), \"web\" w",
        "select web from t: duckdb_types() /* web:*:* */",
    ],
)
def test_a_query_without_categories_stays_as_it_is(ask, sql):
    found = asked(sql)
    assert (found.query.text, found.tables) == (sql, ())


def test_only_the_tables_are_replaced(ask):
    sql = "select 'web', web.Day /* web */ from WEB:2014-09-01:* , my-cat where x[1:2] = $$web:*:*$$"
    assert asked(sql).query.text == sql.replace("WEB:2014-09-01:*", '"2014-09-01:*"."web"').replace(
        "my-cat", '"*:*"."my-cat"'
    )
