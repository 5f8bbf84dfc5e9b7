"""Reading an answer: every key as it is, in any dialect, and nothing of an answer that is not whole."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_plugins.s3.listing.page import KEY, RESTORE, MalformedPageError, etag, parse, storage_class
from tests.fixtures.s3server.dialects import DIALECTS, Wanted
from tests.fixtures.s3server.objects import Ask, Bucket, Stored

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
IN_XML = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=20
)
ASK = Ask()


def body(dialect, objects, ask=ASK, **wanted):
    """What a server of this dialect answers."""
    return DIALECTS[dialect]("bucket").listing(ask, Bucket(objects).page(ask), Wanted(**wanted))


@given(keys=st.sets(NAMES, max_size=20), dialect=st.sampled_from(sorted(DIALECTS)), owner=st.booleans())
def test_keys_come_as_they_are(keys, dialect, owner):
    page = parse(body(dialect, keys, url=True, owner=owner))
    assert [row[KEY] for row in page.rows] == sorted(keys)


@given(keys=st.sets(IN_XML, max_size=20), dialect=st.sampled_from(sorted(DIALECTS)))
def test_keys_that_a_server_does_not_encode_come_as_they_are_too(keys, dialect):
    assert [row[KEY] for row in parse(body(dialect, keys)).rows] == sorted(keys)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_an_object_has_its_details(dialect):
    one = Stored("a", 7, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "GLACIER")
    (row,) = parse(body(dialect, [one])).rows
    assert (row[0], row[1][:19], row[3]) == ("a", "2026-01-02T03:04:05", "7")
    assert (etag(row), storage_class(row)) == (one.etag, "GLACIER")


def test_a_class_that_is_left_out_is_the_usual_one():
    text = body("aws", ["a"]).replace(b"<StorageClass>STANDARD</StorageClass>", b"")
    assert storage_class(parse(text).rows[0]) == "STANDARD"


def test_elements_that_nobody_knows_yet_change_nothing():
    text = body("aws", ["a", "b c"], url=True).replace(b"</Size>", b"</Size><New>1</New>")
    assert [row[KEY] for row in parse(text).rows] == ["a", "b c"]


def test_restores_are_told_where_asked_for():
    later = datetime(2030, 1, 1, tzinfo=UTC)
    objects = [
        Stored("cold", storage_class="GLACIER"),
        Stored("soon", storage_class="GLACIER", restoring=True),
        Stored("warm", storage_class="GLACIER", restored=later),
    ]
    rows = parse(body("aws", objects, restore=True), restore=True).rows
    assert [row[RESTORE][:10] for row in rows] == ["", "ongoing", "2030-01-01"]


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_common_prefixes_stand_among_the_objects(dialect):
    page = parse(body(dialect, ["a", "b/1", "b/2", "b0", "ü ü/3"], Ask(delimiter="/"), url=True))
    assert [row[KEY] for row in page.merged()] == ["a", "b/", "b0", "ü ü/"]
    assert page.merged()[1][1:] == ("", "", "", "")


def test_a_page_that_is_not_the_last_says_so_and_how_to_go_on():
    page = parse(body("aws", ["a", "b", "c"], Ask(max_keys=2)))
    assert page.is_truncated
    assert page.token
    assert not parse(body("aws", ["a"])).is_truncated


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_the_longest_keys_hide_nothing_of_what_a_page_says_of_itself(dialect):
    keys = [f"{'ü' * 400}{number:02}{'ä' * 111}" for number in range(30)]
    ask = Ask(prefix=keys[0][:400], after=keys[0], max_keys=20)
    page = parse(body(dialect, keys, ask, url=True))
    assert (len(page.rows), page.is_truncated, page.token != "") == (20, True, True)


@given(st.data())
def test_no_part_of_an_answer_is_taken_for_the_whole(data):
    whole = body("aws", ["a", "b"])
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(MalformedPageError):
        parse(whole[:cut])


@pytest.mark.parametrize(
    "text", [b"", b"<html></html>", b"\xff</ListBucketResult>", b"<Contents></a></ListBucketResult>"]
)
def test_what_is_no_listing_is_refused(text):
    with pytest.raises(MalformedPageError):
        parse(text)
