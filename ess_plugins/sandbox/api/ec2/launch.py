"""RunInstances with the checks, the counts and the token replay of EC2."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from moto.core.types import Base64EncodedString
from moto.ec2.models.amis import Ami
from moto.ec2.models.instance_types import INSTANCE_TYPES
from moto.ec2.models.instances import Reservation
from moto.ec2.models.subnets import Subnet

from ess_plugins.sandbox.api.ec2.capacity import Capacity, no_room, zones_offering
from ess_plugins.sandbox.api.refused import RefusedError
from ess_plugins.sandbox.api.request import current


class Launches(Capacity):
    """RunInstances as EC2 does it."""

    def __init__(self, region_name: str, account_id: str) -> None:
        self._tokens: dict[str, tuple[str, str]] = {}
        super().__init__(region_name, account_id)

    def run_instances(
        self,
        image_id: str,
        count: int,
        user_data: Base64EncodedString | None,
        security_group_names: list[str],
        **kwargs: Any,
    ) -> Reservation:
        """Launch from ``count`` to MaxCount instances, or none; a repeated token launches nothing more."""
        given = _parameters()
        maximum = int(given.get("MaxCount", count))
        _refuse_counts(count, maximum)
        if earlier := self._replayed(given):
            return earlier
        image = self.image(image_id or "")
        instance_type = kwargs["instance_type"]
        self._refuse_mismatch(image, instance_type, kwargs.get("key_name"))
        kwargs["security_group_ids"] = self._groups(security_group_names, kwargs)
        subnet = self._place(instance_type, count, kwargs)
        number = min(maximum, self.room(instance_type, subnet.availability_zone))
        self.refuse_over_quota(instance_type, number, spot=kwargs.get("instance_market_options") == "spot")
        self.refuse_without_addresses(subnet, number)
        tags = kwargs.get("tags", {})
        reservation = super().run_instances(image.id, number, user_data, [], **kwargs)
        for one in reservation.instances[1:]:
            self._give_profile(one.id, kwargs)
        _finish(reservation, tags.get("network-interface", {}))
        self._remember(given, reservation)
        return reservation

    def associate_iam_instance_profile(self, instance_id: str, *names: Any, **named: Any) -> Any:
        """Give an instance its profile, which one of a launch that is asked for again has already."""
        there = self.iam_instance_profile_associations.get(instance_id)
        if there and "ClientToken" in _parameters():
            return there
        return super().associate_iam_instance_profile(instance_id, *names, **named)

    def _give_profile(self, instance_id: str, given: Mapping[str, Any]) -> None:
        """Give an instance its profile, as moto does for the first one of a launch only."""
        names = {name: given.get(name) for name in ("iam_instance_profile_name", "iam_instance_profile_arn")}
        if any(names.values()):
            super().associate_iam_instance_profile(instance_id, **names)

    def forget_launches(self) -> None:
        """Forget all reservations and tokens, as if nothing had ever been launched."""
        self.reservations.clear()
        self._tokens.clear()

    def _replayed(self, given: Mapping[str, str]) -> Reservation | None:
        digest, reservation_id = self._tokens.get(given.get("ClientToken", ""), ("", ""))
        if not reservation_id:
            return None
        if digest != _digest(given):
            message = "The request uses the same client token as a previous, but non-identical request."
            raise RefusedError("IdempotentParameterMismatch", message)
        return self.reservations[reservation_id]

    def _remember(self, given: Mapping[str, str], reservation: Reservation) -> None:
        if token := given.get("ClientToken"):
            self._tokens[token] = (_digest(given), reservation.id)

    def _refuse_mismatch(self, image: Ami, instance_type: str, key_name: str | None) -> None:
        if instance_type not in INSTANCE_TYPES:
            message = f"Invalid value '{instance_type}' for InstanceType."
            raise RefusedError("InvalidParameterValue", message)
        if key_name and key_name not in self.key_pairs:
            raise RefusedError("InvalidKeyPair.NotFound", f"The key pair '{key_name}' does not exist")
        known = INSTANCE_TYPES[instance_type]["ProcessorInfo"]["SupportedArchitectures"]
        if image.architecture not in known:
            message = (
                f"The architecture '{','.join(known)}' of the specified instance type does not match the "
                f"architecture '{image.architecture}' of the specified AMI. Specify an instance type and an "
                "AMI that have matching architectures, and try again."
            )
            raise RefusedError("InvalidParameterValue", message)

    def _groups(self, names: list[str], kwargs: dict[str, Any]) -> list[str]:
        """Ids of the groups asked for by name, by id or in the first interface; else the default group."""
        interface = _first_interface(kwargs)
        if names and (kwargs.get("subnet_id") or interface):
            message = "The parameter groupName cannot be used with the parameter subnet"
            raise RefusedError("InvalidParameterCombination", message)
        ids = [*kwargs.get("security_group_ids", []), *interface.pop("Groups", [])]
        for group_id in ids:
            if self.get_security_group_from_id(group_id) is None:
                raise RefusedError("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
        return ids + [self._group_id(name) for name in names]

    def _group_id(self, name: str) -> str:
        group = self.get_security_group_from_name(name, self.default_vpc.id)
        if group is None:
            message = f"The security group '{name}' does not exist in default VPC '{self.default_vpc.id}'"
            raise RefusedError("InvalidGroup.NotFound", message)
        return group.id

    def _place(self, instance_type: str, minimum: int, kwargs: dict[str, Any]) -> Subnet:
        """Choose the subnet, note it in ``kwargs``, and refuse where it cannot take ``minimum`` instances."""
        interface = _first_interface(kwargs)
        chosen = kwargs.get("subnet_id") or interface.get("SubnetId")
        subnets = [self.get_subnet(chosen)] if chosen else self._default_subnets(kwargs.get("placement"))
        offering = zones_offering(self.region_name, instance_type)
        fitting = [subnet for subnet in subnets if subnet.availability_zone in offering]
        if not fitting:
            raise _not_offered(instance_type, subnets, offering)
        roomy = [s for s in fitting if self.room(instance_type, s.availability_zone) >= minimum]
        if not roomy:
            raise no_room(instance_type, fitting[0].availability_zone)
        self._refuse_foreign_groups(roomy[0], kwargs["security_group_ids"])
        kwargs["security_group_ids"] = kwargs["security_group_ids"] or [self._default_group(roomy[0].vpc_id)]
        (interface or kwargs)["SubnetId" if interface else "subnet_id"] = roomy[0].id
        return roomy[0]

    def _default_subnets(self, zone: str | None) -> list[Subnet]:
        found = [s for s in self.get_default_subnets().values() if not zone or zone == s.availability_zone]
        if not found:
            raise RefusedError("InvalidParameterValue", f"Invalid availability zone: [{zone}]")
        return sorted(found, key=lambda subnet: subnet.availability_zone)

    def _refuse_foreign_groups(self, subnet: Subnet, group_ids: list[str]) -> None:
        for group_id in group_ids:
            group = self.get_security_group_from_id(group_id)
            if group is None or group.vpc_id != subnet.vpc_id:
                message = f"Security group {group_id} and subnet {subnet.id} belong to different networks."
                raise RefusedError("InvalidParameter", message)

    def _default_group(self, vpc_id: str) -> str:
        group = self.get_default_security_group(vpc_id)
        if group is None:
            raise RefusedError("VPCIdNotSpecified", f"VPC '{vpc_id}' has no default security group.")
        return group.id


def _parameters() -> dict[str, str]:
    request = current()
    return dict(request.parameters) if request else {}


def _digest(given: Mapping[str, str]) -> str:
    rest = {name: value for name, value in given.items() if name != "ClientToken"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _refuse_counts(minimum: int, maximum: int) -> None:
    if minimum < 1:
        raise RefusedError("InvalidParameterValue", f"Value ({minimum}) for parameter minCount is invalid.")
    if minimum > maximum:
        message = f"Invalid value '{minimum}' for minCount. It must not exceed maxCount."
        raise RefusedError("InvalidParameterValue", message)


def _first_interface(kwargs: dict[str, Any]) -> dict[str, Any]:
    interfaces = kwargs.get("nics") or [{}]
    first: dict[str, Any] = interfaces[0]
    return first


def _not_offered(instance_type: str, subnets: list[Subnet], offering: frozenset[str]) -> RefusedError:
    zones = ", ".join(sorted(subnet.availability_zone for subnet in subnets))
    message = (
        f"Your requested instance type ({instance_type}) is not supported in your requested Availability "
        f"Zone ({zones}). Please retry your request by not specifying an Availability Zone or choosing "
        f"{', '.join(sorted(offering)) or 'another region'}."
    )
    return RefusedError("Unsupported", message)


def _finish(reservation: Reservation, interface_tags: dict[str, str]) -> None:
    for instance in reservation.instances:
        instance.reservation_id = reservation.id  # type: ignore[attr-defined]
        for interface in instance.nics.values():
            interface.delete_on_termination = True
            interface.add_tags(interface_tags)
