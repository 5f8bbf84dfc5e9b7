"""The corrected EC2, put in the place of moto's."""

import time
from functools import partial
from typing import Any

import moto.ec2.models.elastic_ip_addresses as addresses
import moto.ec2.models.elastic_network_interfaces as interfaces
import moto.ec2.models.instances as instances
import moto.ec2.urls
from moto.ec2.models import ec2_backends
from moto.ec2.models.instances import Reservation
from moto.ec2.responses._base_response import EC2BaseResponse
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.utils import filter_dict_attribute_mapping, filter_reservations

from ess_plugins.sandbox.api.ec2.instance import SandboxInstance
from ess_plugins.sandbox.api.ec2.keypairs import KeyPairs
from ess_plugins.sandbox.api.ec2.launch import Launches
from ess_plugins.sandbox.api.request import current
from ess_plugins.sandbox.api.world import World

_FILTERS = {
    "reservation-id": "reservation_id",
    "client-token": "client_token",
    "instance-lifecycle": "lifecycle",
    "launch-index": "ami_launch_index",
}
_ALWAYS_PENDING = "RunInstances.Reservation.Instances.Instance.State"
"""Where moto's answers to RunInstances say pending, even to a repeated token whose instances have ended."""


class SandboxEC2(Launches, KeyPairs):
    """EC2 of one region and account."""

    @property
    def _url_module(self) -> Any:
        return moto.ec2.urls

    def all_reservations(self, filters: Any = None) -> list[Reservation]:
        """All reservations a client can see by now, their states up to date."""
        seen = super().all_reservations()
        for reservation in seen:
            reservation.instances = [i for i in reservation.instances if self._is_visible(i)]
        return [r for r in seen if r.instances] if filters is None else filter_reservations(seen, filters)

    def _is_visible(self, instance: Any) -> bool:
        instance.advance()
        request = current()
        if request is None or request.action == "RunInstances":
            return True
        return bool(time.time() - instance.born >= self.world.plan.notfound_s)


def install(world: World) -> None:
    """Let moto use the corrected classes from now on; before its first request."""
    SandboxEC2.world = world
    ec2_backends.backend = SandboxEC2
    vars(instances)["Instance"] = SandboxInstance
    vars(interfaces)["random_public_ip"] = partial(next, world.public_addresses)
    vars(addresses)["random_ip"] = partial(next, world.public_addresses)
    filter_dict_attribute_mapping.update(_FILTERS)
    EC2BaseResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER.pop(_ALWAYS_PENDING, None)
    _allow_instance_stores()


def all_instances() -> list[SandboxInstance]:
    """The instances of every region and account in use, up to date."""
    found: list[Any] = [
        instance
        for account in list(ec2_backends.values())
        for backend in list(account.values())
        for instance in backend.all_instances()
    ]
    return found


def _allow_instance_stores() -> None:
    """Ignore devices of the host itself, which most types do not have; moto takes each for a volume."""
    validated = InstanceResponse._parse_block_device_mapping

    def without_stores(self: InstanceResponse) -> list[dict[str, Any]]:
        asked = self._get_param("BlockDeviceMappings", [])
        asked[:] = [device for device in asked if "VirtualName" not in device]
        return validated(self)

    InstanceResponse._parse_block_device_mapping = without_stores  # type: ignore[method-assign]
