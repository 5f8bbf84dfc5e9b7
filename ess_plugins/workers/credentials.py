"""As whom tasks on workers ask AWS: as the node itself, or with a key that may do little and not for long.

The keys of this machine never leave it. Where the nodes have no role of their own, a federation token of the
user's is lent to them, which may read the datastores in use and write to scratch and to targets, and no more.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ess_core.cloud import explain
from ess_core.cloud.static import AccessKey
from ess_core.errors import EssError
from ess_plugins.workers.access import Access, places

if TYPE_CHECKING:
    from ess_core.cloud import Cloud

LASTS_S = 12 * 3600
"""How long a lent key is good for; half of that is left to each task at least."""
WAY_OUT = "set iam_instance_profile in [EC2], so that workers have a role of their own; or --master"

LONGEST = 2048
"""Characters of a policy that STS takes."""

_SCHEME = "s3://"
_READ = ["s3:GetObject"]
_WRITE = ["s3:AbortMultipartUpload", "s3:PutObject"]
_LIST = ["s3:ListBucket"]  # else S3 does not say of a file that it is gone
_KMS = ["kms:Decrypt", "kms:GenerateDataKey"]
_SPECIAL = set("*?$")


@dataclass(frozen=True)
class Uses:
    """The URLs of the datastores that are read, and of those that are written."""

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()

    def __or__(self, other: "Uses") -> "Uses":
        return Uses(self.reads | other.reads, self.writes | other.writes)

    def __le__(self, other: "Uses") -> bool:
        return self.reads <= other.reads and self.writes <= other.writes


class Lender:
    """Gives tasks access to AWS. ``have_own`` tells whether all nodes can ask as themselves."""

    def __init__(self, cloud: "Cloud", have_own: Callable[[], bool]) -> None:
        self._cloud = cloud
        self._have_own = have_own
        self._is_lent = False
        self._uses = Uses()
        self._access: Access | None = None
        self._renew_at = 0.0

    def access(self, uses: Uses) -> Access:
        """Access to all that. Raises EssError where there is none to give."""
        if self._access is None and self._have_own():
            self._access = self._with(None)
        if self._access and not self._is_lent:
            return self._access
        if self._access is None or not uses <= self._uses or time.monotonic() >= self._renew_at:
            self._access = self._lent(uses)
        return self._access

    def _lent(self, uses: Uses) -> Access:
        self._uses |= uses
        self._renew_at = time.monotonic() + LASTS_S / 2
        self._is_lent = True
        return self._with(self._federated())

    def _with(self, key: AccessKey | None) -> Access:
        return Access(self._cloud.region, self._cloud.command, places(), key)

    def _federated(self) -> AccessKey:
        """A federation token for all uses so far.

        Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
        """
        from botocore.exceptions import BotoCoreError, ClientError

        if not _is_lasting(self._cloud):
            raise EssError("workers have no role, and temporary keys such as ours cannot be lent", WAY_OUT)
        partition = self._cloud.session.get_partition_for_region(self._cloud.region)
        try:
            given = self._cloud.client("sts").get_federation_token(
                Name=f"ess-{secrets.token_hex(8)}",
                Policy=policy(self._uses, partition),
                DurationSeconds=LASTS_S,
            )["Credentials"]
        except (BotoCoreError, ClientError) as error:
            raise EssError(
                f"workers have no role, and no key can be lent to them: {explain(error).message}", WAY_OUT
            ) from error
        return AccessKey(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def policy(uses: Uses, partition: str = "aws") -> str:
    """What a lent key may do: nothing outside of the places in use, as close as the length allows.

    Keys of KMS may be used through S3 alone, for objects that are encrypted with one.
    """
    exact = _policy(_places(uses.reads), _places(uses.writes), partition)
    if len(exact) <= LONGEST:
        return exact
    return _policy(_buckets(uses.reads), _buckets(uses.writes), partition)


def _policy(reads: Iterable[str], writes: Iterable[str], partition: str) -> str:
    s3 = f"arn:{partition}:s3:::"
    # What was written is looked at afterwards.
    read, written = sorted({*reads, *writes}), sorted(writes)
    buckets = sorted({place.partition("/")[0] for place in read})
    statements = [
        _allowed(_READ, [f"{s3}{place}/*" for place in read]),
        _allowed(_WRITE, [f"{s3}{place}/*" for place in written]),
        _allowed(_LIST, [s3 + bucket for bucket in buckets]),
        _allowed(_KMS, ["*"]) | {"Condition": {"StringLike": {"kms:ViaService": "s3.*"}}},
    ]
    kept = [one for one in statements if one["Resource"]]
    return json.dumps({"Version": "2012-10-17", "Statement": kept}, separators=(",", ":"))


def _allowed(actions: Iterable[str], resources: Iterable[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def _places(urls: Iterable[str]) -> list[str]:
    """Buckets and folders, where these have no character that means something in a policy."""
    found = [url.removeprefix(_SCHEME).rstrip("/") for url in urls if url.startswith(_SCHEME)]
    return [place.partition("/")[0] if _SPECIAL & set(place) else place for place in found]


def _buckets(urls: Iterable[str]) -> list[str]:
    return [place.partition("/")[0] for place in _places(urls)]


def _is_lasting(cloud: "Cloud") -> bool:
    """Whether the keys of this machine are a user's own, and no temporary ones."""
    found = cloud.session.get_credentials()
    return found is not None and found.get_frozen_credentials().token is None
