"""What a request for a page says: signed for the right region, payer and restore status, or nothing."""

import pytest

from ess_core.errors import EssError
from ess_plugins.s3.access import Access
from tests.fixtures.s3server.objects import Stored


@pytest.fixture(autouse=True)
def well(rig):
    """Each test begins with a server that does nothing wrong and holds ten pages."""
    rig.plan(refuse="")
    rig.hold(map(str, range(100)))
    rig.clear()


def test_a_bucket_in_another_region_is_followed_and_remembered(rig, listed, parallel):
    rig.hold(map(str, range(100)), "far", "eu-west-1")
    assert len(listed(rig, bucket="far")) == 100
    assert [seen.status for seen in rig.listings].count(301) == 1
    assert {seen.request.signed_for for seen in rig.listings[1:]} == {"eu-west-1"}


def test_the_payer_is_named_in_every_request(rig, listed, parallel):
    listed(rig, access=Access(payer="requester"))
    assert {seen.request.headers.get("x-amz-request-payer") for seen in rig.listings} == {"requester"}
    assert all("x-amz-request-payer" in seen.request.headers["authorization"] for seen in rig.listings)


def test_an_unsigned_listing_needs_and_shows_no_credentials(rig, listed, parallel, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert len(listed(rig, access=Access(unsigned=True))) == 100
    assert {seen.request.signed_for for seen in rig.listings} == {None}


def test_a_session_token_goes_with_every_request(rig, listed, monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "the-token")
    listed(rig)
    assert {seen.request.headers["x-amz-security-token"] for seen in rig.listings} == {"the-token"}


def test_every_request_names_ess(rig, listed):
    listed(rig)
    assert all(seen.request.headers["user-agent"].startswith("ess/") for seen in rig.listings)


@pytest.mark.parametrize("fast", [True, False])
def test_restores_are_told_where_asked_for(rig, listed, parallel, fast):
    cold = [Stored(str(number), 1, storage_class="GLACIER", restoring=number % 2 > 0) for number in range(50)]
    rig.hold(cold)
    told = {row[0]: row[5] for row in listed(rig, restore=True, fast=fast)}
    assert told == {one.key: "ongoing" if one.restoring else "" for one in cold}


def test_an_endpoint_that_is_down_is_said_soon(listed):
    class Down:
        endpoint = "http://127.0.0.1:9"
        bucket = "bucket"

    with pytest.raises(
        EssError, match=r"cannot reach S3 at http://127\.0\.0\.1:9 for bucket bucket: Connection"
    ):
        listed(Down())


@pytest.mark.parametrize("code", ["AccessDenied", "SignatureDoesNotMatch", "ExpiredToken", "NoSuchBucket"])
def test_a_refusal_is_not_tried_again(rig, listed, code):
    rig.plan(refuse=code)
    with pytest.raises(EssError):
        listed(rig)
    assert len(rig.requests) == 1
