"""Each way in which S3 refuses has a sentence of its own, which names bucket and endpoint."""

import boto3
import pytest
from botocore.config import Config

from ess_core.errors import EssError
from ess_plugins.s3 import failures
from ess_plugins.s3.failures import explained

BUCKET = "essentia-samples"


def _said(s3, bucket=BUCKET, key="nosuch"):
    with pytest.raises(EssError) as caught, explained(s3, bucket, key):
        s3.get_object(Bucket=bucket, Key=key)
    return caught.value


def _stranger(sandbox, **changes):
    usual = {"aws_access_key_id": "AKIANOBODY", "aws_secret_access_key": "x", "region_name": "us-east-1"}
    once = Config(retries={"total_max_attempts": 1})
    return boto3.client("s3", **{"endpoint_url": sandbox.endpoint, "config": once, **usual, **changes})


def test_no_bucket(sandbox):
    error = _said(sandbox.client("s3"), "nosuch-bucket")
    assert isinstance(error, failures.NoBucketError)
    assert error.message == f"there is no bucket nosuch-bucket at {sandbox.endpoint}"


def test_no_object(sandbox):
    error = _said(sandbox.client("s3"), key="a/b c")
    assert isinstance(error, failures.NoObjectError)
    assert error.message == f"there is no object 'a/b c' in bucket {BUCKET} at {sandbox.endpoint}"
    assert error.hint == f"`ess s3 ls {BUCKET}/a/` lists what there is"


def test_not_allowed(sandbox):
    sandbox.plan(deny=["GetObject"])
    error = _said(sandbox.client("s3"))
    start = f"not allowed to call GetObject on s3://{BUCKET}/nosuch at {sandbox.endpoint}: "
    assert error.message.startswith(start)


@pytest.mark.parametrize("key", ["AKIANOBODY", None])
def test_bad_credentials(sandbox, key):
    known = sandbox.key.access_key_id
    error = _said(_stranger(sandbox, aws_access_key_id=key or known))
    start = f"{sandbox.endpoint} does not accept these credentials for bucket {BUCKET} ("
    code = "InvalidAccessKeyId" if key else "SignatureDoesNotMatch"
    assert error.message.startswith(f"{start}{code}): ")


def test_nobody_answers(sandbox):
    error = _said(_stranger(sandbox, endpoint_url="http://127.0.0.1:9"))
    assert error.message == f"cannot reach S3 at http://127.0.0.1:9 for bucket {BUCKET}: Connection refused"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredToken", "have expired (ExpiredToken)"),
        ("RequestTimeTooSkewed", "this machine's clock is wrong"),
        ("PermanentRedirect", "is in another region than"),
        ("SlowDown", "is too busy for bucket"),
        ("InvalidObjectState", "is archived and not restored"),
        ("PreconditionFailed", "was changed while it was read"),
        ("KeyTooLongError", "GetObject failed: KeyTooLongError (KeyTooLongError)"),
    ],
)
def test_the_rest_by_its_code(sandbox, code, words):
    sandbox.plan(errors=[{"action": "GetObject", "code": code, "times": 9}])
    assert words in _said(sandbox.client("s3", attempts=1)).message
