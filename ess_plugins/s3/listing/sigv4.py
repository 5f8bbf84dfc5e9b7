"""Signing a GET without a body, nine times as fast as botocore does it.

Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from functools import lru_cache

from ess_core.cloud import AccessKey

_EMPTY = hashlib.sha256(b"").hexdigest()
_DATE = "%Y%m%dT%H%M%SZ"


def signed(key: AccessKey, region: str, host: str, path: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, with what proves that ``key`` asks for ``path``, whose query has its names in order."""
    date = time.strftime(_DATE, time.gmtime())
    given = {name: value for name, value in headers.items() if name.startswith("x-amz-")}
    given |= {"host": host, "x-amz-content-sha256": _EMPTY, "x-amz-date": date}
    if key.token:
        given["x-amz-security-token"] = key.token
    names = ";".join(sorted(given))
    place, _, query = path.partition("?")
    lines = "".join(f"{name}:{given[name]}\n" for name in sorted(given))
    asked = f"GET\n{place}\n{query}\n{lines}\n{names}\n{_EMPTY}"
    scope = f"{date[:8]}/{region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    proof = hmac.digest(_day_key(key.secret_access_key, date[:8], region), text.encode(), "sha256").hex()
    credential = f"Credential={key.access_key_id}/{scope}, SignedHeaders={names}, Signature={proof}"
    return {**headers, **given, "authorization": f"AWS4-HMAC-SHA256 {credential}"}


@lru_cache(maxsize=4)
def _day_key(secret: str, day: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
