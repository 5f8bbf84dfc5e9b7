"""The ranges of a listing: together they are all keys, each once and in order, however they are split."""

import random
from bisect import bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess_core.errors import EssError
from ess_plugins.s3.listing.page import KEY, NO_DETAILS, Page
from ess_plugins.s3.listing.plan import Plan, Survey

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
KEYS = st.sets(st.one_of(st.text("ab/01", min_size=1, max_size=8), NAMES), min_size=4, max_size=120)


class Simulated:
    """A bucket that answers at once, ``size`` keys a page, to workers that take turns by chance."""

    def __init__(self, keys, size, prefix="", seed=1):
        self.keys, self.size, self.prefix = sorted(keys), size, prefix
        self.random = random.Random(seed)
        self.requests = 1

    def page(self, after):
        at = bisect_right(self.keys, after)
        keys = self.keys[at : at + self.size]
        return Page([(key, *NO_DETAILS) for key in keys], [], at + self.size < len(self.keys))

    def list(self, workers):
        """Every key, as the workers found them, joined in the order of the ranges."""
        first = self.page("")
        if not first.is_truncated:
            return [row[KEY] for row in first.rows]
        plan = Plan(self.prefix, first.rows, workers)
        found, working = {plan.head: [row[KEY] for row in first.rows]}, []
        while not plan.is_done:
            while len(working) < workers and (task := plan.task(workers - len(working))):
                working.append(task)
            task = working.pop(self.random.randrange(len(working)))
            if self._work(plan, task, found):
                working.append(task)
        return [key for segment in chain(plan.head) for key in found.get(segment, [])]

    def _work(self, plan, task, found):
        self.requests += 1
        if isinstance(task, Survey):
            below = {
                key[: key.find("/", len(task.prefix)) + 1] for key in self.keys if key.startswith(task.prefix)
            }
            plan.surveyed(task, sorted(below - {""}))
            return False
        rows = plan.took(task, self.page(task.cursor))
        found.setdefault(task, []).extend(row[KEY] for row in rows)
        assert task.is_done or task.end is None or task.cursor < task.end, "nothing is left, and it waits"
        return not task.is_done


def chain(segment):
    """A range and those after it."""
    while segment:
        yield segment
        segment = segment.next


@given(keys=KEYS, size=st.integers(1, 9), workers=st.integers(1, 12), seed=st.integers())
@settings(max_examples=300)
def test_every_key_is_listed_once_and_in_order(keys, size, workers, seed):
    assert Simulated(keys, size, seed=seed).list(workers) == sorted(keys)


def test_a_page_in_no_order_is_refused():
    plan = Plan("", Simulated("abc", 2).page("").rows, 2, surveys=False)
    disorder = Page([(key, *NO_DETAILS) for key in "zy"], [], is_truncated=False)
    with pytest.raises(EssError, match="does not list keys in the order of their bytes"):
        plan.took(plan.task(1), disorder)


def test_a_page_without_new_keys_is_followed_by_the_one_that_its_token_names():
    above = ("a/", *NO_DETAILS)
    plan = Plan("", [above], 2, surveys=False)
    segment = plan.task(1)
    assert plan.took(segment, Page([], [above[KEY]], is_truncated=True, token="next")) == []
    assert (segment.cursor, segment.token, segment.is_done) == ("a/", "next", False)


def test_where_a_range_is_empty_the_one_before_is_no_longer_taken_to_be_full():
    plan = Plan("", [("a", *NO_DETAILS)], 4)
    survey = plan.task(1)
    plan.surveyed(survey, ["m", "t"])
    head, empty, last = (plan.task(1) for _ in range(3))
    assert (empty.cursor, empty.end, last.cursor) == ("m", "t", "t")
    assert head.is_bounded
    plan.took(empty, Page([("u", *NO_DETAILS)], [], is_truncated=True))
    assert empty.is_done
    assert (head.is_bounded, head.misses) == (False, 1)


SHAPES = {
    "dated": lambda number: (
        f"logs/2014/{number // 3000 + 1:02}/{number // 100 % 30 + 1:02}/part-{number % 100:03}"
    ),
    "flat": lambda number: f"{(number * 2654435761) % 2**32:08x}-{number:05}",
    "one prefix": lambda number: f"big/raw/event-{number:012}",
    "skewed": lambda number: f"z/{number}" if number % 20 else f"{chr(97 + number % 26)}/{number}",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_few_requests_are_wasted(shape):
    keys = {SHAPES[shape](number) for number in range(20_000)}
    bucket = Simulated(keys, 20)
    assert bucket.list(32) == sorted(keys)
    assert bucket.requests < 1.5 * len(keys) / 20
