"""Waiting until instances have reached a state, with one question a second for any number of them."""

import time
from collections.abc import Iterable
from typing import Any

from ess_plugins.ec2 import instances
from ess_plugins.ec2.report import Report

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
