"""Buckets whose requester pays, of which moto knows nothing.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html
"""

from typing import Any
from urllib.parse import unquote

from moto.s3.models import s3_backends

from ess_plugins.sandbox.api.answers import Answer, error, xml
from ess_plugins.sandbox.api.keys import Key
from ess_plugins.sandbox.api.request import ApiRequest

_HEADER = "x-amz-request-payer"
_REQUESTER, _OWNER = "Requester", "BucketOwner"
_SPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def answer(request: ApiRequest, caller: Key | None) -> Answer | None:
    """What S3 says about who pays, or to who does not say that he does; None for all other requests."""
    name = unquote(request.path).lstrip("/").partition("/")[0]
    place = s3_backends.bucket_accounts.get(name)
    if place is None:
        return None
    bucket = s3_backends[place[1]][place[0]].buckets[name]
    if request.action == "PutBucketRequestPayment":
        bucket.payer = _REQUESTER if f"<Payer>{_REQUESTER}<".encode() in request.body else _OWNER
        return Answer(200, (), b"")
    if request.action == "GetBucketRequestPayment":
        inner = f"<Payer>{_payer(bucket)}</Payer>"
        return xml(f"<RequestPaymentConfiguration {_SPACE}>{inner}</RequestPaymentConfiguration>")
    is_owner = caller is not None and caller.identity.account == place[1]
    if _payer(bucket) == _OWNER or is_owner or (caller and _agrees(request)):
        return None
    return error("s3", "AccessDenied", "Access Denied", 403)


def _payer(bucket: Any) -> str:
    return str(getattr(bucket, "payer", _OWNER))


def _agrees(request: ApiRequest) -> bool:
    return _REQUESTER.lower() in (request.headers.get(_HEADER), request.parameters.get(_HEADER))
