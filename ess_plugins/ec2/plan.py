"""From what was asked and what is true to the exact RunInstances requests; or why it cannot be done."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ess_core.errors import EssError
from ess_plugins.ec2 import checks, network, tags
from ess_plugins.ec2.preflight import Facts, Where
from ess_plugins.ec2.records import Launch
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


@dataclass(frozen=True)
class Plan:
    """A launch that nothing known forbids: how many, how, and the places to try in turn.

    ``notes`` say what of the order could not be checked or is left out.
    """

    number: int
    minimum: int
    places: tuple[Place, ...]
    key_name: str
    group_ids: tuple[str, ...]
    iam_instance_profile: str | None = None
    notes: tuple[str, ...] = ()

    def request(self, most: int, least: int, place: Place, labels: Mapping[str, str]) -> dict[str, Any]:
        """The RunInstances arguments but for the token.

        Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
        """
        request: dict[str, Any] = {
            "ImageId": place.image_id,
            "InstanceType": place.instance_type,
            "MinCount": least,
            "MaxCount": most,
            "KeyName": self.key_name,
            "SecurityGroupIds": list(self.group_ids),
            "SubnetId": place.subnet_id,
            "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
            "BlockDeviceMappings": [place.volume],
            "TagSpecifications": tags.specifications(labels),
        }
        if profile := self.iam_instance_profile:
            kind = "Arn" if profile.startswith("arn:") else "Name"
            request["IamInstanceProfile"] = {kind: profile}
        return request


def labels(settings: Ec2Settings, launch: Launch) -> dict[str, str]:
    """The tags that everything of a launch is born with."""
    return {
        tags.NAME: settings.instance_tag,
        tags.CLUSTER: launch.cluster,
        tags.LAUNCH: launch.id,
        tags.OWNER: launch.owner,
    }


def make(
    facts: Facts, settings: Ec2Settings, where: Where, number: int, minimum: int, there: int = 0
) -> Plan:
    """Check ``facts`` and settle every choice; ``there`` of the ``number`` run already.

    ``where`` begins an error about a value. Raises ConfigError or EssError naming the first obstacle.
    """
    not_compared = checks.check_key(facts, settings, where)
    groups = network.groups(facts, settings, where)
    places, left_out = find_places(facts, settings, where, minimum - there)
    checks.check_quota(facts, places[0].instance_type, number - there)
    return Plan(
        number=number,
        minimum=minimum,
        places=places,
        key_name=settings.key_name,
        group_ids=tuple(group["GroupId"] for group in groups),
        iam_instance_profile=settings.iam_instance_profile,
        notes=(*filter(None, [not_compared]), *left_out),
    )


def find_places(
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
