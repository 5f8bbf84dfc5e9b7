"""The launch that an ess which died left open: found again, so that it is neither forgotten nor doubled."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from ess_core.cloud import PATIENT, Cloud
from ess_core.errors import UsageError
from ess_plugins.ec2 import instances
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.records import Launch, Records

FORGOTTEN_S = 3600  # EC2 shows an ended instance for about an hour


def find(cloud: Cloud, kept: Records, owner: str, wanted: Mapping[str, Any]) -> Launch | None:
    """This owner's open launch, if there is one; records of those that are over are removed.

    Raises UsageError where it was started with other arguments than ``wanted``.
    """
    for launch in kept.launches():
        if launch.complete or launch.owner != owner:
            continue
        if _is_over(launch, shown(cloud, launch)):
            kept.forget(launch)
        elif launch.wanted != wanted:
            raise _other(launch, wanted)
        else:
            return launch
    return None


def shown(cloud: Cloud, launch: Launch) -> list[Instance]:
    """What EC2 shows of a launch, ended instances too; nothing is asked where nothing was sent."""
    if not launch.attempts:
        return []
    ec2 = cloud.client("ec2", region=launch.region, attempts=PATIENT)
    return instances.of_launch(ec2, launch.id)


def hidden(cloud: Cloud, kept: Records, alive: Sequence[Instance]) -> list[str]:
    """Ids of workers that were launched a moment ago and that EC2 does not show yet."""
    tokens = {instance.client_token for instance in alive}
    recent = [launch for launch in kept.launches() if launch.complete and launch.is_missing(tokens)]
    return [name for launch in recent if not shown(cloud, launch) for name in launch.instance_ids]


def _is_over(launch: Launch, found: Sequence[Instance]) -> bool:
    """True where nothing of it was launched, or everything of it has ended."""
    if not launch.attempts:
        return True
    tokens = {instance.client_token for instance in found}
    if any(attempt.token not in tokens for attempt in launch.open_attempts):
        return False
    if found:
        return all(instance.ended for instance in found)
    return time.time() - launch.created_at > FORGOTTEN_S


def _other(launch: Launch, now: Mapping[str, Any]) -> UsageError:
    arguments = _arguments(launch.wanted, now)
    where = f"--cluster {launch.cluster} --region {launch.region}"
    return UsageError(
        f"an earlier create of cluster {launch.cluster} in {launch.region} did not end: {arguments}",
        f"`ess instance ec2 create {arguments} {where}` goes on with it, "
        f"`ess instance ec2 terminate all {where}` ends it",
    )


def _arguments(wanted: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What to type for ``wanted``, where instance.conf says what ``now`` does."""
    words = [f"--number {wanted['number']}", f"--type {wanted['type']}"]
    if wanted["minimum"] != wanted["number"]:
        words.append(f"--min {wanted['minimum']}")
    words += ["--add"] * wanted["add"]
    if wanted["spot"] != now["spot"]:
        words.append("--spot" if wanted["spot"] else "--no-spot")
    if wanted["ttl"] != now["ttl"]:
        words.append(f"--ttl {wanted['ttl']}")
    return " ".join(words)
