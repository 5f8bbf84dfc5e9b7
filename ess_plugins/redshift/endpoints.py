"""Where a warehouse answers, and whether it does, as AWS has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ess_core.cloud import Cloud
from ess_core.cloud.failures import code
from ess_core.errors import EssError
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.warehouse import PORT, Kind, Warehouse

_UNKNOWN = frozenset({"ClusterNotFound", "ClusterNotFoundFault", "ResourceNotFoundException"})
_CLOSED = frozenset({"creating", "deleting", "paused", "pausing", "resuming", "rebooting"})


@dataclass(frozen=True)
class Endpoint:
    """An address; where AWS was not asked, ``status`` is empty. Serverless has 0 nodes."""

    host: str
    port: int
    status: str = ""
    nodes: int = 0
    security_groups: tuple[str, ...] = ()
    is_public: bool = True

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def locate(cloud: Cloud, warehouse: Warehouse) -> Endpoint:
    """Where to connect: the host that the user gave, else what AWS says.

    Raises EssError where there is no such warehouse, and RedshiftError where it takes no connections now.
    """
    if warehouse.host:
        return Endpoint(warehouse.host, warehouse.port or PORT)
    found = described(cloud, warehouse)
    if found.status in _CLOSED or not found.host:
        raise _closed(warehouse, found.status)
    return found


def described(cloud: Cloud, warehouse: Warehouse) -> Endpoint:
    """What AWS says of it. Raises EssError where there is no such warehouse in the region."""
    ask = _cluster if warehouse.kind is Kind.CLUSTER else _workgroup
    try:
        return ask(cloud, warehouse)
    except Exception as error:
        if code(error) not in _UNKNOWN:
            raise
        raise EssError(
            f"there is no {warehouse.title} in {warehouse.region}",
            "`ess redshift list` shows what there is; --region looks elsewhere",
        ) from error


def _cluster(cloud: Cloud, warehouse: Warehouse) -> Endpoint:
    """Source: https://docs.aws.amazon.com/redshift/latest/APIReference/API_Cluster.html"""
    redshift = cloud.client("redshift", region=warehouse.region)
    (item,) = redshift.describe_clusters(ClusterIdentifier=warehouse.name)["Clusters"]
    address = item.get("Endpoint") or {}
    groups = [group["VpcSecurityGroupId"] for group in item.get("VpcSecurityGroups") or ()]
    return Endpoint(
        address.get("Address", ""),
        warehouse.port or address.get("Port", PORT),
        item.get("ClusterStatus", ""),
        item.get("NumberOfNodes", 1),
        tuple(groups),
        bool(item.get("PubliclyAccessible", True)),
    )


def _workgroup(cloud: Cloud, warehouse: Warehouse) -> Endpoint:
    """Source: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_Workgroup.html"""
    serverless = cloud.client("redshift-serverless", region=warehouse.region)
    item: Any = serverless.get_workgroup(workgroupName=warehouse.name)["workgroup"]
    address = item.get("endpoint") or {}
    return Endpoint(
        address.get("address", ""),
        warehouse.port or address.get("port", PORT),
        item.get("status", "").lower(),
        0,
        tuple(item.get("securityGroupIds") or ()),
        bool(item.get("publiclyAccessible", True)),
    )


def _closed(warehouse: Warehouse, status: str) -> RedshiftError:
    hint = "try again when `ess redshift status` says available"
    if status in ("paused", "pausing"):
        region, name = warehouse.region, warehouse.name
        hint = f"`aws redshift resume-cluster --region {region} --cluster-identifier {name}` wakes it up"
    return RedshiftError(
        Problem.CLOSED,
        f"{warehouse.title} is {status or 'without an endpoint'} and takes no connections",
        hint,
    )


def groups_text(groups: Sequence[str]) -> str:
    """The security groups for a hint: ``security group sg-1`` or ``security groups sg-1, sg-2``."""
    return f"security group{'s' if len(groups) > 1 else ''} {', '.join(groups)}"
