"""Which instances a command may work on: one cluster's, of one owner, in every region recorded locally."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ess_core.cloud import PATIENT, Cloud
from ess_core.errors import EssError, NothingMatchedError
from ess_core.nodes.worker import Worker
from ess_plugins.ec2 import adoptions, identity, instances
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.records import Records
from ess_plugins.ec2.settings import Ec2Settings

Regions = Mapping[str, list[Instance]]


class Scope:
    """One cluster, seen by its owner; ``note`` is told of a damaged record."""

    def __init__(self, cloud: Cloud, cluster: str, note: Callable[[str], None]) -> None:
        self._cloud = cloud
        self.cluster = cluster
        self.identity = identity.whoami(cloud)
        self.owner = identity.owner_of(self.identity)
        self.kept = Records(cluster, self.identity.account)
        self.launches = self.kept.readable(note) if cluster else []

    @property
    def region(self) -> str:
        """The effective region."""
        return self._cloud.region

    @property
    def regions(self) -> list[str]:
        """The effective region, then the others that this cluster is known to have instances in."""
        known = [launch.region for launch in self.launches]
        return list(dict.fromkeys([self.region, *known, *adoptions.known(self.kept).values()]))

    def ec2(self, region: str, attempts: int = PATIENT) -> Any:
        """The client for a region; it tries often, because giving up may leave instances running."""
        return self._cloud.client("ec2", region=region, attempts=attempts)

    def is_of_cluster(self, instance: Instance) -> bool:
        """Whether it is this cluster's, whoever owns it."""
        return bool(self.cluster) and instance.cluster == self.cluster

    def is_ours(self, instance: Instance) -> bool:
        """Whether it is this cluster's and this owner's."""
        return self.is_of_cluster(instance) and instance.owner == self.owner

    def everything(self) -> Regions:
        """This cluster's instances of this owner that are not ended."""
        found = {region: self._of_cluster(region) for region in self.regions}
        return {region: [one for one in some if self.is_ours(one)] for region, some in found.items()}

    def named(self, names: Sequence[str], *, force: bool, effect: str) -> Regions:
        """The instances and reservations named, also those that are ended.

        Raises NothingMatchedError for a name that does not exist, and EssError for one that is not of this
        cluster and owner, unless ``force``: its hint says that ``--force <effect> them all the same``.
        """
        found = self.look_up(names)
        foreign = [one.id for some in found.values() for one in some if not self.is_ours(one)]
        if foreign and not force:
            whose = f"cluster {self.cluster or '(none yet)'} and owner {self.owner}"
            raise EssError(f"not of {whose}: {', '.join(foreign)}", f"--force {effect} them all the same")
        return found

    def select(self, names: Sequence[str], *, force: bool, effect: str) -> Regions:
        """The instances :meth:`named`, without names everything; but none that is ended."""
        found = self.named(names, force=force, effect=effect) if names else self.everything()
        return {region: [one for one in some if not one.ended] for region, some in found.items()}

    def workers(self, found: Iterable[Instance], settings: Ec2Settings) -> list[Worker]:
        """Instances as the core's nodes layer knows them, with how to log in to each."""
        known_hosts = self.kept.known_hosts
        return [one.worker(one.login(settings, settings.pem, known_hosts)) for one in found]

    def look_up(self, names: Sequence[str], regions: Sequence[str] = ()) -> Regions:
        """The instances and reservations named, whosever they are, in ``regions`` or those of the cluster.

        Raises NothingMatchedError for a name that does not exist in any of them.
        """
        found = {region: named(self.ec2(region), names) for region in regions or self.regions}
        known = {name for some in found.values() for one in some for name in (one.id, one.reservation_id)}
        for name in names:
            if name not in known:
                raise NothingMatchedError(
                    f"there is no {name} in {', '.join(found)}",
                    "`ess instance ec2 list --all` shows what runs",
                )
        return found

    def _of_cluster(self, region: str) -> list[Instance]:
        return instances.of_cluster(self.ec2(region), self.cluster) if self.cluster else []


def together(found: Regions) -> list[Instance]:
    """The instances of all regions."""
    return [instance for some in found.values() for instance in some]


def named(ec2: Any, names: Sequence[str]) -> list[Instance]:
    """The instances of one region with these ids, or in the reservations with these ids."""
    reservations = [name for name in names if name.startswith("r-")]
    found = instances.of_ids(ec2, [name for name in names if name not in reservations])
    if reservations:
        found += instances.describe(ec2, [{"Name": "reservation-id", "Values": reservations}])
    return list({one.id: one for one in found}.values())
