"""Where a launch may be tried: the types that fit the image, each in the subnets that offer it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ess_core.errors import EssError
from ess_plugins.ec2 import checks, network
from ess_plugins.ec2.preflight import Facts, Where
from ess_plugins.ec2.settings import Ec2Settings


@dataclass(frozen=True)
class Place:
    """One thing to try: a type, the image it boots, and a subnet."""

    instance_type: str
    image_id: str
    root_device: str
    volume_size_gib: int | None
    subnet_id: str
    zone: str

    @property
    def volume(self) -> dict[str, Any]:
        """The mapping of its root volume."""
        size = {"VolumeSize": self.volume_size_gib} if self.volume_size_gib else {}
        ebs = {"Encrypted": True, "VolumeType": "gp3", "DeleteOnTermination": True, **size}
        return {"DeviceName": self.root_device, "Ebs": ebs}

    def __str__(self) -> str:
        return f"{self.instance_type} in {self.zone} ({self.subnet_id})"


def find(
    facts: Facts, settings: Ec2Settings, where: Where, minimum: int
) -> tuple[tuple[Place, ...], tuple[str, ...]]:
    """Every subnet for the first type, then for the next; and why a type is left out, if one is.

    Raises the reason of the first one where none is left.
    """
    found: list[Place] = []
    reasons: dict[str, EssError] = {}
    for described in facts.types:
        try:
            found += _places(described, facts, settings, where, minimum)
        except EssError as reason:
            reasons[described["InstanceType"]] = reason
    if not found:
        raise next(iter(reasons.values()))
    return tuple(found), tuple(f"{name} is left out: {error.message}" for name, error in reasons.items())


def _places(
    described: Mapping[str, Any], facts: Facts, settings: Ec2Settings, where: Where, minimum: int
) -> Iterator[Place]:
    instance_type = described["InstanceType"]
    image = checks.image_for(described, facts, settings, where)
    for subnet in network.subnets(instance_type, facts, settings, where, minimum):
        yield Place(
            instance_type=instance_type,
            image_id=image["ImageId"],
            root_device=image["RootDeviceName"],
            volume_size_gib=settings.volume_size or checks.root_size_gib(image),
            subnet_id=subnet["SubnetId"],
            zone=subnet["AvailabilityZone"],
        )
