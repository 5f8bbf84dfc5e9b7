"""Asking every region that the account may use, all at once."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ess_core.cloud import Cloud, in_parallel
from ess_plugins.ec2.instances import Instance


def everywhere(
    cloud: Cloud, ask: Callable[[Any], list[Instance]]
) -> Mapping[str, list[Instance] | Exception]:
    """What ``ask`` returns or raises with the client of each enabled region, by region.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRegions.html
    """
    answer = cloud.client("ec2").describe_regions()
    names = sorted(region["RegionName"] for region in answer["Regions"])
    return in_parallel({name: partial(ask, cloud.client("ec2", region=name)) for name in names})
