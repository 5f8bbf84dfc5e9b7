"""What the s3 plugin adds to ess."""

from collections.abc import Iterator, Mapping
from typing import Any

from ess_core.host import Command, hookimpl


@hookimpl
def ess_commands() -> Iterator[Command]:
    yield Command("s3 ls", "ess_plugins.s3.commands.ls:Ls", "List buckets, or the objects in one.")


@hookimpl
def ess_checks() -> Mapping[str, str]:
    return {"s3 buckets": "ess_plugins.s3.doctor:buckets"}


@hookimpl
def ess_iam() -> Mapping[str, Any]:
    buckets = {"Action": ["s3:ListAllMyBuckets"], "Resource": ["*"]}
    objects = {"Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::*"]}
    return {"doctor": [buckets], "s3 ls": [buckets, objects]}
