"""The ``ec2`` worker provider: the nodes layer asks it for the cluster's workers."""

from ess_core.cloud import Cloud
from ess_core.conf import Conf
from ess_core.nodes import active
from ess_core.nodes.worker import Worker
from ess_plugins.ec2 import identity, instances, settings
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.records import Records
from ess_plugins.ec2.settings import Ec2Settings


def cluster_of(conf: Conf, named: str | None = None) -> str:
    """The cluster of ``--cluster``, else the one instance.conf stands for; empty where it has none yet."""
    if named:
        return identity.checked(named)
    return identity.cluster_name(settings.read(conf).cluster, conf.require())


class Provider:
    """The workers of one cluster: the named one, else the active one."""

    def __init__(self, conf: Conf, cloud: Cloud, cluster: str | None = None) -> None:
        self._cloud = cloud
        self._settings: Ec2Settings = settings.read(conf)
        self.cluster = (active.read().cluster or cluster_of(conf)) if cluster is None else cluster

    def instances(self) -> list[Instance]:
        """The cluster's instances that are not ended, in launch order: one call."""
        return instances.of_cluster(self._cloud.client("ec2"), self.cluster) if self.cluster else []

    def workers(self) -> list[Worker]:
        """The same as workers that can be logged in to."""
        found = self.instances()
        if not found:
            return []
        kept = Records(self.cluster, identity.whoami(self._cloud).account)
        return [one.worker(one.login(self._settings, self._settings.pem, kept.known_hosts)) for one in found]
