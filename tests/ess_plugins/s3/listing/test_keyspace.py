"""Points between keys: always between them and in order, whatever the keys are."""

from hypothesis import assume, given
from hypothesis import strategies as st

from ess_plugins.s3.listing.keyspace import Alphabet, Stretch, common_length

KEYS = st.text(
    st.one_of(st.sampled_from("abz/09-\U0001f600"), st.characters(exclude_categories=["Cs"])), max_size=30
)


@given(seen=st.lists(KEYS, max_size=8), ends=st.lists(KEYS, min_size=3, max_size=3), open_end=st.booleans())
def test_points_lie_between_where_we_are_and_the_end(seen, ends, open_end):
    start, current, end = sorted(ends)
    prefix = start[: common_length(start, end)]
    assume(start < current < end)
    alphabet = Alphabet()
    for key in (*seen, start, current):
        alphabet.learn(key)
    stretch = Stretch(alphabet, start, current, None if open_end else end, prefix)
    for points in (stretch.evenly(7), stretch.ever_farther(7)):
        assert len(points) <= 7
        assert points == sorted(set(points))
        assert all(current < point and (open_end or point < end) for point in points)
        assert all(point.startswith(prefix) for point in points)
    left = stretch.left()
    assert left is None or left >= 0


def test_even_points_split_even_keys_evenly():
    alphabet = Alphabet()
    for number in range(0, 1000, 50):
        alphabet.learn(f"{number:03}")
    points = Stretch(alphabet, "000", "099", "999", "").evenly(2)
    assert [point[0] for point in points] == ["3", "6"]


def test_points_that_are_ever_farther_begin_near():
    alphabet = Alphabet()
    for number in range(0, 1000, 50):
        alphabet.learn(f"{number:03}")
    points = Stretch(alphabet, "000", "001", None, "").ever_farther(6)
    assert points[0] < "01"
    assert points[-1] > "1"


def test_a_stretch_knows_how_much_is_left():
    alphabet = Alphabet()
    for number in range(100):
        alphabet.learn(f"{number:02}")
    left = Stretch(alphabet, "00", "49", "99", "").left()
    assert left is not None
    assert 0.9 < left < 1.1
