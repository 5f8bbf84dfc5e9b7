"""How S3 is asked: the options of every command on buckets and objects reach each call."""

import argparse
from types import SimpleNamespace

import pytest

from ess_core.cloud import Cloud
from ess_core.conf import load
from ess_plugins.s3.access import Access, client
from ess_plugins.s3.commands import common


@pytest.fixture
def cloud(sandbox, ess, monkeypatch):
    """AWS as the sandbox's configuration says."""
    for name, value in sandbox.env.items():
        monkeypatch.setenv(name, value)
    return Cloud(load())


def _headers(s3):
    """The headers of what is asked from here on."""
    sent = []
    s3.meta.events.register("before-send.s3", lambda request, **_: sent.append(request.headers))
    return sent


def _parsed(*words):
    parser = argparse.ArgumentParser(exit_on_error=False)
    common.add_access(parser)
    return parser.parse_args(words)


def test_the_requester_pays_for_every_call_where_asked_to(cloud):
    s3 = client(cloud, Access(payer="requester"))
    sent = _headers(s3)
    s3.list_objects_v2(Bucket="essentia-samples")
    s3.head_bucket(Bucket="essentia-samples")
    assert [one["x-amz-request-payer"] for one in sent] == [b"requester"] * 2
    assert all(b"x-amz-request-payer" in one["Authorization"] for one in sent)


def test_nobody_else_pays_without_being_asked(cloud):
    client(cloud, Access(payer="requester"))
    s3 = client(cloud)
    sent = _headers(s3)
    s3.head_bucket(Bucket="essentia-samples")
    assert "x-amz-request-payer" not in sent[0]


@pytest.fixture
def public(sandbox):
    """A bucket that anybody may read."""
    owner = sandbox.client("s3")
    owner.create_bucket(Bucket="open-to-all", ACL="public-read")
    yield "open-to-all"
    owner.delete_bucket(Bucket="open-to-all")


def test_an_unsigned_request_reads_a_public_bucket_and_needs_no_credentials(public, cloud, ess, monkeypatch):
    for name in ("ESS_CONF", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(ess.cwd)
    s3 = client(Cloud(load()), Access(unsigned=True))
    sent = _headers(s3)
    assert s3.list_objects_v2(Bucket=public)["KeyCount"] == 0
    assert "Authorization" not in sent[0]


def test_the_endpoint_of_the_command_line_stands_above_the_environments(sandbox, cloud, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    s3 = common.client(SimpleNamespace(cloud=cloud), _parsed("--endpoint-url", sandbox.endpoint))
    assert s3.list_buckets()["Buckets"]
    assert client(cloud).meta.endpoint_url == "http://127.0.0.1:9"


def test_the_arguments_say_how_s3_is_asked():
    assert common.how(_parsed()) == Access()
    assert common.how(_parsed("--request-payer", "--no-sign-request")) == Access(
        unsigned=True, payer="requester"
    )
    assert common.how(_parsed("--request-payer", "requester")).payer == "requester"


def test_a_key_after_request_payer_is_not_taken_for_the_payer():
    with pytest.raises(
        argparse.ArgumentError, match="'bucket/key' is not 'requester': write --request-payer"
    ):
        _parsed("--request-payer", "bucket/key")


@pytest.mark.parametrize("url", ["", "127.0.0.1:9000", "s3://bucket", "https://"])
def test_what_is_no_url_is_refused(url):
    with pytest.raises(argparse.ArgumentError, match="is not a URL"):
        _parsed("--endpoint-url", url)


@pytest.fixture
def costly(sandbox, ess):
    """A bucket whose requester pays, with one object; and the option for somebody else's credentials."""
    owner, where, bob = (
        sandbox.client("s3"),
        {"Bucket": "costly", "Key": "key"},
        sandbox.issue_key("bob", "2" * 12),
    )
    owner.create_bucket(Bucket="costly")
    owner.put_object(**where, Body=b"x")
    payer = {"Payer": "Requester"}
    owner.put_bucket_request_payment(Bucket="costly", RequestPaymentConfiguration=payer)
    lines = f"Access key ID,Secret access key\n{bob.access_key_id},{bob.secret_access_key}\n"
    (ess.cwd / "bob.csv").write_text(lines)
    yield ["--credentials", "bob.csv"]
    owner.delete_object(**where)
    owner.delete_bucket(Bucket="costly")


@pytest.mark.parametrize("words", [["cat", "costly/key"], ["cat", "costly/*"], ["head", "costly/key"]])
def test_where_the_requester_pays_each_command_says_so_if_asked_to(here, costly, words):
    refused = here("s3", *words, *costly)
    assert refused.returncode == 1
    assert "where the requester pays, type --request-payer" in refused.stderr
    assert here("s3", *words, *costly, "--request-payer").returncode == 0
