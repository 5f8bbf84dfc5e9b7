"""Buckets are asked where botocore would ask them."""

import pytest

from ess_core.cloud import Cloud
from ess_core.conf import Conf, Overrides
from ess_plugins.s3.access import Access, client
from ess_plugins.s3.listing.address import asked_of, bucket_at, endpoint_of

BUCKETS = ["bucket", "my-bucket-1", "dotted.bucket", "ab", "Upper", "under_score", "x" * 63, "xn--a", "1-2"]


@pytest.fixture(autouse=True)
def aws(monkeypatch):
    """No endpoint but AWS's: nothing is connected to."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")


def theirs(bucket, region, endpoint_url=None):
    s3 = client(Cloud(Conf(overrides=Overrides(region=region))), Access(endpoint_url))
    return asked_of(s3, bucket).geturl()


@pytest.mark.parametrize(
    "region", ["us-east-1", "us-west-2", "eu-central-1", "ap-southeast-2", "us-gov-west-1"]
)
def test_at_aws(region):
    endpoint = endpoint_of(region, None)
    for bucket in BUCKETS:
        assert bucket_at(endpoint, bucket).geturl() == theirs(bucket, region)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9000", "http://localhost:9000/", "https://s3.example.com/base", "http://[::1]:9000"],
)
def test_elsewhere(url):
    for bucket in BUCKETS:
        assert bucket_at(endpoint_of("us-east-1", url), bucket).geturl() == theirs(bucket, "us-east-1", url)


@pytest.mark.parametrize("region", ["cn-north-1", "us-iso-east-1", "eusc-de-east-1", "nowhere"])
def test_what_is_not_plain_is_left_to_botocore(region):
    assert endpoint_of(region, None) is None


def test_the_environment_names_an_endpoint(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert endpoint_of("us-east-1", None).geturl() == "http://127.0.0.1:1"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:2")
    assert endpoint_of("us-east-1", None).geturl() == "http://127.0.0.1:2"
    assert endpoint_of("us-east-1", "http://127.0.0.1:3").geturl() == "http://127.0.0.1:3"


@pytest.mark.parametrize(
    "url",
    [
        "127.0.0.1:80",
        "ftp://127.0.0.1",
        "http://",
        "http://127.0.0.1/?a=b",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:x",
        "http://[::1",
    ],
)
def test_what_is_no_endpoint_is_for_botocore_to_refuse(url):
    assert endpoint_of("us-east-1", url) is None
