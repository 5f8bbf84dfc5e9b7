"""Which instances a ``terminate`` may end, and ending them: exactly this cluster's, of this owner."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ess_core.cloud import PATIENT, Cloud
from ess_core.errors import EssError, NothingMatchedError
from ess_plugins.ec2 import ending, identity, instances, records, waiting
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.records import Launch, Records
from ess_plugins.ec2.report import Report

Regions = Mapping[str, list[Instance]]


@dataclass(frozen=True)
class Target:
    """What will be ended by region, and what was seen beside it."""

    doomed: Regions
    over: Sequence[Launch] = ()  # recorded launches of which nothing is left then
    others: Sequence[Instance] = ()  # of this cluster, owned by somebody else
    ended: Sequence[Instance] = ()  # named, and ended already
    elsewhere: Mapping[str, int] = field(default_factory=dict)  # this owner's other clusters: workers each

    @property
    def instances(self) -> list[Instance]:
        """All that will be ended."""
        return [instance for found in self.doomed.values() for instance in found]


class Termination:
    """One ``terminate`` of one cluster."""

    def __init__(self, cloud: Cloud, cluster: str, note: Callable[[str], None]) -> None:
        self._cloud = cloud
        self.cluster = cluster
        self._note = note
        who = identity.whoami(cloud)
        self._owner = identity.owner_of(who)
        self._kept = Records(cluster, who.account)
        self._launches = self._kept.readable(note) if cluster else []

    def everything(self, any_owner: bool) -> Target:
        """This cluster's instances of this owner, in every region it was launched in and the effective one.

        Waits a moment where a launch of just now may not be shown yet.
        """
        seen = {region: self._seen(region) for region in self._regions()}
        ours = {region: [one for one in found if self._is_ours(one)] for region, found in seen.items()}
        doomed = {
            region: [one for one in found if any_owner or one.owner == self._owner]
            for region, found in ours.items()
        }
        others = [one for region in ours for one in ours[region] if one not in doomed[region]]
        left = {one.launch for one in others}
        over = [launch for launch in self._launches if launch.id not in left]
        return Target(doomed, over, others, elsewhere=self._elsewhere(seen))

    def chosen(self, names: Sequence[str], force: bool) -> Target:
        """The instances and reservations named.

        Raises NothingMatchedError for a name that does not exist, and EssError for one that is not of this
        cluster and owner, unless ``force``.
        """
        named = {region: self._named(region, names) for region in self._regions()}
        found = [one for region in named for one in named[region]]
        for name in names:
            if not any(name in (one.id, one.reservation_id) for one in found):
                raise NothingMatchedError(
                    f"there is no {name} in {', '.join(named)}",
                    "`ess instance ec2 list --all` shows what runs",
                )
        foreign = [one.id for one in found if not (self._is_ours(one) and one.owner == self._owner)]
        if foreign and not force:
            whose = f"cluster {self.cluster or '(none yet)'} and owner {self._owner}"
            raise EssError(
                f"not of {whose}: {', '.join(foreign)}",
                "--force ends them all the same",
            )
        doomed = {region: [one for one in some if not one.ended] for region, some in named.items()}
        ids = {one.id for one in found}
        known = [launch for launch in self._launches if launch.complete and launch.instance_ids]
        over = [launch for launch in known if ids.issuperset(launch.instance_ids)]
        return Target(doomed, over, ended=[one for one in found if one.ended])

    def end(self, target: Target) -> None:
        """End them. Raises what AWS answers; then nothing is forgotten."""
        for region, found in target.doomed.items():
            if found:
                ending.terminate(self._ec2(region), [one.id for one in found])

    def wait(self, target: Target, timeout_s: float, report: Report) -> None:
        """Wait until they are terminated. Raises EssError naming those that are not after ``timeout_s``."""
        for region, found in target.doomed.items():
            ids = [one.id for one in found]
            if ids and (left := waiting.until(self._ec2(region), "terminated", ids, timeout_s, report)):
                raise EssError(f"not terminated after {timeout_s:.0f} s in {region}: {', '.join(left)}")

    def forget(self, target: Target) -> None:
        """Remove the records of launches of which nothing is left, unless a ``create`` is at work on them."""
        if target.over:
            with records.if_free(self.cluster) as free:
                for launch in target.over if free else ():
                    self._kept.forget(launch)

    def _ec2(self, region: str) -> Any:
        return self._cloud.client("ec2", region=region, attempts=PATIENT)

    def _regions(self) -> list[str]:
        return list(dict.fromkeys([self._cloud.region, *(launch.region for launch in self._launches)]))

    def _is_ours(self, instance: Instance) -> bool:
        return bool(self.cluster) and instance.cluster == self.cluster

    def _seen(self, region: str) -> list[Instance]:
        """Every ess instance of the region that is not ended; one launched just now may take its time."""
        while True:
            found = instances.of_account(self._ec2(region))
            tokens = {instance.client_token for instance in found}
            if not any(one.region == region and one.is_missing(tokens) for one in self._launches):
                return [instance for instance in found if not instance.ended]
            self._note("EC2 does not show yet what was launched a moment ago; asking again")
            time.sleep(ending.PAUSE_S)

    def _elsewhere(self, seen: Regions) -> dict[str, int]:
        names = [
            one.cluster
            for found in seen.values()
            for one in found
            if one.owner == self._owner and one.cluster != self.cluster
        ]
        return {name: names.count(name) for name in sorted(set(names))}

    def _named(self, region: str, names: Sequence[str]) -> list[Instance]:
        by_kind = {
            "reservation-id": [name for name in names if name.startswith("r-")],
            "instance-id": [name for name in names if not name.startswith("r-")],
        }
        found = [
            one
            for kind, values in by_kind.items()
            if values
            for one in instances.describe(self._ec2(region), [{"Name": kind, "Values": values}])
        ]
        return list({one.id: one for one in found}.values())
