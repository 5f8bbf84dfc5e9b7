"""What a call is about, in the terms in which IAM decides: which things, and which tags it gives."""

import json
import re
from urllib.parse import unquote
from xml.sax.saxutils import unescape

from ess_plugins.sandbox.api.request import ApiRequest

_ID = re.compile(r"(?:InstanceId|ResourceId)\.\d+|GroupId|KeyPairId")
_DELETED = re.compile(rb"<Key>(.*?)</Key>", re.DOTALL)
_TAGGED = re.compile(r"TagSpecification\.(\d+)\.ResourceType")


def targets(request: ApiRequest) -> tuple[str, ...]:
    """Instances and other resources by id, SSM parameters by name, or the bucket and the keys."""
    if request.service == "s3":
        bucket, keys = bucket_and_keys(request)
        return tuple(filter(None, (bucket, *keys)))
    if request.service == "ssm":
        return tuple(_names(request.body))
    return tuple(value for name, value in request.parameters.items() if _ID.fullmatch(name))


def bucket_and_keys(request: ApiRequest) -> tuple[str, list[str]]:
    """The bucket of a request to S3, and the keys that it is about: one, unless it deletes several."""
    bucket, _, key = unquote(request.path).lstrip("/").partition("/")
    if request.action != "DeleteObjects":
        return bucket, [key]
    return bucket, [unescape(one.decode()) for one in _DELETED.findall(request.body)]


def tag_keys(request: ApiRequest) -> dict[str, tuple[str, ...]]:
    """For each type of resource that the call makes: the keys of the tags it is born with.

    Under ``""`` are those that the call gives to what is there.
    """
    given = request.parameters
    found = ((match[1], kind) for name, kind in given.items() if (match := _TAGGED.fullmatch(name)))
    born = {kind: _keys(request, rf"TagSpecification\.{place}\.Tag\.\d+\.Key") for place, kind in found}
    later = _keys(request, r"Tag\.\d+\.Key")
    return born | ({"": later} if later else {})


def _keys(request: ApiRequest, pattern: str) -> tuple[str, ...]:
    return tuple(value for name, value in request.parameters.items() if re.fullmatch(pattern, name))


def _names(body: bytes) -> list[str]:
    try:
        names = json.loads(body).get("Names", [])
    except (AttributeError, ValueError):
        return []
    return [str(name) for name in names] if isinstance(names, list) else []
