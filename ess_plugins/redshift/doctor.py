"""What `ess doctor` says about Redshift."""

from ess_core.cloud import denied
from ess_core.cloud.checkup import Case, Finding, Status, needs
from ess_plugins.redshift import clusters as warehouses


@needs("region", "credentials")
def clusters(case: Case) -> str | Finding:
    """The clusters can be listed."""
    redshift = case.cloud.client("redshift")
    try:
        first = next(warehouses.clusters(redshift), None)
    except redshift.exceptions.ClientError as error:
        if not denied(error):
            raise
        return Finding(Status.NOTE, "these credentials may not list Redshift clusters")
    return "can be listed" if first else "can be listed; there is none"
