"""`ess instance ec2 existing`."""

from collections.abc import Sequence

from ess_plugins.ec2.adopt import Adoption
from ess_plugins.ec2.commands.adopting import Adopting
from ess_plugins.ec2.instances import Instance


class Existing(Adopting):
    """Use running instances as the cluster, without launching any."""

    def check(self, adoption: Adoption, found: Sequence[Instance]) -> None:
        """Refuse where the cluster has other workers."""
        adoption.refuse_others(found)
