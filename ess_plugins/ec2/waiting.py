"""Waiting until instances have reached a state, with one question a second for any number of them."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from ess_core.errors import EssError
from ess_plugins.ec2 import instances
from ess_plugins.ec2.report import Report
from ess_plugins.ec2.scope import Regions

POLL_S = 1.0


def until(ec2: Any, state: str, ids: Iterable[str], timeout_s: float, report: Report) -> list[str]:
    """Wait until the instances are in ``state``; return the ids that are not after ``timeout_s`` seconds.

    An instance that EC2 shows no more is not waited for.
    """
    wanted = sorted(ids)
    deadline = time.monotonic() + timeout_s
    while True:
        left = [one.id for one in instances.of_ids(ec2, wanted) if one.state not in (state, "terminated")]
        report.count(state, len(wanted) - len(left), len(wanted))
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(POLL_S)


def everywhere(
    ec2: Callable[[str], Any], state: str, found: Regions, timeout_s: float, report: Report
) -> None:
    """Wait for the instances of each region, ``timeout_s`` seconds for one region.

    ``ec2`` gives the client of a region. Raises EssError naming those that are not in ``state`` then.
    """
    for region, some in found.items():
        ids = [one.id for one in some]
        if ids and (left := until(ec2(region), state, ids, timeout_s, report)):
            raise EssError(f"not {state} after {timeout_s:.0f} s in {region}: {', '.join(left)}")
