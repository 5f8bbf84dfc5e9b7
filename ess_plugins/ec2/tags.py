"""The tags by which ess finds its instances; EC2 is the truth, local files are only a cache."""

from collections.abc import Iterable, Mapping
from typing import Any

NAME = "Name"
CLUSTER = "ess:cluster"
LAUNCH = "ess:launch"
OWNER = "ess:owner"
EXPIRES = "ess:expires"
ADOPTED = "ess:adopted"  # ess did not launch it, so `terminate all` leaves it
SETUP = "ess:setup"  # made by `setup`, which may take it away again
DETACHED = ":detached"  # as ess:cluster: of no cluster any more, and still found by `list --all`
TAGGED_AT_LAUNCH = ("instance", "volume", "network-interface")
SPOT_REQUEST = "spot-instances-request"


def specifications(tags: Mapping[str, str], *more: str) -> list[dict[str, Any]]:
    """The TagSpecifications of a RunInstances call: everything it makes is born tagged, ``more`` kinds too.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    """
    return [specification(kind, tags) for kind in (*TAGGED_AT_LAUNCH, *more)]


def specification(kind: str, tags: Mapping[str, str]) -> dict[str, Any]:
    """One entry of the TagSpecifications of a call that makes a resource of this kind."""
    return {"ResourceType": kind, "Tags": pairs(tags)}


def pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as the API takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def read(described: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The tags of a described resource, as a dict."""
    return {pair["Key"]: pair["Value"] for pair in described}


def having(tag: str, value: str) -> dict[str, Any]:
    """A DescribeInstances filter: the tag has exactly this value (``*`` and ``?`` are not wild)."""
    return {"Name": f"tag:{tag}", "Values": [literal(value)]}


def literal(value: str) -> str:
    """A filter's value that matches only itself."""
    return value.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")
