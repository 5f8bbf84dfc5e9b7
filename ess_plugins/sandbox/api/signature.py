"""Check a request's signature with botocore's own signer (AWS Signature Version 4)."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from enum import Enum

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ess_plugins.sandbox.api.keys import Key, Keyring
from ess_plugins.sandbox.api.request import ApiRequest, Signed

SKEW = timedelta(minutes=15)
"""How far a request's clock may be from ours."""


class Flaw(Enum):
    """Why a request is refused before it is read any further."""

    UNSIGNED = "no signature"
    UNKNOWN_KEY = "this sandbox never issued the key"
    BAD_SIGNATURE = "the signature does not match"
    BAD_TOKEN = "the session token is wrong"  # noqa: S105 - a reason, not a secret
    EXPIRED = "the key's time is over"
    SKEWED = "the request's time is not now"


class FlawedError(Exception):
    """The request is not signed with a valid key of this sandbox."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


def signer(request: ApiRequest, keyring: Keyring) -> Key:
    """The key that signed ``request``. Raises FlawedError where none of ours did."""
    if request.signed is None:
        raise FlawedError(Flaw.UNSIGNED)
    key = keyring.find(request.signed.access_key_id)
    if key is None:
        raise FlawedError(Flaw.UNKNOWN_KEY)
    if not hmac.compare_digest(_signature(request, request.signed, key), request.signed.signature):
        raise FlawedError(Flaw.BAD_SIGNATURE)
    if not hmac.compare_digest(request.signed.token, key.session_token):
        raise FlawedError(Flaw.BAD_TOKEN)
    if key.expired:
        raise FlawedError(Flaw.EXPIRED)
    if not _timely(request.signed):
        raise FlawedError(Flaw.SKEWED)
    return key


def _signature(request: ApiRequest, signed: Signed, key: Key) -> str:
    if not _covers_its_body(request, signed):
        return ""
    credentials = Credentials(key.access_key_id, key.secret)
    kind = SigV4Auth if signed.service != "s3" else S3SigV4QueryAuth if signed.in_query else S3SigV4Auth
    auth = kind(credentials, signed.service, signed.region)
    plain = AWSRequest(
        request.method,
        f"http://{request.headers.get('host', '')}{request.path}{_signed_query(request)}",
        headers={name: request.headers.get(name, "") for name in signed.headers},
        data=request.body,
    )
    plain.context["timestamp"] = signed.timestamp
    text = auth.string_to_sign(plain, auth.canonical_request(plain))
    return str(auth.signature(text, plain))


def _covers_its_body(request: ApiRequest, signed: Signed) -> bool:
    claimed = request.headers.get("x-amz-content-sha256", "")
    if signed.in_query or "host" not in signed.headers:
        return signed.in_query
    if signed.service == "s3" and claimed.startswith(("UNSIGNED-PAYLOAD", "STREAMING-")):
        return True
    return claimed in ("", hashlib.sha256(request.body).hexdigest())


def _signed_query(request: ApiRequest) -> str:
    fields = [part for part in request.query.split("&") if part and not part.startswith("X-Amz-Signature=")]
    return "?" + "&".join(fields) if fields else ""


def _timely(signed: Signed) -> bool:
    try:
        made = datetime.strptime(signed.timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return False
    age = datetime.now(UTC) - made
    return -SKEW <= age <= (timedelta(seconds=signed.lasts_s) if signed.in_query else SKEW)
