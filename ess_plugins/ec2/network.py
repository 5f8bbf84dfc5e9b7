"""Where to launch: one VPC, its security groups and its subnets, and whether workers can be reached there."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ess_core.errors import ConfigError, EssError
from ess_plugins.ec2.preflight import Facts, Where
from ess_plugins.ec2.settings import Ec2Settings

BATCH = 100  # workers a call; AWS advises several calls of about a hundred over one large one


def groups(facts: Facts, settings: Ec2Settings, where: Where) -> list[Mapping[str, Any]]:
    """The wanted security groups, in the VPC of the subnets.

    Raises ConfigError where one is missing, or together they let nobody reach the SSH port.
    """
    vpc_id = vpc(facts.subnets, where)
    chosen = [_group(wanted, facts, where, vpc_id) for wanted in settings.security_groups]
    port = settings.ssh_port
    if not any(_opens(rule, port) for group in chosen for rule in group.get("IpPermissions", ())):
        names = ", ".join(group["GroupName"] for group in chosen)
        raise ConfigError(
            f"{where('security_groups')}: {names} lets nobody reach port {port}, "
            "so no worker could be logged in to",
            f"add an inbound rule for TCP {port} from your address",
        )
    return chosen


def sources(groups: Sequence[Mapping[str, Any]], port: int) -> list[str]:
    """From where these groups let TCP ``port`` be reached: CIDRs, prefix lists and other groups."""
    rules = [rule for group in groups for rule in group.get("IpPermissions", ()) if _opens(rule, port)]
    kinds = {
        "IpRanges": "CidrIp",
        "Ipv6Ranges": "CidrIpv6",
        "PrefixListIds": "PrefixListId",
        "UserIdGroupPairs": "GroupId",
    }
    found = [item[key] for rule in rules for kind, key in kinds.items() for item in rule.get(kind, ())]
    return list(dict.fromkeys(found))


def vpc(subnets: Iterable[Mapping[str, Any]], where: Where) -> str:
    """The one VPC that all subnets are in. Raises ConfigError where there is none, or more than one."""
    vpcs = {subnet["VpcId"] for subnet in subnets}
    if not vpcs:
        raise ConfigError(
            "this region has no default VPC with subnets",
            "name a subnet in instance.conf: `subnet_id: subnet-…`",
        )
    if len(vpcs) > 1:
        raise ConfigError(
            f"{where('subnet_id')}: these subnets are in different VPCs: {', '.join(sorted(vpcs))}"
        )
    return str(vpcs.pop())


def _group(wanted: str, facts: Facts, where: Where, vpc: str) -> Mapping[str, Any]:
    named = [group for group in facts.groups if wanted in (group["GroupId"], group["GroupName"])]
    fitting = [group for group in named if group["VpcId"] == vpc]
    if fitting:
        return fitting[0]
    place = f"VPC {vpc}" if named else "this account and region"
    raise ConfigError(
        f"{where('security_groups')}: there is no security group {wanted} in {place}",
        "`aws ec2 describe-security-groups` lists them; `ess instance ec2 setup` makes one",
    )


def subnets(
    instance_type: str, facts: Facts, settings: Ec2Settings, where: Where, minimum: int
) -> list[Mapping[str, Any]]:
    """Subnets to try in turn for a type: as the conf lists them, else most free addresses first.

    Raises where no zone of theirs has the type, workers would get no address that can be reached, or
    ``minimum`` workers would find no room: one call launches into one subnet.
    """
    zones = None if facts.zones is None else facts.zones[instance_type]
    offering = [one for one in facts.subnets if zones is None or one["AvailabilityZone"] in zones]
    if not offering:
        raise _not_offered(instance_type, facts, zones, where)
    usable = [subnet for subnet in offering if _is_reachable(subnet, settings)]
    if not usable:
        raise _not_reachable(offering, settings, where)
    free = {subnet["SubnetId"]: subnet["AvailableIpAddressCount"] for subnet in usable}
    if max(free.values()) < min(minimum, BATCH) or sum(free.values()) < minimum:
        raise EssError(
            f"{minimum} workers need {minimum} addresses; free are "
            + ", ".join(f"{number} in {subnet}" for subnet, number in free.items()),
            "name a larger subnet as subnet_id, or ask for fewer workers",
        )
    return sorted(usable, key=lambda subnet: _preference(subnet, settings))


def _not_offered(
    instance_type: str, facts: Facts, zones: Collection[str] | None, where: Where
) -> ConfigError:
    ours = ", ".join(sorted({subnet["AvailabilityZone"] for subnet in facts.subnets}))
    theirs = ", ".join(sorted(zones or ()))
    return ConfigError(
        f"{where('instance_type')}: {instance_type} is not to be had in {ours}",
        f"{theirs} have it; name a subnet there as subnet_id" if theirs else "choose another type or region",
    )


def _is_reachable(subnet: Mapping[str, Any], settings: Ec2Settings) -> bool:
    public = settings.associate_public_ip
    if public is None:
        public = subnet.get("MapPublicIpOnLaunch") is not False
    return settings.use_private_ip or public


def _not_reachable(offering: Sequence[Mapping[str, Any]], settings: Ec2Settings, where: Where) -> ConfigError:
    if settings.associate_public_ip is False:
        return ConfigError(
            f"{where('associate_public_ip')}: without public addresses no worker could be logged in to",
            "set use_private_ip: True where you reach private addresses",
        )
    names = ", ".join(subnet["SubnetId"] for subnet in offering)
    return ConfigError(
        f"{where('subnet_id')}: {names} gives no public addresses, so no worker could be logged in to",
        "set use_private_ip: True where you reach private addresses, or associate_public_ip: True",
    )


def _preference(subnet: Mapping[str, Any], settings: Ec2Settings) -> tuple[int, str]:
    if settings.subnet_ids:
        return settings.subnet_ids.index(subnet["SubnetId"]), ""
    return -subnet["AvailableIpAddressCount"], subnet["AvailabilityZone"]


def _opens(rule: Mapping[str, Any], port: int) -> bool:
    if rule["IpProtocol"] == "-1":
        return True
    return bool(rule["IpProtocol"] == "tcp" and rule["FromPort"] <= port <= rule["ToPort"])
