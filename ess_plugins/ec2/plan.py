"""From what was asked and what is true to the exact RunInstances requests; or why it cannot be done."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ess_core.errors import ConfigError, EssError
from ess_plugins.ec2 import keypair, tags
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.preflight import Facts
from ess_plugins.ec2.settings import Ec2Settings

STANDARD_FAMILIES = re.compile(r"[acdhimrtz]\d")  # what quota L-1216C47A counts


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


def make(facts: Facts, settings: Ec2Settings, number: int, minimum: int, there: int = 0) -> Plan:
    """Check ``facts`` and settle every choice; ``there`` of the ``number`` run already.

    Raises ConfigError or EssError naming the first obstacle.
    """
    _check_key(facts, settings)
    _check_image(facts)
    groups = _groups(facts, settings)
    _check_port(groups, settings)
    _check_quota(facts, settings, number - there)
    return Plan(
        number=number,
        minimum=minimum,
        instance_type=settings.instance_type,
        image_id=facts.image["ImageId"],
        root_device=facts.image["RootDeviceName"],
        volume_size_gib=settings.volume_size or _root_size_gib(facts.image),
        key_name=settings.key_name,
        group_ids=tuple(group["GroupId"] for group in groups),
        subnet_ids=_subnets(facts, settings, groups[0]["VpcId"], minimum - there),
        iam_instance_profile=settings.iam_instance_profile,
    )


def _check_key(facts: Facts, settings: Ec2Settings) -> None:
    if facts.key_pair is None or settings.pem is None:
        return
    fits = keypair.fits(settings.pem, facts.key_pair)
    if fits is None:
        facts.notes.append(f"key pair {settings.key_name} has an unknown kind of fingerprint; not compared")
    elif not fits:
        raise ConfigError(
            f"{settings.pem} does not belong to key pair {settings.key_name} of this account and region",
            "put the right pem file beside instance.conf, or name another key pair as key_name",
        )


def _check_image(facts: Facts) -> None:
    image, described = facts.image, facts.instance_type
    runs = described["ProcessorInfo"]["SupportedArchitectures"]
    if image.get("Architecture") not in runs:
        raise ConfigError(
            f"image {image['ImageId']} is for {image.get('Architecture')}, "
            f"but {described['InstanceType']} runs {', '.join(runs)}",
            "choose an image and an instance type of one architecture",
        )
    if image.get("State", "available") != "available":
        raise ConfigError(f"image {image['ImageId']} is {image['State']}", "choose another one as `ami`")


def _groups(facts: Facts, settings: Ec2Settings) -> list[Mapping[str, Any]]:
    """The wanted security groups, all in the VPC of the subnets."""
    vpcs = {subnet["VpcId"] for subnet in facts.subnets}
    chosen = []
    for wanted in settings.security_groups:
        named = [group for group in facts.groups if wanted in (group["GroupId"], group["GroupName"])]
        fitting = [group for group in named if not vpcs or group["VpcId"] in vpcs]
        if not fitting:
            where = f" in VPC {', '.join(sorted(vpcs))}" if named else " in this account and region"
            raise ConfigError(
                f"security group {wanted} does not exist{where}",
                "`aws ec2 describe-security-groups` lists them; correct security_groups in instance.conf",
            )
        chosen.append(fitting[0])
    return chosen


def _check_port(groups: Sequence[Mapping[str, Any]], settings: Ec2Settings) -> None:
    port = settings.ssh_port
    if not any(_opens(rule, port) for group in groups for rule in group.get("IpPermissions", ())):
        names = ", ".join(group["GroupName"] for group in groups)
        raise ConfigError(
            f"security group {names} lets nobody reach port {port}, so no worker could be logged in to",
            f"add an inbound rule for TCP {port} from your address to it",
        )


def _opens(rule: Mapping[str, Any], port: int) -> bool:
    if rule["IpProtocol"] == "-1":
        return True
    return bool(rule["IpProtocol"] == "tcp" and rule["FromPort"] <= port <= rule["ToPort"])


def _root_size_gib(image: Mapping[str, Any]) -> int | None:
    """The size of the image's own root volume, for it to be said with the encryption."""
    for mapping in image.get("BlockDeviceMappings", ()):
        if mapping.get("DeviceName") == image["RootDeviceName"]:
            return mapping.get("Ebs", {}).get("VolumeSize") or None
    return None


def _check_quota(facts: Facts, settings: Ec2Settings, number: int) -> None:
    if facts.quota_vcpus is None or facts.running is None:
        return
    if not STANDARD_FAMILIES.match(settings.instance_type):
        return
    each = facts.instance_type["VCpuInfo"]["DefaultVCpus"]
    used = sum(_vcpus(instance, settings.instance_type, each) for instance in facts.running)
    if used + each * number > facts.quota_vcpus:
        raise EssError(
            f"{number} x {settings.instance_type} needs {each * number} vCPUs, "
            f"{used} of this region's {facts.quota_vcpus} are in use",
            f"at most {max(0, (facts.quota_vcpus - used) // each)} more fit; "
            "ask for a higher quota L-1216C47A in Service Quotas",
        )


def _vcpus(instance: Instance, our_type: str, our_vcpus: int) -> int:
    if not STANDARD_FAMILIES.match(instance.type):
        return 0
    if instance.vcpus is not None:
        return instance.vcpus
    return our_vcpus if instance.type == our_type else 0


def _subnets(facts: Facts, settings: Ec2Settings, vpc: str, minimum: int) -> tuple[str, ...]:
    """Subnets to try in turn: as the conf lists them, else most free addresses first.

    Raises where there is none, or where together they cannot hold ``minimum`` workers.
    """
    free = {
        subnet["SubnetId"]: subnet["AvailableIpAddressCount"]
        for subnet in facts.subnets
        if subnet["VpcId"] == vpc
    }
    if not free:
        raise ConfigError(
            "this region has no default VPC with subnets",
            "name a subnet in instance.conf: `subnet_id: subnet-…`",
        )
    if sum(free.values()) < minimum:
        raise EssError(
            f"{minimum} workers need {minimum} addresses; {', '.join(free)} has {sum(free.values())} free",
            "name more subnets as subnet_id, separated by commas",
        )
    listed = [subnet for subnet in settings.subnet_ids if subnet in free]
    return tuple(listed or sorted(free, key=lambda subnet: (-free[subnet], subnet)))
