"""A bucket and what its keys begin with, as the user names them."""

import re
from dataclasses import dataclass

from ess_core.errors import UsageError

SCHEME = "s3://"
BUCKET = re.compile(r"[A-Za-z0-9._-]{1,255}")


@dataclass(frozen=True)
class Place:
    """A bucket and the beginning of its keys, as the user names them."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.prefix}"


def place(text: str) -> Place:
    """Read ``BUCKET[/PREFIX]``, with or without ``s3://``. Raises UsageError where that names no bucket."""
    bucket, _, prefix = text.removeprefix(SCHEME).partition("/")
    if not BUCKET.fullmatch(bucket):
        raise UsageError(f"{text!r} names no bucket", "`ess s3 ls` alone lists the buckets")
    return Place(bucket, prefix)
