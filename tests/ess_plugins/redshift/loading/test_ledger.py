"""The ledger: what is decided by it, and how it comes to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.errors import EssError
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.loading import ledger
from ess_plugins.redshift.loading.ledger import ChangedFilesError, Entry, decide, stored
from ess_plugins.redshift.loading.model import Changed, Source
from ess_plugins.redshift.sql.quoting import TableName

URIS = st.sampled_from(["s3://b/a", "s3://b/b", "s3://b/é;'\"", "file:///x/\udcff"])
MARKS = st.sampled_from(["e1", "e2", "e3"])
RECIPES = st.sampled_from(["r1", "r2"])
ENTRIES = st.lists(
    st.builds(Entry, URIS.map(stored), MARKS, RECIPES, st.just("l"), st.integers(1, 99), st.just(1)),
    max_size=8,
)


@given(st.lists(st.builds(Source, URIS, MARKS), max_size=6), ENTRIES, st.sampled_from(list(Changed)))
def test_each_file_is_loaded_unless_it_is_there_and_only_changed_ones_make_room(sources, entries, changed):
    known = {(entry.uri, entry.etag, entry.recipe) for entry in entries}
    try:
        decision = decide(sources, entries, "r1", changed, has_file_id=True)
    except ChangedFilesError:
        assert changed is Changed.STOP
        assert any(
            stored(one.uri) in {entry.uri for entry in entries}
            and (stored(one.uri), one.etag, "r1") not in known
            for one in sources
        )
        return
    assert sorted([*decision.todo, *decision.there], key=repr) == sorted(set(sources), key=repr)
    assert all((stored(one.uri), one.etag, "r1") in known for one in decision.there)
    assert not any((stored(one.uri), one.etag, "r1") in known for one in decision.todo)
    of_todo = {stored(one.uri) for one in decision.todo}
    wanted = [one for one in entries if one.uri in of_todo] if changed is Changed.REPLACE else []
    assert sorted({one.file_id for one in decision.replaced}) == sorted({one.file_id for one in wanted})
    if changed is Changed.STOP:
        assert not of_todo & {entry.uri for entry in entries}


@given(
    st.lists(st.text(st.characters(codec=None) | st.sampled_from("\udc80\udcff")), max_size=4, unique=True)
)
def test_addresses_are_kept_apart_also_where_they_are_no_text(uris):
    def is_name(text):
        try:
            return bool(text.encode("utf-8", "surrogateescape")) and not text.startswith("bytes:")
        except UnicodeEncodeError:
            return False

    names = [one for one in uris if is_name(one)]
    kept = {stored(one) for one in names}
    assert len(kept) == len({one.encode("utf-8", "surrogateescape") for one in names})
    for one in kept:
        one.encode()


def test_a_table_of_that_name_that_is_something_else_is_left_alone(loads):
    sql = loads.warehouse.sql
    had_one = _there(sql)
    if had_one:
        sql("alter table public.ess_load_ledger rename to ess_kept")
    try:
        sql("create table public.ess_load_ledger (mine int)")
        with pytest.raises(EssError, match="is no ledger of ess: it has no column target"):
            loads.load(loads.table("id int"), {"a.csv": [(1,)]})
    finally:
        sql("drop table public.ess_load_ledger")
        if had_one:
            sql("alter table ess_kept rename to ess_load_ledger")


def _there(sql):
    return sql("select count(*) from svv_tables where table_name = 'ess_load_ledger'") == [(1,)]


class Denying:
    """A connection of a user who may not do some things."""

    def __init__(self, real, word):
        self._real = real
        self._word = word
        self.warehouse = real.warehouse

    def execute(self, sql, *words):
        if sql.startswith(self._word):
            raise RedshiftError(Problem.DENIED, "permission denied for relation ess_load_ledger")
        return self._real.execute(sql, *words)


def _used(connection):
    ledger.ensure(connection)
    connection.execute("BEGIN")
    ledger.lock(connection)
    ledger.loaded(connection, TableName("public", "t"), ["s3://b/a"])


@pytest.mark.parametrize("word", ["LOCK", "SELECT uri", "CREATE"])
def test_who_may_not_use_the_ledger_is_told_what_to_ask_for(loads, word):
    sql = loads.warehouse.sql
    if word == "CREATE":
        sql("drop table if exists public.ess_load_ledger")
    with (
        loads.connect() as real,
        pytest.raises(RedshiftError, match=r"the ledger public\.ess_load_ledger cannot be used") as caught,
    ):
        _used(Denying(real, word))
    assert "GRANT ALL ON public.ess_load_ledger" in caught.value.hint
    assert caught.value.problem is Problem.DENIED
