"""Facts are files, and files are facts."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.files import File
from ess_core.files.facts import Factual, facts, file_of

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)


class Listed:
    """A datastore that has no facts of its own."""

    def __init__(self, *files):
        self._files = files

    def list(self, prefix=""):
        return (file for file in self._files if file.key.startswith(prefix))


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 1 << 62), st.text(), st.text())
def test_a_file_comes_back_from_its_facts(last_modified, size, key, storage_class):
    file = File(key, size, last_modified, "etag", storage_class)
    (fact,) = facts(Listed(file))
    assert file_of(fact) == file


def test_a_datastore_without_facts_gives_those_of_its_listing():
    store = Listed(File("a/1", 1, NOW, "x"), File("b/1", 2, NOW, "y", "GLACIER"))
    assert not isinstance(store, Factual)
    assert [fact[0] for fact in facts(store, "b")] == ["b/1"]


@pytest.mark.parametrize(
    ("us", "at"),
    [
        (10**9 * 10**9, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (-(10**9) * 10**9, datetime(1, 1, 1, tzinfo=UTC)),
        (-1_500_000, datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=UTC)),
    ],
)
def test_a_time_that_no_calendar_has_is_the_nearest_one(us, at):
    assert file_of(("key", 0, us, "", "")).last_modified == at
