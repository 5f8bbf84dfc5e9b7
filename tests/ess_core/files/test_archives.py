"""What holds for archives of every kind."""

import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess_core.files import ChangedError, NoFileError
from ess_core.files.archives import MemberError, NotArchiveError, contents, members, open_member
from ess_core.files.damage import DamagedError
from tests.ess_core.files.made import FILES, MANY, NOISE, PACK, Counting, archive, put, tarred, zipped

HOSTILE = ("../../etc/passwd", "/etc/passwd", "a\x1b[31m", "C:\\x", "-rf")
every = pytest.mark.parametrize("kind", ["zip", *PACK])


@pytest.fixture
def store(tmp_path):
    return Counting(f"file://{tmp_path}")


@every
def test_members_are_listed_in_their_order(store, kind):
    put(store, archive(kind, FILES))
    found = list(members(store, "x"))
    assert [member.name for member in found] == list(FILES)
    assert [member.size for member in found] == [len(content) for content in FILES.values()]
    assert all(member.is_file for member in found)


@every
def test_contents_come_in_one_pass(store, kind):
    put(store, archive(kind, FILES))
    found = {member.name: stream.read() for member, stream in contents(store, store.stat("x"))}
    assert found == FILES
    assert store.etags == {store.stat("x").etag}
    wanted = {
        member.name: stream.read(3)
        for member, stream in contents(store, store.stat("x"), lambda member: member.size > 1)
    }
    assert wanted == {"a/one.csv": b"1,2", "b/noise": NOISE[:3]}


@every
def test_one_member_is_opened(store, kind):
    put(store, archive(kind, FILES))
    for name, content in FILES.items():
        with open_member(store, "x", name) as stream:
            assert stream.read(10) + stream.read() == content
    with pytest.raises(NoFileError, match="there is no 'nothing' in 'x'"):
        open_member(store, "x", "nothing")


def test_sizes_and_times_are_those_of_the_archive(store):
    put(store, zipped(FILES))
    first = next(members(store, "x"))
    assert first.packed_size < first.size / 10
    assert first.last_modified == datetime(2014, 1, 5, 10, 20, 30)  # noqa: DTZ001 - a zip names no zone
    put(store, tarred(FILES))
    first = next(members(store, "x"))
    assert (first.packed_size, first.last_modified) == (4000, datetime(2014, 1, 5, 10, 20, 30, tzinfo=UTC))
    put(store, gzip.compress(tarred(FILES)))
    assert next(members(store, "x")).packed_size is None


@every
@settings(max_examples=15)
@given(
    files=st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=120).filter(
            lambda name: not name.endswith("/")
        ),
        st.binary(max_size=2000),
        max_size=6,
    )
)
def test_any_names_and_contents_come_back(tmp_path_factory, kind, files):
    store = Counting(f"file://{tmp_path_factory.mktemp('any')}")
    put(store, archive(kind, {"first": b"", **files}))
    found = {member.name: stream.read() for member, stream in contents(store, store.stat("x"))}
    assert found == {"first": b"", **files}


@every
def test_hostile_names_are_shown_as_they_are(store, kind):
    put(store, archive(kind, dict.fromkeys(HOSTILE, b"x")))
    assert [member.name for member in members(store, "x")] == list(HOSTILE)
    with open_member(store, "x", "../../etc/passwd") as stream:
        assert stream.read() == b"x"


def test_a_small_archive_is_read_at_once(store):
    put(store, zipped({"a": b"x"}))
    assert {member.name: stream.read() for member, stream in contents(store, store.stat("x"))} == {"a": b"x"}
    assert len(store.asked) == 1


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_that_is_replaced_is_no_mixture(store, kind):
    put(store, archive(kind, MANY))
    listing = contents(store, store.stat("x"))
    next(listing)
    put(store, archive(kind, dict(reversed(MANY.items()))))
    with pytest.raises(ChangedError):
        list(listing)


@every
def test_an_archive_that_was_replaced_before_it_is_read_is_said(store, kind, monkeypatch):
    put(store, archive(kind, MANY))
    listed = store.stat("x")
    monkeypatch.setattr(store, "stat", lambda key: listed)
    put(store, archive(kind, dict(reversed(MANY.items()))))
    with pytest.raises(ChangedError):
        next(members(store, "x"))


@every
def test_an_archive_that_was_replaced_since_it_was_listed_gives_nothing(store, kind):
    put(store, archive(kind, MANY))
    listed = store.stat("x")
    put(store, archive(kind, dict(reversed(MANY.items()))))
    with pytest.raises(ChangedError):
        next(contents(store, listed))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no zip and no tar"),
        (b"a,b\n" * 1000, "no zip and no tar"),
        (gzip.compress(b"a,b\n" * 1000), "one gz file"),
        (gzip.compress(gzip.compress(tarred(FILES))), "one gz file"),
    ],
    ids=["nothing", "text", "gz of text", "gz of tgz"],
)
def test_what_is_no_archive_is_said(store, data, message):
    put(store, data)
    with pytest.raises(NotArchiveError, match=message):
        list(members(store, "x"))


def test_a_key_that_is_not_there_is_said(store):
    with pytest.raises(NoFileError):
        list(members(store, "nowhere"))


DAMAGED = {
    kind: archive(kind, {"a": NOISE[:700], "b/c": b"x,y\n" * 300, "": b"1"}) for kind in ("zip", "tar", "tgz")
}


@settings(max_examples=100)
@given(kind=st.sampled_from(list(DAMAGED)), at=st.integers(0, 5000), value=st.integers(0, 255))
def test_any_damage_is_an_error_of_ours_or_none(tmp_path_factory, kind, at, value):
    store = Counting(f"file://{tmp_path_factory.getbasetemp()}")
    data = bytearray(DAMAGED[kind])
    data[at % len(data)] = value
    put(store, bytes(data))
    try:
        for member, stream in contents(store, store.stat("x")):
            assert len(stream.read()) == member.size
    except (DamagedError, MemberError, NotArchiveError):
        pass
