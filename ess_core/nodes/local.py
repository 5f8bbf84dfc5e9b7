"""The core's own worker provider: this machine, or hosts that the user named."""

from typing import TYPE_CHECKING

from ess_core.nodes import active
from ess_core.nodes.hosts import parse_host
from ess_core.nodes.worker import Worker

if TYPE_CHECKING:
    from ess_core.cloud import Cloud
    from ess_core.conf import Conf

PROVIDER = "local"
THIS_MACHINE = Worker(id="this machine", state="running", login=None)


class LocalProvider:
    """Gives the hosts of ``ess instance local HOST…``, or this machine where none were named."""

    def __init__(self, conf: "Conf | None" = None, cloud: "Cloud | None" = None) -> None:
        """Need neither of what every provider is given."""

    def workers(self) -> list[Worker]:
        """The hosts in the order they were named. Raises EssError where the saved choice is damaged."""
        hosts = active.read().hosts
        return [Worker(host, "running", parse_host(host)) for host in hosts] or [THIS_MACHINE]
