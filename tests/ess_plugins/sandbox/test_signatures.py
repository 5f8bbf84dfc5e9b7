"""Only who has a key of this sandbox gets an answer, and a refusal is in the service's own words."""

import http.client
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import botocore.auth
import pytest
from botocore import UNSIGNED
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.session import Session

from tests.fixtures.sandbox import TestKey

CALLS = {
    "ec2": lambda client: client.describe_instances(),
    "redshift": lambda client: client.describe_clusters(),
    "s3": lambda client: client.list_buckets(),
    "service-quotas": lambda client: client.list_service_quotas(ServiceCode="ec2"),
    "ssm": lambda client: client.get_parameters(Names=["/aws/service/x"]),
    "sts": lambda client: client.get_caller_identity(),
}
UNKNOWN = {
    "ec2": "AuthFailure",
    "redshift": "InvalidClientTokenId",
    "s3": "InvalidAccessKeyId",
    "service-quotas": "UnrecognizedClientException",
    "ssm": "UnrecognizedClientException",
    "sts": "InvalidClientTokenId",
}
WRONG = UNKNOWN | {
    "redshift": "SignatureDoesNotMatch",
    "s3": "SignatureDoesNotMatch",
    "service-quotas": "InvalidSignatureException",
    "ssm": "InvalidSignatureException",
    "sts": "SignatureDoesNotMatch",
}
EXPIRED = {
    "ec2": "RequestExpired",
    "redshift": "ExpiredToken",
    "s3": "ExpiredToken",
    "service-quotas": "ExpiredTokenException",
    "ssm": "ExpiredTokenException",
    "sts": "ExpiredToken",
}


def code(sandbox, service, key):
    with pytest.raises(ClientError) as caught:
        CALLS[service](sandbox.client(service, key, attempts=1))
    return caught.value.response["Error"]["Code"]


def raw(sandbox, method="GET", path="/", headers=None, body=b""):
    connection = http.client.HTTPConnection(urlsplit(sandbox.endpoint).netloc, timeout=10)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_every_service_answers_its_own_key(sandbox):
    for service, call in CALLS.items():
        call(sandbox.client(service))


@pytest.mark.parametrize("service", CALLS)
def test_a_key_of_elsewhere_is_refused(sandbox, service):
    assert code(sandbox, service, TestKey("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI")) == UNKNOWN[service]


@pytest.mark.parametrize("service", CALLS)
def test_a_wrong_secret_is_refused(sandbox, service):
    assert code(sandbox, service, TestKey(sandbox.key.access_key_id, "wrong")) == WRONG[service]


@pytest.mark.parametrize("service", CALLS)
def test_an_expired_key_is_refused(sandbox, service):
    sandbox.expire(sandbox.key)
    assert code(sandbox, service, sandbox.key) == EXPIRED[service]


def test_an_expired_key_lasts_again_after_a_reset(sandbox):
    sandbox.expire(sandbox.key)
    sandbox.reset()
    CALLS["sts"](sandbox.client("sts"))


def test_unsigned_calls_are_refused(sandbox):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert raw(sandbox, "POST", "/", form, b"Action=DescribeInstances&Version=2016-11-15")[0] == 403
    assert raw(sandbox, "POST", "/", {"X-Amz-Target": "AmazonSSM.GetParameter"}, b"{}")[0] == 403
    assert raw(sandbox, "GET", "/")[0] == 403
    assert raw(sandbox, "PUT", "/essentia-samples/new", {}, b"x")[0] == 403


@pytest.mark.parametrize(
    "header",
    [
        "",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=" + "0" * 64,
        "AWS4-HMAC-SHA256 Credential=" + "A" * 40_000 + ", SignedHeaders=host, Signature=" + "0" * 64,
        "Basic dXNlcjpwYXNz",
        "AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=",
        "\xff\xfe\x80",
    ],
)
def test_a_hostile_signature_is_refused_and_breaks_nothing(sandbox, header):
    status, _ = raw(sandbox, headers={"Authorization": header.encode("latin-1")})
    assert 400 <= status < 500
    CALLS["sts"](sandbox.client("sts"))


@pytest.mark.parametrize("path", ["/moto-api/reset", "/moto-api/data.json", "/latest/meta-data/iam"])
def test_motos_own_doors_are_closed(sandbox, launch, path):
    launch()
    assert raw(sandbox, "POST", path)[0] == 403
    assert raw(sandbox, "GET", path)[0] == 403
    assert len(sandbox.instances()) == 1


