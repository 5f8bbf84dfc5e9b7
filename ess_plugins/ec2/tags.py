"""The tags by which ess finds its instances; EC2 is the truth, local files are only a cache."""

from collections.abc import Iterable, Mapping
from typing import Any

NAME = "Name"
CLUSTER = "ess:cluster"
LAUNCH = "ess:launch"
OWNER = "ess:owner"
TAGGED_AT_LAUNCH = ("instance", "volume", "network-interface")


def specifications(tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """The TagSpecifications of a RunInstances call: everything it makes is born tagged.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
    """
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    return [{"ResourceType": kind, "Tags": pairs} for kind in TAGGED_AT_LAUNCH]


def read(pairs: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The tags of a described resource, as a dict."""
    return {pair["Key"]: pair["Value"] for pair in pairs}


def having(tag: str, value: str) -> dict[str, Any]:
    """A DescribeInstances filter: the tag has exactly this value (``*`` and ``?`` are not wild)."""
    literal = value.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")
    return {"Name": f"tag:{tag}", "Values": [literal]}
