"""An instance whose states take time, and whose addresses come and go with them."""

import time
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance, InstanceState

from ess_plugins.sandbox.api.refused import RefusedError
from ess_plugins.sandbox.api.world import World

_CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
_ENDED = ("shutting-down", "terminated")
LIVE = ("pending", "running")
"""States in which an instance uses capacity and quota."""


class SandboxInstance(Instance):
    """moto's instance with the delays of the plan between its states."""

    def __init__(self, ec2_backend: Any, *args: Any, **kwargs: Any) -> None:
        self._state = InstanceState("pending", 0)
        super().__init__(ec2_backend, *args, **kwargs)
        self.world: World = ec2_backend.world
        self.launch_order = next(self.world.launch_orders)
        self.reservation_id = ""
        pair = ec2_backend.key_pairs.get(self.key_name)
        self.ssh_public_key: str = pair.public_key if pair else ""
        self.born = time.time()
        self._enter("pending")

    @property
    def is_spot(self) -> bool:
        """Whether it was launched as a spot instance."""
        return self.lifecycle == "spot"

    def advance(self) -> None:
        """Reach the state that is due by now."""
        plan, age = self.world.plan, time.time() - self.since
        if self.state == "pending" and age >= plan.pending_s:
            self._enter("running")
        elif self.state == "stopping" and age >= plan.shutdown_s:
            self._enter("stopped")
        elif self.state == "shutting-down" and age >= plan.shutdown_s:
            self._enter("terminated")

    def start(self) -> InstanceState:
        """Boot a stopped instance; it gets a new public address and launch time."""
        self._refuse_in((*_ENDED, "stopping"), "started")
        if self.state in LIVE:
            return InstanceState(self.state, self.state_code)
        before = super().start()
        self.launch_time = utcnow()
        self._enter("pending")
        return before

    def stop(self) -> InstanceState:
        """Shut down, keep the volumes."""
        self._refuse_in(_ENDED, "stopped")
        if self.is_spot:
            message = (
                f"You can't stop the Spot Instance '{self.id}' because it is associated with a one-time "
            )
            raise RefusedError("UnsupportedOperation", message + "Spot Instance request.")
        if self.state in ("stopping", "stopped"):
            return InstanceState(self.state, self.state_code)
        before = super().stop()
        self._enter("stopping")
        return before

    def terminate(self) -> InstanceState:
        """Shut down for good; once more changes nothing."""
        if self.state in _ENDED:
            return InstanceState(self.state, self.state_code)
        before = super().terminate()
        self._enter("shutting-down")
        return before

    @property
    def public_ip(self) -> str | None:
        """The public address, while there is one."""
        return super().public_ip if self.state == "running" else None

    @property
    def public_ip_address(self) -> str | None:
        """The same under its name in the API."""
        return self.public_ip

    @property
    def private_ip_address(self) -> str | None:
        """The private address; a terminated instance has none."""
        return None if self.state == "terminated" else super().private_ip_address

    @property
    def private_dns_name(self) -> str:
        """The name inside the VPC; a terminated instance has none."""
        return "" if self.state == "terminated" else super().private_dns_name

    @property
    def network_interfaces(self) -> list[NetworkInterface]:
        """The interfaces; a terminated instance has none."""
        return [] if self.state == "terminated" else super().network_interfaces

    def _enter(self, state: str) -> None:
        self._state.name, self._state.code = state, _CODES[state]
        self.since = time.time()

    def _refuse_in(self, states: tuple[str, ...], done: str) -> None:
        if self.state in states:
            message = f"The instance '{self.id}' is not in a state from which it can be {done}."
            raise RefusedError("IncorrectInstanceState", message)