def signed(sandbox, body=b"Action=DescribeRegions&Version=2016-11-15", **headers):
    """A signed EC2 request, as a raw header table."""
    request = AWSRequest("POST", sandbox.endpoint + "/", headers=headers, data=body)
    request.headers["Content-Type"] = "application/x-www-form-urlencoded"
    SigV4Auth(
        Credentials(sandbox.key.access_key_id, sandbox.key.secret_access_key), "ec2", "us-east-1"
    ).add_auth(request)
    return dict(request.headers.items())


def sign_at(monkeypatch, offset):
    """Let this process sign as if its clock were ``offset`` from now."""
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: datetime.now(UTC) + offset)


def test_a_signed_request_is_answered(sandbox):
    body = b"Action=DescribeRegions&Version=2016-11-15"
    assert raw(sandbox, "POST", "/", signed(sandbox, body), body)[0] == 200


def test_a_changed_body_is_refused(sandbox):
    headers = signed(sandbox)
    assert raw(sandbox, "POST", "/", headers, b"Action=DescribeInstances&Version=2016-11-15")[0] == 401


def test_an_object_that_is_not_the_one_signed_is_refused(sandbox):
    request = AWSRequest("PUT", f"{sandbox.endpoint}/essentia-samples/swapped", data=b"good")
    credentials = Credentials(sandbox.key.access_key_id, sandbox.key.secret_access_key)
    S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
    headers = dict(request.headers.items())
    assert raw(sandbox, "PUT", "/essentia-samples/swapped", headers, b"evil")[0] == 403
    assert raw(sandbox, "PUT", "/essentia-samples/swapped", headers, b"good")[0] == 200
    sandbox.client("s3").delete_object(Bucket="essentia-samples", Key="swapped")


