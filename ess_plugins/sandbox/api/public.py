"""Which S3 buckets anybody may read."""

import json
from urllib.parse import unquote

from moto.s3.models import FakeBucket, s3_backends

from ess_plugins.sandbox.api.request import ApiRequest


def allows(request: ApiRequest) -> bool:
    """Whether an unsigned request only reads a bucket that is marked public, by ACL or by policy."""
    if request.method not in ("GET", "HEAD") or "authorization" in request.headers:
        return False
    name = unquote(request.path).lstrip("/").partition("/")[0]
    account = s3_backends.bucket_accounts.get(name)
    if account is None:
        return False
    bucket: FakeBucket = s3_backends[account[1]][account[0]].buckets[name]
    return bool(bucket.acl and bucket.acl.public_read) or _open_policy(bucket)


def _open_policy(bucket: FakeBucket) -> bool:
    policy = json.loads(bucket.policy or "{}")
    return any(
        statement.get("Effect") == "Allow" and statement.get("Principal") in ("*", {"AWS": "*"})
        for statement in policy.get("Statement", [])
    )
