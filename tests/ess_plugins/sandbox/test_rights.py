"""A federated user may do what his policy says, and no more."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.fixtures.sandbox import TestKey


@pytest.fixture
def federated(sandbox):
    """A client of S3 whose key has these statements."""

    def made(*statements, service="s3"):
        sts = sandbox.client("sts")
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        given = sts.get_federation_token(Name="ess", **({"Policy": policy} if statements else {}))
        found = given["Credentials"]
        key = TestKey(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
        return sandbox.client(service, key)

    return made


def allow(*actions, resource="*", effect="Allow", **rest):
    return {"Effect": effect, "Action": list(actions), "Resource": resource, **rest}


def assert_refused(call, **given):
    with pytest.raises(ClientError) as caught:
        call(**given)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.fixture
def buckets(make_bucket, sandbox):
    for name in ("rights-mine", "rights-yours"):
        make_bucket(name)
        sandbox.client("s3").put_object(Bucket=name, Key="in/a", Body=b"1")


@pytest.mark.usefixtures("buckets")
def test_only_the_named_bucket_is_read(federated):
    s3 = federated(
        allow("s3:GetObject", resource="arn:aws:s3:::rights-mine/*"),
        allow("s3:ListBucket", resource="arn:aws:s3:::rights-mine"),
    )
    assert s3.get_object(Bucket="rights-mine", Key="in/a")["Body"].read() == b"1"
    assert s3.head_object(Bucket="rights-mine", Key="in/a")["ContentLength"] == 1
    assert s3.list_objects_v2(Bucket="rights-mine")["KeyCount"] == 1
    assert_refused(s3.get_object, Bucket="rights-yours", Key="in/a")
    assert_refused(s3.list_objects_v2, Bucket="rights-yours")
    assert_refused(s3.put_object, Bucket="rights-mine", Key="in/b", Body=b"")
    assert_refused(s3.delete_objects, Bucket="rights-mine", Delete={"Objects": [{"Key": "in/a"}]})
    assert_refused(s3.list_buckets)


@pytest.mark.usefixtures("buckets")
def test_only_below_the_named_folder_is_written(federated):
    s3 = federated(allow("s3:PutObject", "s3:DeleteObject", resource="arn:aws:s3:::rights-mine/out/*"))
    s3.put_object(Bucket="rights-mine", Key="out/b", Body=b"2")
    upload = s3.create_multipart_upload(Bucket="rights-mine", Key="out/c")["UploadId"]
    s3.upload_part(Bucket="rights-mine", Key="out/c", UploadId=upload, PartNumber=1, Body=b"3")
    s3.delete_objects(Bucket="rights-mine", Delete={"Objects": [{"Key": "out/b"}]})
    both = {"Objects": [{"Key": "out/c"}, {"Key": "in/a"}]}
    assert_refused(s3.delete_objects, Bucket="rights-mine", Delete=both)
    assert_refused(s3.put_object, Bucket="rights-mine", Key="in/b", Body=b"")
    source = {"Bucket": "rights-mine", "Key": "in/a"}
    assert_refused(s3.copy_object, Bucket="rights-mine", Key="out/d", CopySource=source)


@pytest.mark.usefixtures("buckets")
def test_a_listing_may_be_limited_to_a_prefix(federated):
    condition = {"StringLike": {"s3:prefix": ["in/*"]}}
    s3 = federated(allow("s3:ListBucket", resource="arn:aws:s3:::rights-mine", Condition=condition))
    assert s3.list_objects_v2(Bucket="rights-mine", Prefix="in/")["KeyCount"] == 1
    assert_refused(s3.list_objects_v2, Bucket="rights-mine")


@pytest.mark.usefixtures("buckets")
def test_a_denial_stands_above_what_is_allowed(federated):
    s3 = federated(allow("s3:*"), allow("s3:GetObject", resource="*/in/*", effect="Deny"))
    assert s3.list_objects_v2(Bucket="rights-mine")["KeyCount"] == 1
    assert_refused(s3.get_object, Bucket="rights-mine", Key="in/a")


def test_without_a_policy_he_may_only_ask_who_he_is(federated):
    assert_refused(federated().list_buckets)
    assert ":federated-user/ess" in federated(service="sts").get_caller_identity()["Arn"]


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow"},
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"x": "true"}}},
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringLike": {"x": "true"}}},
        "s3:*",
    ],
)
def test_a_policy_that_is_not_understood_is_refused(federated, statement):
    with pytest.raises(ClientError, match="malformed"):
        federated(statement)


def test_temporary_keys_get_no_federation_token(sandbox):
    found = sandbox.client("sts").get_session_token()["Credentials"]
    key = TestKey(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
    assert_refused(sandbox.client("sts", key).get_federation_token, Name="ess")
