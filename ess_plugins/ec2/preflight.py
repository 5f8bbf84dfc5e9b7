"""What must be true before a launch: at most ten reads in two parallel rounds, whatever the number."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ess_core.cloud import Cloud, Identity, code, in_parallel, passing
from ess_core.errors import ConfigError, EssError
from ess_plugins.ec2 import images, instances
from ess_plugins.ec2.instances import Instance
from ess_plugins.ec2.settings import Ec2Settings

Where = Callable[[str], str]
"""Says, for a key of [EC2], where its value came from: ``instance.conf:5: [EC2] instance_type``."""

STANDARD_VCPU_QUOTA = "L-1216C47A"
SPOT_VCPU_QUOTA = "L-34B43A08"
NOBODY = Identity("", "")
OPTIONAL = {
    "offerings": "which zones have this instance type was not checked",
    "key pair": "key pair and pem were not compared",
    "quota": "the vCPU quota was not checked",
}
WRONG_VALUES = {
    "InvalidKeyPair.NotFound": (
        "key_name",
        "`aws ec2 describe-key-pairs` lists those of this region; `ess instance ec2 setup` makes one",
    ),
    "InvalidInstanceType": ("instance_type", "check the spelling, for example m3.medium or t3.large"),
    "InvalidSubnetID.NotFound": ("subnet_id", "subnets belong to one region; check `region` too"),
    "InvalidAMIID.NotFound": ("ami", "images belong to one region; check `region` too"),
    "InvalidAMIID.Malformed": ("ami", ""),
}


@dataclass(frozen=True)
class Facts:
    """What EC2 and its neighbours answered; an optional read that was denied is None and has a note."""

    identity: Identity
    types: Sequence[Mapping[str, Any]]  # those wanted, in their order
    zones: Mapping[str, frozenset[str]] | None  # the zones that offer a type, by its name
    images: Mapping[str, Mapping[str, Any]]  # what a type boots, by its name; absent where there is none
    groups: list[Mapping[str, Any]]
    subnets: list[Mapping[str, Any]]
    alive: list[Instance]  # everything in the region that is not ended, whoever made it
    key_pair: Mapping[str, Any] | None
    quota_vcpus: int | None  # for spot or on-demand, whichever is asked for
    notes: list[str] = field(default_factory=list)

    def described(self, instance_type: str) -> Mapping[str, Any]:
        """What EC2 says of one of the wanted types."""
        return next(one for one in self.types if one["InstanceType"] == instance_type)


@dataclass
class Seen:
    """What a look at AWS brought: answers, notes on optional reads, and failures, all by name of the read."""

    answers: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    failures: dict[str, Exception] = field(default_factory=dict)

    @property
    def facts(self) -> Facts:
        """The facts; a read that brought no answer leaves them empty."""
        found = self.answers.get
        return Facts(
            identity=found("identity", NOBODY),
            types=found("type", []),
            zones=found("offerings"),
            images=found("ami", {}),
            groups=found("groups", []),
            subnets=found("subnets", []),
            alive=found("alive", []),
            key_pair=found("key pair"),
            quota_vcpus=found("quota"),
            notes=list(self.notes.values()),
        )


def read(cloud: Cloud, where: Where, settings: Ec2Settings) -> Facts:
    """Ask everything a launch depends on; ``where`` begins an error about a value.

    Raises ConfigError where a value of the conf does not exist in this account and region, and whatever else
    AWS answers to a read that is not optional.
    """
    seen = look(cloud, where, settings)
    for failure in seen.failures.values():
        raise failure
    return seen.facts


def look(cloud: Cloud, where: Where, settings: Ec2Settings) -> Seen:
    """Ask the same as :func:`read`, and keep what fails for who needs it."""
    ec2 = cloud.client("ec2")
    seen = Seen()
    _settle(seen, in_parallel(_first_round(cloud, ec2, where, settings)), where)
    if "type" in seen.answers and "image" not in seen.failures:
        names = images.choose(settings.ami, seen.answers["type"], seen.answers.get("image", []))
        _settle(seen, in_parallel({"ami": lambda: images.describe(ec2, names, where)}), where)
    return seen


def _first_round(cloud: Cloud, ec2: Any, where: Where, settings: Ec2Settings) -> dict[str, Callable[[], Any]]:
    wanted = list(settings.instance_types)
    calls: dict[str, Callable[[], Any]] = {
        "identity": cloud.whoami,
        "type": lambda: _types(ec2, wanted),
        "key pair": lambda: _key_pair(ec2, where, settings.key_name),
        "groups": lambda: _groups(ec2, settings),
        "subnets": lambda: subnets(ec2, settings),
        "alive": lambda: instances.alive(ec2),
        "offerings": lambda: _zones(ec2, wanted),
    }
    if not settings.ami:
        ssm = cloud.client("ssm")
        calls["image"] = lambda: ssm.get_parameters(Names=images.PARAMETERS)["Parameters"]
    quotas = cloud.client("service-quotas")
    calls["quota"] = lambda: _quota(quotas, SPOT_VCPU_QUOTA if settings.spot else STANDARD_VCPU_QUOTA)
    return calls


def _key_pair(ec2: Any, where: Where, name: str) -> Mapping[str, Any]:
    found = ec2.describe_key_pairs(KeyNames=[name], IncludePublicKey=True)["KeyPairs"]
    return _only(found, where("key_name"), name)


def _types(ec2: Any, wanted: list[str]) -> list[Mapping[str, Any]]:
    """The wanted types in their order; EC2 answers in its own."""
    found = ec2.describe_instance_types(InstanceTypes=wanted)["InstanceTypes"]
    return sorted(found, key=lambda described: wanted.index(described["InstanceType"]))


def _zones(ec2: Any, wanted: list[str]) -> dict[str, frozenset[str]]:
    answer = ec2.describe_instance_type_offerings(
        LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": wanted}]
    )
    offered = [(item["InstanceType"], item["Location"]) for item in answer["InstanceTypeOfferings"]]
    return {name: frozenset(zone for other, zone in offered if other == name) for name in wanted}


def _quota(quotas: Any, quota_code: str) -> int:
    answer = quotas.get_service_quota(ServiceCode="ec2", QuotaCode=quota_code)
    return int(answer["Quota"]["Value"])


def subnets(ec2: Any, settings: Ec2Settings) -> list[Mapping[str, Any]]:
    """The subnets that the conf names, else those of the default VPC."""
    if settings.subnet_ids:
        return list(ec2.describe_subnets(SubnetIds=list(settings.subnet_ids))["Subnets"])
    default = {"Name": "default-for-az", "Values": ["true"]}
    return list(ec2.describe_subnets(Filters=[default])["Subnets"])


def _groups(ec2: Any, settings: Ec2Settings) -> list[Mapping[str, Any]]:
    """The wanted groups, by id or by name; where both are given, all, because filters can only be joined."""
    wanted = list(settings.security_groups)
    by_id = [group for group in wanted if group.startswith("sg-")]
    filters = [] if 0 < len(by_id) < len(wanted) else [("group-id" if by_id else "group-name", wanted)]
    pages = ec2.get_paginator("describe_security_groups").paginate(
        Filters=[{"Name": name, "Values": values} for name, values in filters],
        PaginationConfig={"PageSize": 1000},
    )
    return [group for page in pages for group in page["SecurityGroups"]]


def _settle(seen: Seen, answers: Mapping[str, Any], where: Where) -> None:
    from botocore.exceptions import ClientError

    for name, answer in answers.items():
        if not isinstance(answer, Exception):
            seen.answers[name] = answer
        elif code(answer) in WRONG_VALUES:
            seen.failures[name] = _wrong_value(answer, where)
        elif name in OPTIONAL and (isinstance(answer, ClientError) or passing(answer)):
            seen.notes[name] = f"{OPTIONAL[name]} ({code(answer) or type(answer).__name__})"
        else:
            seen.failures[name] = answer


def _wrong_value(error: Exception, where: Where) -> EssError:
    key, hint = WRONG_VALUES[code(error)]
    said = str(getattr(error, "response", {})["Error"]["Message"])
    wrong = ConfigError(f"{where(key)}: {said}", hint)
    wrong.__cause__ = error
    return wrong


def _only(found: list[Mapping[str, Any]], where: str, wanted: str) -> Mapping[str, Any]:
    if not found:
        raise ConfigError(f"{where}: {wanted} does not exist in this region")
    return found[0]
