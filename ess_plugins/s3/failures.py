"""What S3's refusals mean: a sentence each, which names the bucket and where it was looked for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ess_core import cloud
from ess_core.cloud.failures import CHECK_CREDENTIALS, DENIED, EXPIRED, REFUSED, SKEWED, THROTTLED, silence
from ess_core.errors import EssError
from ess_core.files import ChangedError, NoFileError

OTHER_REGION = frozenset(
    {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}
)
BUSY = THROTTLED | {"ServiceUnavailable", "InternalError"}


class NoBucketError(EssError):
    """There is no such bucket."""


class NoObjectError(NoFileError):
    """There is no such object, or no such version of it."""


class ArchivedError(EssError):
    """The object is in an archive class and has not been restored."""


@dataclass(frozen=True)
class Where:
    """What was asked for, and where: ``key`` is empty for a question about the bucket."""

    endpoint: str
    bucket: str
    key: str = ""

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True)
class Refusal:
    """An answer that is an error, as S3 gives it: ``action`` such as GetObject."""

    code: str
    message: str
    action: str


@contextmanager
def explained(s3: Any, bucket: str, key: str = "") -> Iterator[None]:
    """Raise what botocore raises inside the block as an EssError that names bucket and endpoint."""
    from botocore.exceptions import BotoCoreError, ClientError

    where = Where(s3.meta.endpoint_url, bucket, key)
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise explain(error, where) from error
    except RecursionError as error:  # botocore follows a redirect that names no region without end
        raise _redirected(where) from error


def explain(error: BaseException, where: Where) -> EssError:
    """Turn an exception of botocore into one line that names bucket and endpoint."""
    from botocore import exceptions

    if isinstance(error, exceptions.ClientError):
        said = error.response.get("Error", {})
        refusal = Refusal(cloud.code(error), str(said.get("Message", "")), error.operation_name)
        return refused(refusal, where) or cloud.explain(error)
    if isinstance(error, exceptions.ConnectionError | exceptions.HTTPClientError):
        return unreachable(silence(error), where)
    return cloud.explain(error)


def refused(refusal: Refusal, where: Where) -> EssError | None:
    """What an answer with an error means; None where S3's own words are all there is to say."""
    for codes, build in _MEANINGS:
        if refusal.code in codes:
            return build(refusal, where)
    return None


def unreachable(reason: str, where: Where) -> EssError:
    """Nobody answers at the endpoint, or not to the end; ``reason`` is such as Connection refused."""
    return EssError(
        f"cannot reach S3 at {where.endpoint} for bucket {where.bucket}: {reason}",
        "check the network, the region and --endpoint-url or AWS_ENDPOINT_URL",
    )


def _no_bucket(_refusal: Refusal, where: Where) -> EssError:
    return NoBucketError(
        f"there is no bucket {where.bucket} at {where.endpoint}",
        "`ess s3 ls` lists the buckets of this account",
    )


def _no_object(_refusal: Refusal, where: Where) -> EssError:
    folder = where.key.rpartition("/")[0]
    return NoObjectError(
        f"there is no object {where.key!r} in bucket {where.bucket} at {where.endpoint}",
        f"`ess s3 ls {where.bucket}/{folder + '/' if folder else ''}` lists what there is",
    )


def _denied(refusal: Refusal, where: Where) -> EssError:
    return EssError(
        f"not allowed to call {refusal.action} on {where} at {where.endpoint}: {_one_line(refusal.message)}",
        "`ess config policy s3` prints the permissions to ask for; without s3:ListBucket a missing object "
        "looks like this too; where the requester pays, type --request-payer",
    )


def _bad_credentials(refusal: Refusal, where: Where) -> EssError:
    return EssError(
        f"{where.endpoint} does not accept these credentials for bucket {where.bucket} ({refusal.code}): "
        f"{_one_line(refusal.message)}",
        CHECK_CREDENTIALS,
    )


def _expired(refusal: Refusal, where: Where) -> EssError:
    return EssError(
        f"the credentials for bucket {where.bucket} at {where.endpoint} have expired ({refusal.code})",
        "get fresh credentials and type the command again",
    )


def _skewed(refusal: Refusal, where: Where) -> EssError:
    return EssError(
        f"this machine's clock is wrong, {where.endpoint} says for bucket {where.bucket}: "
        f"{_one_line(refusal.message)}",
        "set the clock (NTP) and try again",
    )


def _elsewhere(refusal: Refusal, where: Where) -> EssError:
    return EssError(
        f"bucket {where.bucket} is in another region than {where.endpoint} ({refusal.code}): "
        f"{_one_line(refusal.message)}",
        "leave out --endpoint-url and AWS_ENDPOINT_URL, or name the one of the bucket's region",
    )


def _redirected(where: Where) -> EssError:
    return EssError(
        f"{where.endpoint} redirects what is asked of bucket {where.bucket}, and names no region",
        "check --endpoint-url or AWS_ENDPOINT_URL: http or https, host and port",
    )


def _busy(refusal: Refusal, where: Where) -> EssError:
    return EssError(
        f"{where.endpoint} is too busy for bucket {where.bucket} ({refusal.code}): "
        f"{_one_line(refusal.message)}",
        "try again in a while",
    )


def _archived(_refusal: Refusal, where: Where) -> EssError:
    return ArchivedError(
        f"{where} is archived and not restored", "restore it first: aws s3api restore-object"
    )


def _changed(_refusal: Refusal, where: Where) -> EssError:
    return ChangedError(f"{where} was changed while it was read", "read it again from its start")


def _one_line(text: str) -> str:
    return " ".join(text.split())


_MEANINGS: tuple[tuple[frozenset[str], Callable[[Refusal, Where], EssError]], ...] = (
    (frozenset({"NoSuchBucket"}), _no_bucket),
    (frozenset({"NoSuchKey", "NoSuchVersion"}), _no_object),
    (frozenset({"InvalidObjectState"}), _archived),
    (frozenset({"PreconditionFailed"}), _changed),
    (REFUSED | {"InvalidToken"}, _bad_credentials),
    (EXPIRED, _expired),
    (SKEWED, _skewed),
    (DENIED | {"AllAccessDisabled", "AccountProblem"}, _denied),
    (OTHER_REGION, _elsewhere),
    (BUSY, _busy),
)
