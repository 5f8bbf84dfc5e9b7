"""Redshift's clusters and serverless workgroups as the account has them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ess_plugins.redshift.warehouse import Kind


@dataclass(frozen=True)
class Listed:
    """A cluster or a workgroup; ``endpoint`` is ``host:port``, or empty while it has none.

    A workgroup has no nodes.
    """

    kind: Kind
    name: str
    status: str
    endpoint: str
    database: str
    node_type: str = ""
    nodes: int | None = None


def clusters(redshift: Any) -> Iterator[Listed]:
    """Every provisioned cluster of the region.

    Source: https://docs.aws.amazon.com/redshift/latest/APIReference/API_DescribeClusters.html
    """
    for page in redshift.get_paginator("describe_clusters").paginate():
        yield from map(_cluster, page["Clusters"])


def workgroups(serverless: Any) -> Iterator[Listed]:
    """Every serverless workgroup of the region, with the database of its namespace.

    Source: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_ListWorkgroups.html
    """
    databases: dict[str, str] | None = None
    for page in serverless.get_paginator("list_workgroups").paginate():
        for item in page["workgroups"]:
            databases = _databases(serverless) if databases is None else databases
            yield _workgroup(item, databases.get(item.get("namespaceName", ""), ""))


def _databases(serverless: Any) -> dict[str, str]:
    """The first database of each namespace."""
    pages = serverless.get_paginator("list_namespaces").paginate()
    return {item["namespaceName"]: item.get("dbName", "") for page in pages for item in page["namespaces"]}


def _cluster(item: Any) -> Listed:
    endpoint = item.get("Endpoint") or {}
    return Listed(
        Kind.CLUSTER,
        item["ClusterIdentifier"],
        item.get("ClusterStatus", ""),
        _address(endpoint.get("Address"), endpoint.get("Port")),
        item.get("DBName", ""),
        item.get("NodeType", ""),
        item.get("NumberOfNodes", 0),
    )


def _workgroup(item: Any, database: str) -> Listed:
    endpoint = item.get("endpoint") or {}
    return Listed(
        Kind.WORKGROUP,
        item["workgroupName"],
        item.get("status", "").lower(),
        _address(endpoint.get("address"), endpoint.get("port")),
        database,
    )


def _address(host: str | None, port: int | None) -> str:
    return f"{host}:{port}" if host else ""
