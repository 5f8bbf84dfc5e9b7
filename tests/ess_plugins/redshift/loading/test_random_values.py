"""Whatever text there is, it arrives exactly or is rejected: compared with a model in Python."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.ess_plugins.redshift.loading.model import WRONG, expected, same
from tests.ess_plugins.redshift.loading.recast import column, recast

BLANK = st.text(st.sampled_from(" \t\n"), max_size=2)
NUMBERS = st.from_regex(
    r"[+-]?[0-9]{0,22}\.?[0-9]{0,8}([eE][+-]?[0-9]{1,3})?",
    fullmatch=True,
    alphabet=st.characters(codec="ascii"),
)
EDGES = st.integers(0, 64).flatmap(
    lambda bits: st.sampled_from([-(1 << bits) - 1, -(1 << bits), (1 << bits) - 1, 1 << bits])
)
CLOCKS = ("", "10:00", "1:02:03", "23:59:59.999999", "24:00:00", "24:00:01", "10:61", "10:00:00.1234567")
ZONES = ("", "Z", "+00", "+02", "-0330", " +05:30", "+00:00", " Z", "+2", " UTC", "+99", "-00:60")
MOMENTS = st.builds(
    "{:04}-{:02}-{:02}{}{}{}".format,
    st.integers(0, 10001),
    st.integers(0, 13),
    st.integers(0, 32),
    st.sampled_from(["", " ", "T", "x"]),
    st.sampled_from(CLOCKS),
    st.sampled_from(ZONES),
)
WORDS = (
    "t",
    "TRUE",
    "No",
    "nan",
    "-inf",
    "Infinity",
    "1_000",
    "0x1f",
    "\u0661",
    "\uff39ES",
    "é" * 5,
    "é" * 6,
)
TEXTS = st.one_of(
    st.text(max_size=12),
    st.builds(lambda left, text, right: left + text + right, BLANK, NUMBERS, BLANK),
    EDGES.map(str),
    st.floats().map(repr),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    MOMENTS,
    st.sampled_from(WORDS),
)
KINDS = {
    **{
        kind: column(kind)
        for kind in ("smallint", "integer", "bigint", "real", "double precision", "boolean")
    },
    **{kind: column(kind) for kind in ("date", "timestamp without time zone", "timestamp with time zone")},
    "numeric": column("numeric", digits=(8, 2)),
    "character varying": column("character varying", longest_bytes=10),
    "character": column("character", longest_bytes=10),
}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40)
@given(values=st.lists(TEXTS, min_size=1, max_size=30))
@example(
    values=["1e-400", "1e400", "4e-46", "3.5e38", ".", "+", "-", "e1", "1e", "-.5", "1.e5", "00", "\0", "1\0"]
)
@example(values=["0000-01-01", "0001-01-01 00:00+05", "9999-12-31 23:59:59-05", "9999-12-31 24:00:00"])
def test_a_text_arrives_exactly_or_is_rejected(tmp_path_factory, kind, values):
    found = recast(tmp_path_factory.mktemp("part"), values, KINDS[kind])
    wanted = [expected(kind, value) for value in values]
    good = [value for value in wanted if value is not WRONG]
    bad = [text for text, value in zip(values, wanted, strict=True) if value is WRONG]
    assert found.raw == bad
    assert len(found.kept) == len(good)
    pairs = zip(found.kept, good, strict=True)
    assert all(same(one, other) for one, other in pairs), (found.kept, good)
