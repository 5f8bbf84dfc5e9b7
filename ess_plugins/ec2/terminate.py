"""Which instances a ``terminate`` may end, and ending them: exactly this cluster's, of this owner."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from ess_core.cloud import Cloud
from ess_plugins.ec2 import adoptions, ending, instances, records, tags, waiting
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.records import Launch
from ess_plugins.ec2.report import Report
from ess_plugins.ec2.scope import Regions, Scope, together


@dataclass(frozen=True)
class Target:
    """What will be ended by region, and what was seen beside it."""

    doomed: Regions
    over: Sequence[Launch] = ()  # recorded launches of which nothing is left then
    others: Sequence[Instance] = ()  # of this cluster, owned by somebody else
    ended: Sequence[Instance] = ()  # named, and ended already
    adopted: Sequence[Instance] = ()  # of this cluster, but not launched by ess: ended only by name
    elsewhere: Sequence[Instance] = ()  # this owner's, of no cluster or another one

    @property
    def instances(self) -> list[Instance]:
        """All that will be ended."""
        return together(self.doomed)

    @property
    def detached(self) -> list[Instance]:
        """This owner's that were removed from their cluster."""
        return [one for one in self.elsewhere if one.cluster == tags.DETACHED]

    @property
    def other_clusters(self) -> dict[str, int]:
        """How many workers this owner has in each other cluster."""
        names = [one.cluster for one in self.elsewhere if one.cluster != tags.DETACHED]
        return {name: names.count(name) for name in sorted(set(names))}


class Fate(Enum):
    """What becomes of an instance when everything is to be ended."""

    DOOMED = "ended"
    ADOPTED = "left, as ess did not launch it"
    OTHERS = "left, as somebody else of this cluster owns it"
    ELSEWHERE = "left, and mentioned: this owner's, of another cluster or detached"
    FOREIGN = "none of our business"


class Termination:
    """One ``terminate`` of one cluster."""

    def __init__(self, cloud: Cloud, cluster: str, note: Callable[[str], None]) -> None:
        self.cluster = cluster
        self._note = note
        self.scope = Scope(cloud, cluster, note)

    def everything(self, any_owner: bool) -> Target:
        """This cluster's instances of this owner, in every region it was launched in and the effective one.

        Those that were adopted are left. Waits a moment where a launch of just now may not be shown yet.
        """
        seen = {region: self._seen(region) for region in self.scope.regions}
        fates: dict[Fate, list[Instance]] = {fate: [] for fate in Fate}
        for one in together(seen):
            fates[self._fate(one, any_owner)].append(one)
        left = {one.launch for one in fates[Fate.OTHERS] + fates[Fate.ADOPTED]}
        doomed = {one.id for one in fates[Fate.DOOMED]}
        return Target(
            {region: [one for one in found if one.id in doomed] for region, found in seen.items()},
            over=[launch for launch in self.scope.launches if launch.id not in left],
            others=fates[Fate.OTHERS],
            adopted=fates[Fate.ADOPTED],
            elsewhere=fates[Fate.ELSEWHERE],
        )

    def chosen(self, names: Sequence[str], force: bool) -> Target:
        """The instances and reservations named.

        Raises NothingMatchedError for a name that does not exist, and EssError for one that is not of this
        cluster and owner, unless ``force``.
        """
        named = self.scope.named(names, force=force, effect="ends")
        found = together(named)
        doomed = {region: [one for one in some if not one.ended] for region, some in named.items()}
        ids = {one.id for one in found}
        known = [launch for launch in self.scope.launches if launch.complete and launch.instance_ids]
        over = [launch for launch in known if ids.issuperset(launch.instance_ids)]
        return Target(doomed, over, ended=[one for one in found if one.ended])

    def end(self, target: Target) -> None:
        """End them. Raises what AWS answers; then nothing is forgotten."""
        for region, found in target.doomed.items():
            if found:
                ending.terminate(self.scope.ec2(region), [one.id for one in found])

    def wait(self, target: Target, timeout_s: float, report: Report) -> None:
        """Wait until they are terminated. Raises EssError naming those that are not after ``timeout_s``."""
        waiting.everywhere(self.scope.ec2, "terminated", target.doomed, timeout_s, report)

    def forget(self, target: Target) -> None:
        """Remove the records of launches of which nothing is left, unless a ``create`` is at work on them."""
        adoptions.forget(self.scope.kept, [one.id for one in target.instances])
        if target.over:
            with records.if_free(self.cluster) as free:
                for launch in target.over if free else ():
                    self.scope.kept.forget(launch)

    def _fate(self, one: Instance, any_owner: bool) -> Fate:
        is_mine = one.owner == self.scope.owner
        if not self.scope.is_of_cluster(one):
            return Fate.ELSEWHERE if is_mine else Fate.FOREIGN
        if not (is_mine or any_owner):
            return Fate.OTHERS
        return Fate.ADOPTED if one.adopted else Fate.DOOMED

    def _seen(self, region: str) -> list[Instance]:
        """Every ess instance of the region that is not ended; one launched just now may take its time."""
        while True:
            found = instances.of_account(self.scope.ec2(region))
            tokens = {instance.client_token for instance in found}
            if not any(one.region == region and one.is_missing(tokens) for one in self.scope.launches):
                return [instance for instance in found if not instance.ended]
            self._note("EC2 does not show yet what was launched a moment ago; asking again")
            time.sleep(ending.PAUSE_S)
