"""Whose credentials, which region, how many tries: decided once, for every client."""

import os
import pickle
import re
import threading
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from ess_core.cloud import PATIENT, Cloud, Identity, session
from ess_core.conf import Conf, Overrides, load
from ess_core.errors import ConfigError
from ess_core.registry import REGISTRY, Entry, Kind
from ess_plugins.ec2 import schema


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A working folder without a configuration; nobody's profile or region."""
    monkeypatch.setattr(REGISTRY, "entries", [Entry(Kind.CONFIG, "EC2", "ec2", schema.SECTION)])
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "ess-home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def conf(folder):
    """Load an instance.conf with these lines in `[EC2]`."""

    def conf(*lines, **overrides):
        Path("instance.conf").write_text("\n".join(("[EC2]", *lines)))
        return load(Overrides(**overrides))

    return conf


@pytest.fixture
def aws_config(folder, monkeypatch):
    """Write ~/.aws/config with profiles."""
    path = folder / "aws-config"
    path.write_text(
        "[profile team]\nregion = eu-north-1\naws_access_key_id = AKIATEAM\naws_secret_access_key = s\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(path))


def _csv(folder, key, name="keys.csv"):
    header = "User Name,Access Key Id,Secret Access Key"
    (folder / name).write_text(f"{header}\nann,{key.access_key_id},{key.secret_access_key}\n")


def test_the_region_comes_from_the_first_that_names_one(conf, aws_config, monkeypatch):
    def region(*lines, **overrides):
        cloud = Cloud(conf(*lines, **overrides))
        return cloud.region, cloud.region_origin

    assert region() == ("us-east-1", "default")
    assert region("profile: team") == ("eu-north-1", "profile")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    assert region("profile: team") == ("eu-west-3", "AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_REGION", "eu-west-2")
    assert region("profile: team") == ("eu-west-2", "AWS_REGION")
    assert region("profile: team", "region: eu-west-1") == ("eu-west-1", "instance.conf:3")
    assert region("region: eu-west-1", region="ap-south-1") == ("ap-south-1", "--region")


def test_the_csv_of_the_conf_is_used_and_nothing_of_the_environment(sandbox, folder, conf, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAWRONG")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    _csv(folder, sandbox.issue_key("ann"))
    found = Cloud(conf("aws_credential: keys")).whoami()
    assert found == Identity("123456789012", "arn:aws:iam::123456789012:user/ann")


def test_another_process_has_the_same_keys_and_region_without_the_files(sandbox, folder, conf, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint)
    _csv(folder, sandbox.issue_key("ann"))
    cloud = Cloud(conf("aws_credential: keys", "region: eu-west-3"))
    assert cloud.client("sts")
    assert cloud.static
    pickled = pickle.dumps(cloud)
    for file in ("keys.csv", "instance.conf"):
        (folder / file).unlink()
    sent = pickle.loads(pickled)
    assert sent.whoami().arn.endswith("user/ann")
    assert (sent.region, sent.static) == ("eu-west-3", cloud.static)


def test_one_task_after_another_of_a_process_has_the_same_clients(conf):
    cloud, other = Cloud(conf("region: eu-west-3")), Cloud(conf("region: eu-west-3"))
    first, second = (pickle.loads(pickle.dumps(cloud)) for _ in range(2))
    assert first.client("sts") is second.client("sts")
    assert first.client("sts") is not cloud.client("sts")
    assert pickle.loads(pickle.dumps(other)).client("sts") is not first.client("sts")


def test_a_process_keeps_the_clients_of_a_few_runs_only(conf):
    sent = [pickle.dumps(Cloud(conf())) for _ in range(9)]
    first = [pickle.loads(one) for one in sent]
    again = [pickle.loads(one) for one in sent]
    assert first[0] is not again[0]
    assert len(session._ARRIVED) < len(sent)


def test_no_secret_of_the_csv_is_shown(sandbox, folder, conf):
    key = sandbox.issue_key("ann")
    _csv(folder, key)
    cloud = Cloud(conf("aws_credential: keys"))
    assert cloud.session
    assert key.secret_access_key not in repr(cloud) + repr(vars(cloud))


def test_without_a_csv_the_chain_of_aws_is_used(sandbox, conf, aws_config, monkeypatch):
    assert Cloud(conf("profile: team")).session.get_credentials().access_key == "AKIATEAM"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    assert Cloud(conf()).session.get_credentials().access_key == "AKIAENVIRONMENT"


def test_without_any_credentials_the_first_call_says_so(conf):
    with pytest.raises(NoCredentialsError):
        Cloud(conf()).whoami()


def test_a_profile_that_does_not_exist_is_said(conf):
    with pytest.raises(ConfigError, match="nosuch") as caught:
        Cloud(conf("profile: nosuch")).client("sts")
    assert caught.value.hint.startswith("`aws configure list-profiles`")


def test_temporary_credentials_work(sandbox, conf, monkeypatch):
    given = sandbox.client("sts").get_session_token()["Credentials"]
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", given["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", given["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", given["SessionToken"])
    assert Cloud(conf()).whoami().account == "123456789012"


def test_one_client_serves_all_who_ask_for_the_same(sandbox, folder, conf):
    _csv(folder, sandbox.key)
    cloud = Cloud(conf("aws_credential: keys"))
    assert cloud.client("ec2") is cloud.client("ec2")
    assert cloud.client("ec2") is not cloud.client("ec2", attempts=PATIENT)
    assert cloud.client("ec2", region="eu-west-1").meta.region_name == "eu-west-1"


@pytest.mark.parametrize("attempts", [1, 3])
def test_a_client_tries_as_often_as_it_was_asked_to(sandbox, folder, conf, monkeypatch, attempts):
    monkeypatch.setenv("AWS_ENDPOINT_URL", sandbox.endpoint)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    _csv(folder, sandbox.key)
    ec2 = Cloud(conf("aws_credential: keys")).client("ec2", attempts=attempts)
    sandbox.plan(errors=[{"action": "DescribeVpcs", "code": "InternalError", "http": 500, "times": 9}])
    with pytest.raises(ClientError):
        ec2.describe_vpcs()
    assert sandbox.counts()["ec2:DescribeVpcs"] == attempts


def test_nothing_shows_the_secret(sandbox, folder, conf):
    _csv(folder, sandbox.key)
    cloud = Cloud(conf("aws_credential: keys"))
    cloud.client("ec2")
    assert sandbox.key.secret_access_key not in repr(vars(cloud)) + repr(cloud)


def test_the_service_sees_who_calls(sandbox, folder, conf):
    _csv(folder, sandbox.key)
    assert "ess/" in Cloud(conf("aws_credential: keys")).client("ec2").meta.config.user_agent


def test_making_it_asks_and_imports_nothing():
    cloud = Cloud(load())
    assert set(vars(cloud)) <= {"_conf", "command", "_clients", "_id"}
    assert os.environ["AWS_EC2_METADATA_DISABLED"] == "true"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("foo", "Invalid endpoint: foo"),
        ("http://", "Invalid endpoint: http://"),
        ("127.0.0.1:80", "Invalid endpoint: 127.0.0.1:80"),
        ("http://127.0.0.1:99999", "Port out of range"),
        ("http://[::1", "Invalid IPv6 URL"),
    ],
)
def test_an_endpoint_that_is_no_url_is_refused_when_the_client_is_made(conf, monkeypatch, url, reason):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
    with pytest.raises(ConfigError, match=f"the endpoint of s3 is no URL: {re.escape(reason)}") as refused:
        Cloud(conf()).client("s3")
    assert "AWS_ENDPOINT_URL" in refused.value.hint


def test_clients_are_made_one_after_the_other(monkeypatch):
    making, together = threading.Lock(), []

    def slow(_session, _chosen):
        together.append(not making.acquire(blocking=False))
        time.sleep(0.02)
        making.release()
        return object()

    monkeypatch.setattr(session, "_make", slow)
    clouds = [Cloud(Conf()) for _ in range(4)]
    threads = [threading.Thread(target=cloud.client, args=("s3",)) for cloud in clouds * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [False] * 4
