"""Redshift clusters as the account has them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cluster:
    """A provisioned cluster; ``endpoint`` is ``host:port``, or empty while it has none."""

    cluster: str
    status: str
    endpoint: str
    database: str
    node_type: str
    nodes: int


def clusters(redshift: Any) -> Iterator[Cluster]:
    """Every provisioned cluster of the region.

    Source: https://docs.aws.amazon.com/redshift/latest/APIReference/API_DescribeClusters.html
    """
    for page in redshift.get_paginator("describe_clusters").paginate():
        yield from map(_cluster, page["Clusters"])


def _cluster(item: Any) -> Cluster:
    endpoint = item.get("Endpoint") or {}
    address = f"{endpoint['Address']}:{endpoint['Port']}" if endpoint.get("Address") else ""
    return Cluster(
        item["ClusterIdentifier"],
        item.get("ClusterStatus", ""),
        address,
        item.get("DBName", ""),
        item.get("NodeType", ""),
        item.get("NumberOfNodes", 0),
    )
