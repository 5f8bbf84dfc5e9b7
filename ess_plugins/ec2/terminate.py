"""Which instances a ``terminate`` may end, and ending them: exactly this cluster's, of this owner."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ess_core.cloud import Cloud, Identity
from ess_core.errors import EssError, NothingMatchedError
from ess_plugins.ec2 import ending, identity, instances
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.records import Records
from ess_plugins.ec2.report import Report

APPEARS_S = 30.0  # a launch that was cut off may show its instances only this much later


@dataclass(frozen=True)
class Target:
    """What will be ended by region, and what was seen beside it."""

    doomed: Mapping[str, list[Instance]]
    others: list[Instance] = field(default_factory=list)  # of this cluster, owned by somebody else
    elsewhere: Mapping[str, int] = field(default_factory=dict)  # this owner's other clusters: workers each

    @property
    def instances(self) -> list[Instance]:
        """All that will be ended."""
        return [instance for found in self.doomed.values() for instance in found]


class Termination:
    """One ``terminate`` of one cluster."""

    def __init__(self, cloud: Cloud, cluster: str, note: Callable[[str], None]) -> None:
        self._cloud = cloud
        self._cluster = cluster
        self._note = note
        self._identity: Identity = identity.whoami(cloud)()
        self._owner = identity.owner_of(self._identity)
        self._kept = Records(cluster, self._identity.account)

    def everything(self, any_owner: bool) -> Target:
        """This cluster's instances of this owner, in every region it was launched in."""
        seen = {region: self._seen(region) for region in self._kept.regions() or [self._cloud.region]}
        ours = {
            region: [one for one in found if one.cluster == self._cluster] for region, found in seen.items()
        }
        doomed = {
            region: [one for one in found if any_owner or one.owner == self._owner]
            for region, found in ours.items()
        }
        kept_out = [one for region in ours for one in ours[region] if one not in doomed[region]]
        return Target(doomed, kept_out, self._elsewhere(seen))

    def chosen(self, names: Sequence[str], force: bool) -> Target:
        """The instances and reservations named.

        Raises NothingMatchedError for a name that does not exist, and EssError for one that is not of this
        cluster and owner, unless ``force``.
        """
        regions = list(dict.fromkeys([self._cloud.region, *self._kept.regions()]))
        doomed = {region: self._named(region, names) for region in regions}
        found = [one for region in regions for one in doomed[region]]
        for name in names:
            if not any(name in (one.id, one.reservation_id) for one in found):
                raise NothingMatchedError(
                    f"{name} is not running in {', '.join(regions)}", "`ess instance ec2 list` shows what is"
                )
        foreign = [one for one in found if (one.cluster, one.owner) != (self._cluster, self._owner)]
        if foreign and not force:
            names = ", ".join(one.id for one in foreign)
            raise EssError(
                f"{names} is not of cluster {self._cluster} and owner {self._owner}",
                "--force ends it all the same",
            )
        return Target(doomed)

    def end(self, target: Target) -> None:
        """End them. Raises what AWS answers; then nothing is forgotten."""
        for region, found in target.doomed.items():
            if found:
                ending.terminate(self._cloud.client("ec2", region=region), [one.id for one in found])

    def wait(self, target: Target, timeout_s: float, report: Report) -> None:
        """Wait until they are terminated. Raises EssError naming those that are not after ``timeout_s``."""
        for region, found in target.doomed.items():
            ids = [one.id for one in found]
            ec2 = self._cloud.client("ec2", region=region)
            if left := ending.wait_ended(ec2, ids, timeout_s, report):
                raise EssError(f"not terminated after {timeout_s:.0f} s in {region}: {', '.join(left)}")

    def forget(self, ended: Iterable[Instance]) -> None:
        """Remove the records of launches of which nothing is left."""
        gone = {one.id for one in ended}
        for launch in self._kept.launches():
            if gone.issuperset(launch.instance_ids) or not launch.instance_ids:
                self._kept.forget(launch)

    def _seen(self, region: str) -> list[Instance]:
        """Every ess instance of the region; waits a moment for a launch that was cut off just now."""
        ec2 = self._cloud.client("ec2", region=region)
        while True:
            found = instances.of_account(ec2)
            if not self._missing(region, found):
                return found
            self._note("a launch was cut off; waiting to see whether EC2 made its instances")
            time.sleep(ending.PAUSE_S)

    def _missing(self, region: str, found: Sequence[Instance]) -> bool:
        tokens = {instance.client_token for instance in found}
        return any(
            attempt.token not in tokens and time.time() - attempt.started_at < APPEARS_S
            for launch in self._kept.launches()
            if launch.region == region
            for attempt in launch.open_attempts
        )

    def _elsewhere(self, seen: Mapping[str, list[Instance]]) -> dict[str, int]:
        names = [
            one.cluster
            for found in seen.values()
            for one in found
            if one.owner == self._owner and one.cluster != self._cluster
        ]
        return {name: names.count(name) for name in sorted(set(names))}

    def _named(self, region: str, names: Sequence[str]) -> list[Instance]:
        ec2 = self._cloud.client("ec2", region=region)
        by_kind = {
            "reservation-id": [name for name in names if name.startswith("r-")],
            "instance-id": [name for name in names if not name.startswith("r-")],
        }
        found = [
            one
            for kind, values in by_kind.items()
            if values
            for one in instances.describe(ec2, [{"Name": kind, "Values": values}])
            if not one.ended
        ]
        return list({one.id: one for one in found}.values())
