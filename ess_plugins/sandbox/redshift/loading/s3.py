"""The sandbox's S3 as COPY and UNLOAD reach it: with the rights that the statement names."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ess_plugins.sandbox.redshift.loading.problems import s3_problem, spectrum_problem
from ess_plugins.sandbox.redshift.sql.access import Access
from ess_plugins.sandbox.redshift.sql.copies import Copy
from ess_plugins.sandbox.redshift.sql.tokens import refused

DEFAULT_ROLE = "arn:aws:iam::123456789012:role/essentia-redshift"
"""The role of a cluster that ``IAM_ROLE default`` means."""
_SESSION = "essentia-sandbox-redshift"
_MISSING = ("NoSuchKey", "NoSuchBucket")


@dataclass(frozen=True)
class S3Object:
    """An object to load, which may be missing unless it is ``mandatory``; ``size_bytes`` where it is said."""

    bucket: str
    key: str
    mandatory: bool = True
    size_bytes: int | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"s3://{self.bucket}/{self.key}"


class Buckets:
    """Clients of the sandbox's S3; boto3 is imported with the first one."""

    def __init__(self, endpoint: str, region: str, own_key: Access) -> None:
        """``own_key`` is what assumes roles."""
        self._endpoint = endpoint
        self._region = region
        self._own_key = own_key
        self._lock = threading.Lock()

    def client(self, access: Access) -> Any:
        """S3 with these rights. Raises RefusedError where the role cannot be assumed."""
        return self._client("s3", self._assumed(access.role) if access.role else access)

    def _assumed(self, role: str) -> Access:
        arn = DEFAULT_ROLE if role == "default" else role
        with s3_errors(arn):
            answer = self._client("sts", self._own_key).assume_role(RoleArn=arn, RoleSessionName=_SESSION)
        given = answer["Credentials"]
        return Access("", given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    def _client(self, service: str, access: Access) -> Any:
        import boto3
        from botocore.config import Config

        with self._lock:  # making clients is not safe from several threads
            return boto3.client(  # type: ignore[call-overload]
                service,
                region_name=self._region,
                endpoint_url=self._endpoint,
                aws_access_key_id=access.access_key_id,
                aws_secret_access_key=access.secret,
                aws_session_token=access.token or None,
                config=Config(
                    retries={"total_max_attempts": 1},
                    s3={"addressing_style": "path"},
                    user_agent_extra=_SESSION,
                ),
            )


@contextmanager
def s3_errors(context: str) -> Iterator[None]:
    """What S3 and STS refuse becomes the error of the statement."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        answer = error.response
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        raise s3_problem(answer["Error"]["Message"], status, answer["Error"]["Code"], context) from error
    except BotoCoreError as error:
        raise s3_problem(str(error), 0, type(error).__name__, context) from error


def split(url: str) -> tuple[str, str]:
    """Bucket and key of ``s3://bucket/key``."""
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


def objects(s3: Any, copy: Copy) -> list[S3Object]:
    """What a COPY loads: what its manifest names, or all keys with its prefix. Raises RefusedError."""
    bucket, key = split(copy.source)
    with s3_errors(copy.source):
        if copy.has("MANIFEST"):
            manifest = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            return [_named(entry, copy.format == "PARQUET") for entry in _entries(manifest)]
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
        found = [S3Object(bucket, item["Key"]) for page in pages for item in page.get("Contents", ())]
    if not found:
        raise refused(f"The specified S3 prefix '{key}' does not exist", "XX000")
    return found


def read(s3: Any, item: S3Object) -> bytes | None:
    """All of an object, None where it is missing and may be. Raises RefusedError."""
    from botocore.exceptions import ClientError

    with s3_errors(f"S3 key being read : {item.url}"):
        try:
            content: bytes = s3.get_object(Bucket=item.bucket, Key=item.key)["Body"].read()
        except ClientError as error:
            if item.mandatory or error.response["Error"]["Code"] not in _MISSING:
                raise
            return None
    if item.size_bytes not in (None, len(content)):
        raise spectrum_problem("HTTP response error code: 416 Message: InvalidRange", item.url, 15001)
    return content


def _named(entry: dict[str, Any], with_size: bool) -> S3Object:
    """The object of an entry; columnar formats need the size of each, and it must be right."""
    bucket, key = split(str(entry.get("url", "")))
    size = entry.get("meta", {}).get("content_length")
    if not with_size:
        return S3Object(bucket, key, bool(entry.get("mandatory")))
    if size is None:
        raise spectrum_problem("File entry does not have 'meta' key.", f"s3://{bucket}/{key}", 15003)
    return S3Object(bucket, key, bool(entry.get("mandatory")), size)


def _entries(manifest: bytes) -> list[dict[str, Any]]:
    try:
        found = json.loads(manifest)["entries"]
    except (ValueError, KeyError, TypeError) as error:
        raise refused("The manifest file is not a valid JSON manifest", "XX000") from error
    return [entry for entry in found if isinstance(entry, dict)]
