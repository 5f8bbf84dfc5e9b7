"""Where a bucket answers: by S3's rules in the plain cases, else by asking botocore, which knows all others.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
"""

import os
import re
import threading
from typing import Any
from urllib.parse import SplitResult, urlsplit

_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_REGION = re.compile(r"(us|eu|ap|sa|ca|me|af|il|mx)-\w+-\d+|us-gov-\w+-\d+", re.ASCII)
_HOST_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_GLOBAL = "us-east-1"


def endpoint_of(region: str, given: str | None) -> SplitResult | None:
    """Where S3 answers: ``given``, what the environment says, or AWS; None where that is not plain."""
    named = given or next(filter(None, map(os.environ.get, _VARIABLES)), None)
    if named:
        return _plain(named)
    if not _REGION.fullmatch(region):
        return None
    return urlsplit("https://s3.amazonaws.com" if region == _GLOBAL else f"https://s3.{region}.amazonaws.com")


def _plain(url: str) -> SplitResult | None:
    try:
        endpoint = urlsplit(url)
        _ = endpoint.port
    except ValueError:
        return None
    is_web = endpoint.scheme in ("http", "https") and endpoint.hostname
    return endpoint if is_web and not endpoint.query else None


def bucket_at(endpoint: SplitResult, bucket: str) -> SplitResult:
    """Where a bucket answers: at a name of its own at AWS where it can have one, else below a path."""
    if endpoint.netloc.endswith(".amazonaws.com") and _HOST_NAME.fullmatch(bucket):
        return endpoint._replace(netloc=f"{bucket}.{endpoint.netloc}", path="/")
    return endpoint._replace(path=f"{endpoint.path.rstrip('/')}/{bucket}")


class _CapturedError(Exception):
    """A request that was not sent."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


def asked_of(s3: Any, bucket: str) -> SplitResult:
    """Where ``s3`` would ask for the keys of ``bucket``; nothing is sent. Raises what botocore raises."""
    asking = threading.get_ident()

    def capture(request: Any, **_: Any) -> None:
        if threading.get_ident() == asking:
            raise _CapturedError(request.url)

    event = "before-send.s3.ListObjectsV2"
    s3.meta.events.register_first(event, capture)
    try:
        s3.list_objects_v2(Bucket=bucket)
    except _CapturedError as captured:
        return urlsplit(captured.url)._replace(query="", fragment="")
    finally:
        s3.meta.events.unregister(event, capture)
    raise AssertionError("botocore sends no request without the event before-send")
