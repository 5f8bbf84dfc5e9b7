"""Ending instances, and being sure that they end."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from ess_core.cloud import code, explain, passing
from ess_plugins.ec2 import instances
from ess_plugins.ec2.records import Launch
from ess_plugins.ec2.report import Report

CLEAN_UP_S = 50.0
SETTLE_S = 10.0  # how long a launch without an answer may stay invisible before we take it for not made
PAUSE_S = 1.0
NOT_YET = frozenset({"InvalidInstanceID.NotFound", "IncorrectInstanceState"})
AT_ONCE = 1000  # TerminateInstances takes this many ids


def terminate(ec2: Any, ids: Sequence[str]) -> dict[str, str]:
    """End instances; return the new state of each. One call a thousand ids."""
    states: dict[str, str] = {}
    for start in range(0, len(ids), AT_ONCE):
        answer = ec2.terminate_instances(InstanceIds=list(ids[start : start + AT_ONCE]))
        states |= instances.states(answer["TerminatingInstances"])
    return states


def abandon(ec2: Any, launch: Launch, report: Report) -> list[str]:
    """End everything of a launch; return the ids that may still run after CLEAN_UP_S, and none if all ended.

    Asks by tag as well, so that instances whose ids never reached us are found. Raises what AWS answered
    where that will not change, such as expired credentials.
    """
    deadline = time.monotonic() + CLEAN_UP_S
    patience = time.monotonic() + SETTLE_S
    ended: set[str] = set()
    while True:
        try:
            left, complete = _end_visible(ec2, launch, ended)
        except Exception as error:
            if not passing(error) or time.monotonic() > deadline:
                raise
            report.note(f"{explain(error)}; asking again")
        else:
            if not left and (complete or time.monotonic() > patience):
                return []
            if time.monotonic() > deadline:
                return left
        time.sleep(PAUSE_S)


def _end_visible(ec2: Any, launch: Launch, ended: set[str]) -> tuple[list[str], bool]:
    """End what can be seen; return the ids left, and whether every attempt is accounted for."""
    found = instances.of_launch(ec2, launch.id)
    ended |= {instance.id for instance in found if instance.ended}
    visible = {instance.id for instance in found} - ended
    unseen = set(launch.instance_ids) - visible - ended
    ended |= set(_end_those_there(ec2, sorted(visible), sorted(unseen)))
    tokens = {instance.client_token for instance in found}
    complete = all(attempt.token in tokens for attempt in launch.open_attempts)
    return sorted((visible | unseen) - ended), complete


def _end_those_there(ec2: Any, visible: list[str], unseen: list[str]) -> Iterable[str]:
    """Terminate all; where EC2 does not know one of them yet, only those that it shows."""
    for ids in (visible + unseen, visible):
        if not ids:
            return []
        try:
            return terminate(ec2, ids)
        except ec2.exceptions.ClientError as error:
            if code(error) not in NOT_YET:
                raise
    return []
