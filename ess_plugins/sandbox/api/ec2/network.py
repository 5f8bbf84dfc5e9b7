"""Addresses on loopback only, security groups that cannot be deleted while in use, enabled regions."""

import ipaddress
from typing import Any, ClassVar

from moto.ec2.models import EC2Backend
from moto.ec2.models.availability_zones_and_regions import Region
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.models.vpcs import VPC

from ess_plugins.sandbox.api.refused import RefusedError
from ess_plugins.sandbox.api.world import World

LOOPBACK = ipaddress.IPv4Network("127.0.0.0/8")
CLIENT = ipaddress.ip_address("127.0.0.1")
"""Where every client of the sandbox connects from."""


class Network(EC2Backend):
    """VPCs inside 127.0.0.0/8."""

    world: ClassVar[World]

    def describe_regions(self, region_names: list[str] | None = None) -> list[Region]:
        """The enabled regions: moto adds those of other partitions and those not opted in to."""
        return [region for region in super().describe_regions(region_names) if _is_enabled(region)]

    def create_vpc(self, cidr_block: str, *args: Any, is_default: bool = False, **kwargs: Any) -> VPC:
        """Create a VPC; the default one gets a range of its own, any other must be on loopback."""
        block = next(self.world.networks) if is_default else cidr_block
        if not _on_loopback(block):
            raise RefusedError(
                "InvalidVpc.Range", f"The CIDR '{block}' is invalid: a sandbox has only 127.0.0.0/8."
            )
        kwargs["is_default"] = is_default
        return super().create_vpc(block, *args, **kwargs)

    def delete_security_group(self, name: str | None = None, group_id: str | None = None) -> None:
        """Delete a group that no instance uses."""
        group = self.get_security_group_by_name_or_id(group_id or name or "")
        if group and any(group in i.security_groups for i in self.all_instances() if i.state != "terminated"):
            raise RefusedError("DependencyViolation", f"resource {group.id} has a dependent object")
        super().delete_security_group(name, group_id)


def admits(group: SecurityGroup, port: int) -> bool:
    """Whether a rule of ``group`` lets the client reach TCP ``port``."""
    return any(_covers(rule, port) and _from_client(rule) for rule in group.ingress_rules)


def _covers(rule: Any, port: int) -> bool:
    if str(rule.ip_protocol) == "-1":
        return True
    return str(rule.ip_protocol) in ("tcp", "6") and int(rule.from_port) <= port <= int(rule.to_port)


def _from_client(rule: Any) -> bool:
    block = (rule.ip_range or {}).get("CidrIp", "")
    return bool(block) and CLIENT in ipaddress.ip_network(block, strict=False)


def _is_enabled(region: Region) -> bool:
    return region.opt_in_status == "opt-in-not-required" and not region.name.startswith(("cn-", "us-gov-"))


def _on_loopback(block: str) -> bool:
    try:
        return ipaddress.IPv4Network(block, strict=False).subnet_of(LOOPBACK)
    except ValueError:
        return False
