"""What moto's Redshift gets wrong: pages of DescribeClusters, and endpoints outside this machine."""

from moto.core.responses import ActionResult
from moto.redshift.models import Cluster
from moto.redshift.responses import RedshiftResponse

from ess_plugins.sandbox.api.refused import RefusedError


def install() -> None:
    """Correct moto's classes, which it gives no way to replace."""
    RedshiftResponse.describe_clusters = _describe_clusters  # type: ignore[method-assign]
    Cluster.endpoint = property(_endpoint)  # type: ignore[assignment,method-assign]


def _endpoint(cluster: Cluster) -> dict[str, str | int]:
    return {"Address": "127.0.0.1", "Port": cluster.port}


def _describe_clusters(self: RedshiftResponse) -> ActionResult:
    """A page of at most MaxRecords (20 to 100, default 100) clusters after Marker."""
    size = self._get_int_param("MaxRecords", 100)
    if not 20 <= size <= 100:
        message = f"The value {size} for MaxRecords is invalid. It must be between 20 and 100."
        raise RefusedError("InvalidParameterValue", message)
    found = self.redshift_backend.describe_clusters(
        self._get_param("ClusterIdentifier"), self._get_param("TagKeys")
    )
    start = int(self._get_param("Marker") or 0)
    rest = len(found) - start - size
    page = {"Clusters": found[start : start + size]}
    return ActionResult(page | ({"Marker": str(start + size)} if rest > 0 else {}))
