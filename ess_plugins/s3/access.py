"""How S3 is asked: where, as whom, and who pays."""

from dataclasses import dataclass
from typing import Any

from ess_core.cloud import Cloud

CONNECTIONS = 64
OPTIONAL = "x-amz-optional-object-attributes"
PAYER = "x-amz-request-payer"


@dataclass(frozen=True)
class Access:
    """Where S3 is (None: AWS, or what AWS_ENDPOINT_URL says), unsigned or not, and who pays for requests.

    ``payer`` is ``requester``, or empty where the bucket's owner pays.
    """

    endpoint_url: str | None = None
    unsigned: bool = False
    payer: str = ""


USUAL = Access()


def client(cloud: Cloud, access: Access = USUAL, region: str | None = None) -> Any:
    """The S3 client that asks so, in ``region`` or the effective one.

    It follows a bucket to its region, and remembers it.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html
    """
    return cloud.client(
        "s3",
        region=region,
        endpoint_url=access.endpoint_url,
        unsigned=access.unsigned,
        headers={PAYER: access.payer} if access.payer else {},
        connections=CONNECTIONS,
    )
