"""What must be true before a launch: at most ten reads in two parallel rounds, whatever the number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ess_core.cloud import Cloud, Identity, code, in_parallel
from ess_core.errors import ConfigError, EssError
from ess_plugins.ec2 import instances
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.settings import Ec2Settings

Where = Callable[[str], str]
"""Says, for a key of [EC2], where its value came from: ``instance.conf:5: [EC2] instance_type``."""

IMAGE_PARAMETER = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-"
STANDARD_VCPU_QUOTA = "L-1216C47A"
OPTIONAL = {
    "key pair": "key pair and pem were not compared",
    "running": "vCPUs in use are unknown, so the quota was not checked",
    "quota": "the vCPU quota was not checked",
}
WRONG_VALUES = {
    "InvalidKeyPair.NotFound": (
        "key_name",
        "`aws ec2 describe-key-pairs` lists the key pairs of this region",
    ),
    "InvalidInstanceType": ("instance_type", "check the spelling, for example m3.medium or t3.large"),
    "InvalidGroup.NotFound": ("security_groups", ""),
    "InvalidGroupId.Malformed": ("security_groups", ""),
    "InvalidSubnetID.NotFound": ("subnet_id", "subnets belong to one region; check `region` too"),
    "InvalidAMIID.NotFound": ("ami", "images belong to one region; check `region` too"),
    "InvalidAMIID.Malformed": ("ami", ""),
}


@dataclass(frozen=True)
class Facts:
    """What EC2 and its neighbours answered; an optional read that was denied is None and has a note."""

    identity: Identity
    instance_type: Mapping[str, Any]
    image: Mapping[str, Any]
    groups: list[Mapping[str, Any]]
    subnets: list[Mapping[str, Any]]
    cluster: list[Instance]
    key_pair: Mapping[str, Any] | None
    running: list[Instance] | None
    quota_vcpus: int | None
    notes: list[str] = field(default_factory=list)


def read(cloud: Cloud, where: Where, settings: Ec2Settings, cluster: str) -> Facts:
    """Ask everything a launch depends on; ``where`` begins an error about a value.

    Raises ConfigError where a value of the conf does not exist in this account and region, and whatever else
    AWS answers to a read that is not optional.
    """
    ec2 = cloud.client("ec2")
    notes: list[str] = []
    first = _settled(in_parallel(_first_round(cloud, ec2, settings, cluster)), where, notes)
    described = first["type"]["InstanceTypes"][0]
    ami = settings.ami or _image_for(described, first["image"])
    second = _settled(in_parallel({"ami": lambda: ec2.describe_images(ImageIds=[ami])}), where, notes)
    return Facts(
        identity=first["identity"],
        instance_type=described,
        image=_only(second["ami"]["Images"], "ami", ami),
        groups=first["groups"]["SecurityGroups"],
        subnets=first["subnets"]["Subnets"],
        cluster=first["cluster"],
        key_pair=_only(first["key pair"]["KeyPairs"], "key_name", settings.key_name)
        if first["key pair"]
        else None,
        running=first["running"],
        quota_vcpus=int(first["quota"]["Quota"]["Value"]) if first["quota"] else None,
        notes=notes,
    )


def _first_round(cloud: Cloud, ec2: Any, settings: Ec2Settings, cluster: str) -> dict[str, Callable[[], Any]]:
    calls: dict[str, Callable[[], Any]] = {
        "identity": cloud.whoami,
        "type": lambda: ec2.describe_instance_types(InstanceTypes=[settings.instance_type]),
        "key pair": lambda: ec2.describe_key_pairs(KeyNames=[settings.key_name], IncludePublicKey=True),
        "groups": lambda: ec2.describe_security_groups(Filters=[_group_filter(settings)]),
        "subnets": lambda: _subnets(ec2, settings),
        "cluster": lambda: instances.of_cluster(ec2, cluster),
        "running": lambda: instances.describe(
            ec2, [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
        ),
    }
    if not settings.ami:
        names = [IMAGE_PARAMETER + architecture for architecture in ("x86_64", "arm64")]
        ssm = cloud.client("ssm")
        calls["image"] = lambda: ssm.get_parameters(Names=names)
    quotas = cloud.client("service-quotas")
    calls["quota"] = lambda: quotas.get_service_quota(ServiceCode="ec2", QuotaCode=STANDARD_VCPU_QUOTA)
    return calls


def _subnets(ec2: Any, settings: Ec2Settings) -> Any:
    if settings.subnet_ids:
        return ec2.describe_subnets(SubnetIds=list(settings.subnet_ids))
    return ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])


def _group_filter(settings: Ec2Settings) -> dict[str, Any]:
    groups = list(settings.security_groups)
    by_id = all(group.startswith("sg-") for group in groups)
    return {"Name": "group-id" if by_id else "group-name", "Values": groups}


def _settled(answers: Mapping[str, Any], where: Where, notes: list[str]) -> dict[str, Any]:
    from botocore.exceptions import ClientError

    settled: dict[str, Any] = {}
    for name, answer in answers.items():
        if not isinstance(answer, Exception):
            settled[name] = answer
        elif code(answer) in WRONG_VALUES:
            raise _wrong_value(answer, where) from answer
        elif name in OPTIONAL and isinstance(answer, ClientError):
            notes.append(f"{OPTIONAL[name]} ({code(answer)})")
            settled[name] = None
        else:
            raise answer
    return settled


def _wrong_value(error: Exception, where: Where) -> EssError:
    key, hint = WRONG_VALUES[code(error)]
    said = str(getattr(error, "response", {})["Error"]["Message"])
    return ConfigError(f"{where(key)}: {said}", hint)


def _image_for(described: Mapping[str, Any], parameters: Mapping[str, Any]) -> str:
    """The newest Amazon Linux 2023 image of an architecture this type runs, x86_64 first."""
    images = {item["Name"].removeprefix(IMAGE_PARAMETER): item["Value"] for item in parameters["Parameters"]}
    runs = described["ProcessorInfo"]["SupportedArchitectures"]
    for architecture in ("x86_64", "arm64"):
        if architecture in runs and architecture in images:
            return str(images[architecture])
    raise ConfigError(
        f"no Amazon Linux 2023 image for {described['InstanceType']} ({', '.join(runs)}) in this region",
        "name an image in instance.conf: `ami: ami-…`",
    )


def _only(found: list[Mapping[str, Any]], key: str, wanted: str) -> Mapping[str, Any]:
    if not found:
        raise ConfigError(f"{key}: {wanted} does not exist in this region")
    return found[0]
