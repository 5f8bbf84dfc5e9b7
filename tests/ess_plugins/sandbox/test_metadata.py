"""What a worker can ask of its own instance metadata service, and what its role lets it do."""

import json
import shlex
import sys
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

from ess_plugins.sandbox.settings import PROFILE
from tests.fixtures.sandbox import TestKey

WHO_AM_I = """
import botocore.session
print(botocore.session.get_session().create_client("sts", "us-east-1").get_caller_identity()["Arn"])
"""
ROLE = f"latest/meta-data/iam/security-credentials/{PROFILE}"


@pytest.fixture
def metadata(running, ssh):
    """Ask the metadata service of a new instance as its own processes would."""
    with_profile = {"IamInstanceProfile": {"Name": PROFILE}}

    def made(**given):
        [instance] = running(1, **(given or with_profile))
        address = instance["PrivateIpAddress"]
        said = ssh(address, "printenv AWS_EC2_METADATA_SERVICE_ENDPOINT", timeout_s=5).stdout
        return Metadata(instance, said.decode().strip())

    return made


class Metadata:
    def __init__(self, instance, url):
        self.instance, self.url = instance, url

    def ask(self, path, method="GET", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"{self.url}/{path}", method=method, headers=named)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.read().decode()

    def token(self, seconds="60"):
        return self.ask("latest/api/token", "PUT", X_aws_ec2_metadata_token_ttl_seconds=seconds)

    def get(self, path):
        return self.ask(path, X_aws_ec2_metadata_token=self.token())

    def key(self):
        found = json.loads(self.get(ROLE))
        return TestKey(found["AccessKeyId"], found["SecretAccessKey"], found["Token"])


def status_of(call, *arguments, **named):
    with pytest.raises(urllib.error.HTTPError) as caught:
        call(*arguments, **named)
    caught.value.close()
    return caught.value.code


def test_says_what_the_instance_is(metadata):
    found = metadata()
    assert found.get("latest/meta-data/instance-id") == found.instance["InstanceId"]
    assert found.get("latest/meta-data/local-ipv4") == found.instance["PrivateIpAddress"]
    assert found.get("latest/meta-data/placement/region") == "us-east-1"
    zone = found.get("latest/meta-data/placement/availability-zone/")
    assert zone == found.instance["Placement"]["AvailabilityZone"]
    document = json.loads(found.get("latest/dynamic/instance-identity/document"))
    assert document["instanceId"] == found.instance["InstanceId"]


def test_wants_a_token_of_this_instance(metadata):
    one, other = metadata(), metadata()
    path = "latest/meta-data/instance-id"
    assert status_of(one.ask, path) == 401
    assert status_of(one.ask, path, X_aws_ec2_metadata_token="made-up") == 401
    assert status_of(one.ask, path, X_aws_ec2_metadata_token=other.token()) == 401
    assert status_of(one.token, "0") == 400
    assert status_of(one.token, "21601") == 400


def test_nobody_finds_it_without_its_address(metadata):
    found = metadata()
    found.url = found.url[:-8] + "0" * 8
    assert status_of(found.token) == 404


def test_ends_with_the_instance(metadata, sandbox):
    found = metadata()
    sandbox.client("ec2").terminate_instances(InstanceIds=[found.instance["InstanceId"]])
    assert status_of(found.token) == 404


def test_has_no_role_without_a_profile(metadata):
    found = metadata(IamInstanceProfile={})
    assert status_of(found.get, "latest/meta-data/iam/security-credentials/") == 404
    assert status_of(found.get, ROLE) == 404


def test_a_profile_that_is_not_there_launches_nothing(launch, sandbox):
    with pytest.raises(ClientError):
        launch(IamInstanceProfile={"Name": "nobody"})
    assert not sandbox.live()


def test_the_role_reads_and_writes_buckets_and_does_nothing_else(metadata, sandbox, make_bucket):
    make_bucket("workers-bucket")
    found = metadata()
    assert found.get("latest/meta-data/iam/security-credentials/") == PROFILE
    key = found.key()
    assert key == found.key()
    who = sandbox.client("sts", key).get_caller_identity()["Arn"]
    assert who.endswith(f":assumed-role/{PROFILE}/{found.instance['InstanceId']}")
    s3 = sandbox.client("s3", key)
    s3.put_object(Bucket="workers-bucket", Key="a", Body=b"1")
    assert s3.list_objects_v2(Bucket="workers-bucket")["KeyCount"] == 1
    s3.delete_object(Bucket="workers-bucket", Key="a")
    for refused in (
        lambda: s3.delete_bucket(Bucket="workers-bucket"),
        lambda: sandbox.client("ec2", key).describe_instances(),
        lambda: sandbox.client("sts", key).get_session_token(),
    ):
        with pytest.raises(ClientError) as caught:
            refused()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_a_process_of_the_worker_finds_keys_and_aws_by_itself(metadata, ssh):
    found = metadata()
    done = ssh(
        found.instance["PrivateIpAddress"],
        f"{shlex.quote(sys.executable)} -c {shlex.quote(WHO_AM_I)}",
        timeout_s=20,
    )
    assert done.stdout.decode().strip().endswith(f":assumed-role/{PROFILE}/{found.instance['InstanceId']}")


def test_all_instances_of_a_launch_have_the_profile(running):
    launched = running(3, IamInstanceProfile={"Name": PROFILE})
    assert [one["IamInstanceProfile"]["Arn"].rpartition("/")[2] for one in launched] == [PROFILE] * 3
