"""What moto's Redshift gets wrong: pages, endpoints outside this machine, passwords for no database."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import moto.redshift.models as models
from moto.core.responses import ActionResult
from moto.redshift.models import Cluster, redshift_backends
from moto.redshift.responses import RedshiftResponse

from ess_plugins.sandbox.api.keys import Identity, Keyring
from ess_plugins.sandbox.api.redshift.warehouses import Grants, Login, Warehouses, database_user, let_in
from ess_plugins.sandbox.api.refused import RefusedError
from ess_plugins.sandbox.api.request import current

_SHORTEST_S, _LONGEST_S = 900, 3600


class SandboxCluster(Cluster):
    """A cluster that answers on loopback."""

    warehouses: Warehouses

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.loopback = self.warehouses.new_address()
        self.grants = Grants()

    @property
    def endpoint(self) -> dict[str, str | int]:
        """Where it answers."""
        return {"Address": self.loopback, "Port": self.warehouses.opening.port}

    @property
    def opens(self) -> bool:
        """Whether it takes connections; paused it does not."""
        return bool(self.status == "available")

    @property
    def databases(self) -> tuple[str, ...]:
        """Those it has from the start."""
        return (self.db_name,)

    @property
    def master(self) -> Login:
        """Its first user."""
        return Login(self.master_username, self.master_username, self.master_user_password, superuser=True)


class Credentials:
    """Temporary credentials for clusters."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def by_name(self, response: RedshiftResponse) -> ActionResult:
        """GetClusterCredentials: for the user whom the caller names.

        Source: https://docs.aws.amazon.com/redshift/latest/APIReference/API_GetClusterCredentials.html
        """
        creates = response._get_bool_param("AutoCreate", if_none=False)
        user = response._get_param("DbUser")
        return _granted(response, f"{'IAMA' if creates else 'IAM'}:{user}", user, creates)

    def by_iam(self, response: RedshiftResponse) -> ActionResult:
        """GetClusterCredentialsWithIAM: for the user who stands for the caller."""
        user = database_user(self._caller())
        return _granted(response, user, user, creates=True)

    def _caller(self) -> Identity:
        request = current()
        assert request is not None
        assert request.signed is not None
        key = self._keyring.find(request.signed.access_key_id)
        assert key is not None
        return key.identity


def install(warehouses: Warehouses, keyring: Keyring) -> None:
    """Correct moto's classes, which it gives no way to replace; before its first cluster."""
    SandboxCluster.warehouses = warehouses
    warehouses.clusters = everywhere
    credentials = Credentials(keyring)
    vars(models)["Cluster"] = SandboxCluster
    response: Any = RedshiftResponse
    response.describe_clusters = _describe_clusters
    response.get_cluster_credentials = lambda self: credentials.by_name(self)
    response.get_cluster_credentials_with_iam = lambda self: credentials.by_iam(self)


def in_region(account: str, region: str) -> list[SandboxCluster]:
    """The clusters of a region."""
    return [
        item
        for item in redshift_backends[account][region].clusters.values()
        if isinstance(item, SandboxCluster)
    ]


def everywhere() -> Iterator[SandboxCluster]:
    """The clusters of all accounts and regions."""
    for account, regions in list(redshift_backends.items()):
        for region in list(regions):
            yield from in_region(account, region)


def _granted(response: RedshiftResponse, user: str, role: str, creates: bool) -> ActionResult:
    lasts_s = response._get_int_param("DurationSeconds", _SHORTEST_S)
    if not _SHORTEST_S <= lasts_s <= _LONGEST_S:
        message = f"Token duration must be between {_SHORTEST_S} and {_LONGEST_S} seconds"
        raise RefusedError("InvalidParameterValue", message)
    name = response._get_param("ClusterIdentifier")
    (cluster,) = response.redshift_backend.describe_clusters(name)
    assert isinstance(cluster, SandboxCluster)
    login = let_in(cluster, user, role, lasts_s, creates)
    expires = datetime.fromtimestamp(login.expires_at, UTC)
    return ActionResult({"DbUser": login.user, "DbPassword": login.password, "Expiration": expires})


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
