"""Using instances that run already: tagged as this cluster's once each can be logged in to."""

from collections.abc import Sequence
from dataclasses import replace

from ess_core.errors import EssError, UsageError
from ess_plugins.ec2 import adoptions, instances, tags
from ess_plugins.ec2.instances import Instance, listed, workers
from ess_plugins.ec2.logins import await_logins
from ess_plugins.ec2.report import Report
from ess_plugins.ec2.scope import Scope
from ess_plugins.ec2.settings import Ec2Settings


class Adoption:
    """Takes instances of the effective region into one cluster."""

    def __init__(self, scope: Scope, settings: Ec2Settings) -> None:
        self._scope = scope
        self._settings = settings
        self._ec2 = scope.ec2(scope.region)

    def find(self, names: Sequence[str], *, force: bool) -> list[Instance]:
        """The instances and reservations named.

        Raises NothingMatchedError for a name that does not exist, and EssError for an instance that does not
        run, or that is another cluster's or owner's, unless ``force``.
        """
        found = self._scope.look_up(names, [self._scope.region])[self._scope.region]
        for one in found:
            if one.state != "running":
                raise EssError(
                    f"{one.id} is {one.state}; only running instances can be used",
                    f"`ess instance ec2 start {one.id} --force` starts a stopped one",
                )
        taken = [one for one in found if self._is_taken(one)]
        if taken and not force:
            raise _taken(taken[0])
        return found

    def refuse_others(self, found: Sequence[Instance]) -> None:
        """Raise UsageError where the cluster has workers that are not among ``found``."""
        chosen = {one.id for one in found}
        there = instances.of_cluster(self._ec2, self._scope.cluster)
        others = [one.id for one in there if one.id not in chosen]
        if others:
            raise UsageError(
                f"cluster {self._scope.cluster} already has {workers(len(others))}: {listed(others)}",
                "`ess instance ec2 add` uses instances beside them, `remove` takes some out",
            )

    def log_in(self, found: Sequence[Instance], report: Report, timeout_s: float) -> None:
        """Log in to each. Raises EssError where one cannot be logged in to; nothing has been changed then."""
        ids = [one.id for one in found]
        settings, region = self._settings, self._scope.region
        readiness = await_logins(self._scope, region, ids, settings, report, timeout_s)
        if readiness.problems:
            first = next(iter(readiness.problems.values()))
            share = f"{len(readiness.problems)} of {workers(len(ids))}"
            raise EssError(f"{share} cannot be used, so none was taken: {first.message}", first.hint)

    def take(self, found: Sequence[Instance]) -> list[Instance]:
        """Tag them, and return them as they are now. Raises what AWS answers."""
        new = [one for one in found if not self._scope.is_ours(one)]
        back = [one for one in new if self._is_coming_back(one)]
        adoptions.remember(self._scope.kept, [one.id for one in new], self._scope.region)
        labels = {tags.CLUSTER: self._scope.cluster, tags.OWNER: self._scope.owner}
        self._tag(back, labels)
        self._tag([one for one in new if one not in back], labels | {tags.ADOPTED: "yes"})
        return [replace(one, cluster=self._scope.cluster, owner=self._scope.owner) for one in found]

    def _tag(self, some: Sequence[Instance], labels: dict[str, str]) -> None:
        if some:
            self._ec2.create_tags(Resources=[one.id for one in some], Tags=tags.pairs(labels))

    def _is_taken(self, one: Instance) -> bool:
        cluster_is_free = one.cluster in ("", tags.DETACHED, self._scope.cluster)
        return not (cluster_is_free and one.owner in ("", self._scope.owner))

    def _is_coming_back(self, one: Instance) -> bool:
        """Launched by ess for this owner and removed from its cluster: it is ended with the others again."""
        return bool(one.launch) and one.owner == self._scope.owner and one.cluster == tags.DETACHED


def _taken(one: Instance) -> EssError:
    cluster = "" if one.cluster == tags.DETACHED else one.cluster
    where = f"--cluster {cluster} works with it where it is, " if cluster else ""
    return EssError(
        f"{one.id} is of cluster {cluster or '(none)'} and owner {one.owner or '(none)'}",
        f"{where}--force takes it over",
    )
