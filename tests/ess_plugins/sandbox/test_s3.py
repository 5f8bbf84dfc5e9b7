"""The sandbox's S3 where moto's differs from AWS's."""

import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

BUCKET = "essentia-samples"


def test_a_key_may_hold_a_line_break(sandbox):
    s3 = sandbox.client("s3")
    s3.put_object(Bucket=BUCKET, Key="a\nb\r\nc", Body=b"x")
    assert s3.get_object(Bucket=BUCKET, Key="a\nb\r\nc")["Body"].read() == b"x"
    assert "a\nb\r\nc" in [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    s3.delete_object(Bucket=BUCKET, Key="a\nb\r\nc")


def test_an_archived_object_is_read_only_once_it_is_restored(sandbox):
    s3 = sandbox.client("s3")
    s3.put_object(Bucket=BUCKET, Key="cold", Body=b"x", StorageClass="GLACIER")
    with pytest.raises(ClientError, match="InvalidObjectState"):
        s3.get_object(Bucket=BUCKET, Key="cold")
    s3.restore_object(Bucket=BUCKET, Key="cold", RestoreRequest={"Days": 1})
    assert s3.get_object(Bucket=BUCKET, Key="cold")["Body"].read() == b"x"
    s3.delete_object(Bucket=BUCKET, Key="cold")


@pytest.fixture
def costly(sandbox):
    """A bucket of one object whose requester pays, and a client of another account."""
    owner, where = sandbox.client("s3"), {"Bucket": "costly", "Key": "key"}
    owner.create_bucket(Bucket="costly", ACL="public-read")
    owner.put_object(**where, Body=b"x")
    payer = {"Payer": "Requester"}
    owner.put_bucket_request_payment(Bucket="costly", RequestPaymentConfiguration=payer)
    yield sandbox.client("s3", sandbox.issue_key("bob", "210987654321"))
    owner.delete_object(**where)
    owner.delete_bucket(Bucket="costly")


def test_where_the_requester_pays_he_has_to_say_so(sandbox, costly):
    assert sandbox.client("s3").get_bucket_request_payment(Bucket="costly")["Payer"] == "Requester"
    for ask in (costly.get_object, costly.head_object):
        with pytest.raises(ClientError, match=r"AccessDenied|403"):
            ask(Bucket="costly", Key="key")
        ask(Bucket="costly", Key="key", RequestPayer="requester")
    with pytest.raises(ClientError, match="AccessDenied"):
        costly.list_objects_v2(Bucket="costly")
    assert costly.list_objects_v2(Bucket="costly", RequestPayer="requester")["KeyCount"] == 1


def test_the_owner_pays_without_a_word_and_nobody_unknown_may_read(sandbox, costly):
    owner = sandbox.client("s3")
    assert owner.get_object(Bucket="costly", Key="key")["Body"].read() == b"x"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{sandbox.endpoint}/costly/key")
    assert owner.get_bucket_request_payment(Bucket=BUCKET)["Payer"] == "BucketOwner"


def test_a_bucket_has_a_region(sandbox):
    answer = sandbox.client("s3").list_buckets(MaxBuckets=10)
    regions = {bucket["Name"]: bucket["BucketRegion"] for bucket in answer["Buckets"]}
    assert regions["essentia-samples"] == "us-east-1"
