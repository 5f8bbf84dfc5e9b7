"""What the s3 plugin adds to ess."""

from collections.abc import Iterator, Mapping
from typing import Any

from ess_core.host import Command, hookimpl


@hookimpl
def ess_commands() -> Iterator[Command]:
    yield Command(
        "s3 cat", "ess_plugins.s3.commands.cat:Cat", "Print objects, one after the other, as they are."
    )
    yield Command(
        "s3 du", "ess_plugins.s3.commands.du:Du", "Count the objects below a place, and their bytes."
    )
    yield Command(
        "s3 head",
        "ess_plugins.s3.commands.head:Head",
        "Show what S3 knows of an object, without reading it.",
    )
    yield Command("s3 ls", "ess_plugins.s3.commands.ls:Ls", "List buckets, or the objects in one.")
    yield Command(
        "s3 lsa",
        "ess_plugins.s3.commands.lsa:Lsa",
        "List what is in an archive: zip, tar, or a tar that is compressed with gz, bz2, xz or zst.",
    )


@hookimpl
def ess_datastores() -> Mapping[str, str]:
    return {"s3": "ess_plugins.s3.datastore:opened"}


@hookimpl
def ess_checks() -> Mapping[str, str]:
    return {"s3 buckets": "ess_plugins.s3.doctor:buckets"}


@hookimpl
def ess_iam() -> Mapping[str, Any]:
    buckets = {"Action": ["s3:ListAllMyBuckets"], "Resource": ["*"]}
    keys = {"Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::*"]}
    versions = {"Action": ["s3:ListBucketVersions"], "Resource": ["arn:aws:s3:::*"]}
    objects = {"Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::*/*"]}
    return {
        "doctor": [buckets],
        "s3 cat": [keys, objects],
        "s3 du": [keys],
        "s3 head": [objects],
        "s3 ls": [buckets, keys, versions],
        "s3 lsa": [objects],
    }
