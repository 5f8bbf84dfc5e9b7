"""What `ess doctor` says about S3."""

from ess_core.cloud import denied
from ess_core.cloud.checkup import Case, Finding, Status, needs
from ess_plugins.s3.listing import buckets as account


@needs("region", "credentials")
def buckets(case: Case) -> str | Finding:
    """The buckets can be listed; who may not can still use those that are named."""
    s3 = case.cloud.client("s3")
    try:
        first = next(account.buckets(s3), None)
    except s3.exceptions.ClientError as error:
        if not denied(error):
            raise
        return Finding(Status.NOTE, "these credentials may not list buckets", "name one: ess s3 ls BUCKET")
    return "can be listed" if first else "can be listed; there is none"
