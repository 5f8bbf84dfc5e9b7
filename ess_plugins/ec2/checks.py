"""Reasons not to launch: the key pair, the image, the quota."""

import re
from collections.abc import Mapping
from typing import Any

from ess_core.errors import ConfigError, EssError
from ess_plugins.ec2 import images, keypair
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.preflight import SPOT_VCPU_QUOTA, STANDARD_VCPU_QUOTA, Facts, Where
from ess_plugins.ec2.settings import Ec2Settings

STANDARD_FAMILIES = re.compile(r"[acdhimrtz]\d")  # what both quotas count


def check_key(facts: Facts, settings: Ec2Settings, where: Where) -> str:
    """Compare pem and key pair; return why that was not possible, where it was not."""
    if facts.key_pair is None or settings.pem is None:
        return ""
    return keypair.compare(settings.pem, facts.key_pair, where("key_name"))


def image_for(
    described: Mapping[str, Any], facts: Facts, settings: Ec2Settings, where: Where
) -> Mapping[str, Any]:
    """The image that a type boots. Raises ConfigError where there is none, or it cannot be launched so."""
    instance_type, runs = described["InstanceType"], images.runs(described)
    image = facts.images.get(instance_type)
    if image is None:
        raise ConfigError(
            f"no Amazon Linux 2023 image for {instance_type} ({', '.join(runs)}) in this region",
            "name an image in instance.conf: `ami: ami-…`",
        )
    if image.get("Architecture") not in runs:
        raise ConfigError(
            f"image {image['ImageId']} is for {image.get('Architecture')}, "
            f"but {instance_type} runs {', '.join(runs)}",
            "choose an image and an instance type of one architecture",
        )
    _check_image(image, settings, where)
    return image


def _check_image(image: Mapping[str, Any], settings: Ec2Settings, where: Where) -> None:
    name = image["ImageId"]
    if image.get("State", "available") != "available":
        raise ConfigError(f"{where('ami')}: image {name} is {image['State']}", "choose another one as `ami`")
    if image.get("RootDeviceType", "ebs") != "ebs":
        raise ConfigError(
            f"{where('ami')}: image {name} has no EBS root volume, so it cannot be encrypted",
            "choose another one as `ami`",
        )
    least = root_size_gib(image)
    if least and settings.volume_size and settings.volume_size < least:
        raise ConfigError(f"{where('volume_size')}: {settings.volume_size} is less than the image's {least}")


def check_quota(facts: Facts, instance_type: str, number: int, *, spot: bool = False) -> None:
    if facts.quota_vcpus is None or not STANDARD_FAMILIES.match(instance_type):
        return
    each = facts.described(instance_type)["VCpuInfo"]["DefaultVCpus"]
    used = vcpus_in_use(facts, spot=spot)
    if used + each * number > facts.quota_vcpus:
        raise EssError(
            f"{number} x {instance_type} needs {each * number} vCPUs, "
            f"{used} of this region's {facts.quota_vcpus} are in use",
            f"at most {max(0, (facts.quota_vcpus - used) // each)} more fit; "
            f"ask for a higher quota {SPOT_VCPU_QUOTA if spot else STANDARD_VCPU_QUOTA} in Service Quotas",
        )


def vcpus_in_use(facts: Facts, *, spot: bool = False) -> int:
    """What runs in the region takes of the quota for standard instances: on-demand, or else ``spot``."""
    known = {described["InstanceType"]: described["VCpuInfo"]["DefaultVCpus"] for described in facts.types}
    return sum(_vcpus(instance, known) for instance in facts.alive if instance.spot is spot)


def root_size_gib(image: Mapping[str, Any]) -> int | None:
    """The size of the image's own root volume, for it to be said with the encryption."""
    for mapping in image.get("BlockDeviceMappings", ()):
        if mapping.get("DeviceName") == image["RootDeviceName"]:
            return mapping.get("Ebs", {}).get("VolumeSize") or None
    return None


def _vcpus(instance: Instance, known: Mapping[str, int]) -> int:
    """What an instance takes of its quota: nothing while it is stopped."""
    running = instance.state in ("pending", "running")
    if not running or not STANDARD_FAMILIES.match(instance.type):
        return 0
    if instance.vcpus is not None:
        return instance.vcpus
    return known.get(instance.type, 0)
