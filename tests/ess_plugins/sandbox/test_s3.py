"""The sandbox's S3 where moto's differs from AWS's."""

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
