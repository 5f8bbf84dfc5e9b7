"""Whether there is room: types by zone, capacity of the plan, quota of vCPUs, free addresses."""

from collections import Counter
from functools import cache
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES
from moto.ec2.models.instances import InstanceState
from moto.ec2.models.subnets import Subnet

from ess_plugins.sandbox.api.ec2.images import Images
from ess_plugins.sandbox.api.ec2.instance import LIVE, SandboxInstance
from ess_plugins.sandbox.api.ec2.network import Network
from ess_plugins.sandbox.api.refused import RefusedError

_STANDARD = frozenset("acdhimrtz")
"""First letters of the families that the quotas L-1216C47A and L-34B43A08 count."""


@cache
def zones_offering(region: str, instance_type: str) -> frozenset[str]:
    """Availability zones of ``region`` that have the type."""
    offerings = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(region, [])
    return frozenset(item["Location"] for item in offerings if item["InstanceType"] == instance_type)


class Capacity(Network, Images):
    """Room for instances."""

    def room(self, instance_type: str, zone: str) -> int:
        """How many more of the type the plan has in the zone."""
        limits = self.world.plan.capacity
        live = [i for i in self.live_instances() if i.instance_type == instance_type]
        in_zone = [i for i in live if i.availability_zone == zone]
        everywhere = limits.get(instance_type, 1_000_000) - len(live)
        return max(0, min(everywhere, limits.get(f"{instance_type}@{zone}", 1_000_000) - len(in_zone)))

    def refuse_over_quota(self, instance_type: str, count: int, *, spot: bool = False) -> None:
        """Refuse a launch that needs more vCPUs than the quota leaves; spot has one of its own."""
        if instance_type[0] not in _STANDARD:
            return
        standard = [i for i in self.live_instances() if i.instance_type[0] in _STANDARD]
        used = sum(vcpus(i.instance_type) for i in standard if i.is_spot is spot)
        quota = self.world.plan.spot_vcpu_quota if spot else self.world.plan.vcpu_quota
        if used + count * vcpus(instance_type) <= quota:
            return
        if spot:
            raise RefusedError("MaxSpotInstanceCountExceeded", "Max spot instance count exceeded")
        message = (
            f"You have requested more vCPU capacity than your current vCPU limit of {quota} allows for "
            "the instance bucket that the specified instance type belongs to. Please visit "
            "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit."
        )
        raise RefusedError("VcpuLimitExceeded", message)

    def refuse_without_addresses(self, subnet: Subnet, count: int) -> None:
        """Refuse a launch that needs more addresses than the subnet has."""
        if int(subnet.available_ip_address_count) < count:
            message = f"There are not enough free addresses in subnet '{subnet.id}' to satisfy the request."
            raise RefusedError("InsufficientFreeAddressesInSubnet", message)

    def start_instances(self, instance_ids: list[str]) -> list[tuple[Any, InstanceState]]:
        """Boot stopped instances, where their zones have room for all of them."""
        chosen = self.get_multi_instances_by_id(instance_ids)
        wanted = Counter((i.instance_type, str(i.availability_zone)) for i in chosen if i.state not in LIVE)
        for (instance_type, zone), number in wanted.items():
            if number > self.room(instance_type, zone):
                raise no_room(instance_type, zone)
            self.refuse_over_quota(instance_type, number)
        return list(super().start_instances(instance_ids))

    def live_instances(self) -> list[SandboxInstance]:
        """Instances that use capacity."""
        found: list[Any] = [i for r in self.reservations.values() for i in r.instances]
        return [instance for instance in found if instance.state in LIVE]


def vcpus(instance_type: str) -> int:
    """Virtual CPUs of one instance of the type."""
    return int(INSTANCE_TYPES[instance_type]["VCpuInfo"]["DefaultVCpus"])


def no_room(instance_type: str, zone: str) -> RefusedError:
    """EC2's own words for a zone without capacity."""
    message = (
        f"We currently do not have sufficient {instance_type} capacity in the Availability Zone you "
        f"requested ({zone}). Our system will be working on provisioning additional capacity."
    )
    return RefusedError("InsufficientInstanceCapacity", message, 500)