def test_a_changed_header_is_refused(sandbox):
    headers = signed(sandbox) | {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    assert raw(sandbox, "POST", "/", headers, b"Action=DescribeRegions&Version=2016-11-15")[0] == 401


def test_a_request_of_yesterday_is_refused(sandbox, monkeypatch):
    sign_at(monkeypatch, timedelta(days=-1))
    status, text = raw(sandbox, "POST", "/", signed(sandbox), b"Action=DescribeRegions&Version=2016-11-15")
    assert (status, b"RequestExpired" in text) == (400, True)


def test_a_web_page_is_refused_whatever_it_knows(sandbox):
    headers = signed(sandbox) | {"Origin": "http://127.0.0.1"}
    assert raw(sandbox, "POST", "/", headers, b"Action=DescribeRegions&Version=2016-11-15")[0] == 403
    door = {"X-Sandbox-Secret": sandbox.running.ready.secret}
    assert raw(sandbox, "GET", "/_sandbox/calls", door)[0] == 200
    assert raw(sandbox, "GET", "/_sandbox/calls", door | {"Origin": "null"})[0] == 403


def test_the_control_door_needs_its_own_secret(sandbox):
    assert raw(sandbox, "GET", "/_sandbox/calls")[0] == 403
    assert raw(sandbox, "GET", "/_sandbox/calls", {"X-Sandbox-Secret": "guess"})[0] == 403
    assert raw(sandbox, "POST", "/_sandbox/keys", signed(sandbox), b'{"user": "mallory"}')[0] == 403


def presigned(sandbox):
    key = {
        "aws_access_key_id": sandbox.key.access_key_id,
        "aws_secret_access_key": sandbox.key.secret_access_key,
    }
    config = Config(signature_version="s3v4")
    s3 = Session().create_client("s3", "us-east-1", endpoint_url=sandbox.endpoint, config=config, **key)
    parameters = {"Bucket": "essentia-samples", "Key": "orders_2026-01-01.csv.gz"}
    return s3.generate_presigned_url("get_object", parameters, ExpiresIn=60).removeprefix(sandbox.endpoint)


def test_a_presigned_address_works_unchanged_only(sandbox):
    status, body = raw(sandbox, "GET", presigned(sandbox))
    assert (status, body[:2]) == (200, b"\x1f\x8b")
    assert raw(sandbox, "GET", presigned(sandbox).replace("01-01", "01-02"))[0] == 403


def test_a_presigned_address_ends(sandbox, monkeypatch):
    sign_at(monkeypatch, timedelta(seconds=-50))
    assert raw(sandbox, "GET", presigned(sandbox))[0] == 200
    sign_at(monkeypatch, timedelta(seconds=-70))
    assert raw(sandbox, "GET", presigned(sandbox))[0] == 403


def temporary(answer):
    given = answer["Credentials"]
    return TestKey(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def test_keys_that_sts_issues_work_and_say_whose_they_are(sandbox):
    sts = sandbox.client("sts")
    role = "arn:aws:iam::123456789012:role/loader"
    issued = {
        "user/ess-sandbox": sts.get_session_token(),
        "federated-user/ann": sts.get_federation_token(Name="ann"),
        "assumed-role/loader/nightly": sts.assume_role(RoleArn=role, RoleSessionName="nightly"),
    }
    for name, answer in issued.items():
        arn = sandbox.client("sts", temporary(answer)).get_caller_identity()["Arn"]
        assert arn.endswith(f"::123456789012:{name}")


def test_a_temporary_key_needs_its_token(sandbox):
    key = temporary(sandbox.client("sts").get_session_token())
    assert code(sandbox, "ec2", TestKey(key.access_key_id, key.secret_access_key)) == "AuthFailure"
    assert code(sandbox, "ec2", TestKey(key.access_key_id, key.secret_access_key, "other")) == "AuthFailure"


def test_another_user_has_another_arn_in_the_same_account(sandbox, launch):
    other = sandbox.issue_key("bob")
    who = sandbox.client("sts", other).get_caller_identity()
    assert who["Arn"] == "arn:aws:iam::123456789012:user/bob"
    launch()
    assert len(sandbox.client("ec2", other).describe_instances()["Reservations"]) == 1


def test_another_account_sees_nothing_of_this_one(sandbox, launch):
    launch()
    other = sandbox.issue_key("eve", account="210987654321")
    assert sandbox.client("sts", other).get_caller_identity()["Account"] == "210987654321"
    assert sandbox.client("ec2", other).describe_instances()["Reservations"] == []
    assert sandbox.client("s3", other).list_buckets()["Buckets"] == []


def test_a_bucket_marked_public_can_be_read_unsigned_but_not_written(sandbox, make_bucket):
    s3 = sandbox.client("s3")
    make_bucket("open-data", ACL="public-read")
    s3.put_object(Bucket="open-data", Key="a.txt", Body=b"hello", ACL="public-read")
    assert raw(sandbox, "GET", "/open-data/a.txt") == (200, b"hello")
    assert b"a.txt" in raw(sandbox, "GET", "/open-data?list-type=2")[1]
    assert raw(sandbox, "PUT", "/open-data/b.txt", {}, b"x")[0] == 403
    assert raw(sandbox, "DELETE", "/open-data/a.txt")[0] == 403
    assert raw(sandbox, "GET", "/essentia-samples/orders_2026-01-01.csv.gz")[0] == 403
    assert raw(sandbox, "GET", "/no-such-bucket/x")[0] == 403


def test_an_anonymous_client_can_list_a_bucket_made_public_by_policy(sandbox, make_bucket):
    s3 = sandbox.client("s3")
    make_bucket("open-policy")
    s3.put_object(Bucket="open-policy", Key="a.txt", Body=b"hello")
    statement = '{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::open-policy/*"}'
    s3.put_bucket_policy(Bucket="open-policy", Policy=f'{{"Statement":[{statement}]}}')
    anonymous = Session().create_client(
        "s3", "us-east-1", endpoint_url=sandbox.endpoint, config=Config(signature_version=UNSIGNED)
    )
    assert anonymous.list_objects_v2(Bucket="open-policy")["KeyCount"] == 1
    assert anonymous.get_object(Bucket="open-policy", Key="a.txt")["Body"].read() == b"hello"
    with pytest.raises(ClientError, match="AccessDenied"):
        anonymous.delete_object(Bucket="open-policy", Key="a.txt")


def test_objects_of_every_kind_of_name_and_size_come_back(sandbox, make_bucket):
    s3 = sandbox.client("s3")
    make_bucket("names")
    for name, body in {"a b+c/ü~%20.txt": b"x", "empty": b"", "large": b"0123456789" * 500_000}.items():
        s3.put_object(Bucket="names", Key=name, Body=body)
        assert s3.get_object(Bucket="names", Key=name)["Body"].read() == body
        assert s3.head_object(Bucket="names", Key=name)["ContentLength"] == len(body)
