"""From what was asked and what is true to the exact RunInstances requests; or why it cannot be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ess_plugins.ec2 import checks, network, tags
from ess_plugins.ec2.preflight import Facts, Where
from ess_plugins.ec2.records import Launch
from ess_plugins.ec2.settings import Ec2Settings


@dataclass(frozen=True)
class Plan:
    """A launch that nothing known forbids: how many, of what, and in which subnets, the preferred first."""

    number: int
    minimum: int
    instance_type: str
    image_id: str
    root_device: str
    volume_size_gib: int | None
    key_name: str
    group_ids: tuple[str, ...]
    subnet_ids: tuple[str, ...]
    iam_instance_profile: str | None

    def request(self, most: int, least: int, subnet_id: str, labels: Mapping[str, str]) -> dict[str, Any]:
        """The RunInstances arguments but for the token.

        Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
        """
        volume: dict[str, Any] = {"Encrypted": True, "VolumeType": "gp3", "DeleteOnTermination": True}
        if self.volume_size_gib:
            volume["VolumeSize"] = self.volume_size_gib
        request: dict[str, Any] = {
            "ImageId": self.image_id,
            "InstanceType": self.instance_type,
            "MinCount": least,
            "MaxCount": most,
            "KeyName": self.key_name,
            "SecurityGroupIds": list(self.group_ids),
            "SubnetId": subnet_id,
            "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled"},
            "BlockDeviceMappings": [{"DeviceName": self.root_device, "Ebs": volume}],
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
    checks.check_key(facts, settings, where)
    checks.check_image(facts, settings, where)
    checks.check_quota(facts, settings, number - there)
    groups = network.groups(facts, settings, where)
    return Plan(
        number=number,
        minimum=minimum,
        instance_type=settings.instance_type,
        image_id=facts.image["ImageId"],
        root_device=facts.image["RootDeviceName"],
        volume_size_gib=settings.volume_size or checks.root_size_gib(facts.image),
        key_name=settings.key_name,
        group_ids=tuple(group["GroupId"] for group in groups),
        subnet_ids=network.subnets(facts, settings, where, minimum - there),
        iam_instance_profile=settings.iam_instance_profile,
    )
