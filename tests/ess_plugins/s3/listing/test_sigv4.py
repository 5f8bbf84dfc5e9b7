"""Our signatures are botocore's."""

from datetime import UTC, datetime
from types import SimpleNamespace

import botocore.auth
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from ess_core.cloud import AccessKey
from ess_plugins.s3.listing import sigv4
from ess_plugins.s3.listing.source import Ask

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch):
    """The same moment for both."""
    fixed = SimpleNamespace(gmtime=NOW.timetuple, strftime=lambda form, _: NOW.strftime(form))
    monkeypatch.setattr(sigv4, "time", fixed)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda **_: NOW)


@given(
    prefix=NAMES, after=NAMES, delimiter=NAMES, token=st.sampled_from(["", "a token/+="]), payer=st.booleans()
)
def test_a_request_for_a_page_is_signed_as_botocore_signs_it(clock, prefix, after, delimiter, token, payer):
    path = f"/bucket?{Ask(prefix, delimiter, after).query()}"
    headers = {"user-agent": "ess"} | ({"x-amz-request-payer": "requester"} if payer else {})
    ours = sigv4.signed(AccessKey("AKIA", "secret", token), "eu-west-1", "127.0.0.1:9000", path, headers)
    theirs = AWSRequest("GET", f"http://127.0.0.1:9000{path}", dict(headers))
    S3SigV4Auth(Credentials("AKIA", "secret", token or None), "s3", "eu-west-1").add_auth(theirs)
    assert ours["authorization"] == theirs.headers["Authorization"]
