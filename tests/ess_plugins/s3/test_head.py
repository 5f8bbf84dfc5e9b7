"""`s3 head`: what S3 knows of one object."""

import json

import pytest

from tests.fixtures.s3server.objects import Stored

BUCKET = "heads"


@pytest.fixture
def s3(sandbox):
    """A bucket of its own, and a client for it."""
    client = sandbox.client("s3")
    client.create_bucket(Bucket=BUCKET)
    yield client
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    client.delete_bucket(Bucket=BUCKET)


def _head(here, key, *words):
    done = here("s3", "head", f"{BUCKET}/{key}", "-f", "json", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_everything_that_is_known_is_shown(s3, here):
    s3.put_object(
        Bucket=BUCKET,
        Key="a b/ü.csv.gz",
        Body=b"12345",
        ContentType="text/csv",
        ContentEncoding="gzip",
        Metadata={"origin": "till 4"},
        ServerSideEncryption="AES256",
    )
    found = _head(here, "a b/ü.csv.gz")
    assert found.pop("last_modified").startswith("20")
    assert found == {
        "key": "a b/ü.csv.gz",
        "size": 5,
        "storage_class": "STANDARD",
        "restore": None,
        "etag": "827ccb0eea8a706c4c34a16891f84e7b",
        "version_id": "",
        "content_type": "text/csv",
        "content_encoding": "gzip",
        "encryption": "AES256",
        "metadata": {"origin": "till 4"},
    }


def test_an_archived_object_says_how_its_restore_stands(s3, here):
    s3.put_object(Bucket=BUCKET, Key="cold", Body=b"x", StorageClass="DEEP_ARCHIVE")
    assert _head(here, "cold")["restore"] == "not restored"
    s3.restore_object(Bucket=BUCKET, Key="cold", RestoreRequest={"Days": 2})
    found = _head(here, "cold")
    assert found["storage_class"] == "DEEP_ARCHIVE"
    assert found["restore"].startswith("restored until 20")


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (f"{BUCKET}/nosuch", f"there is no object 'nosuch' in bucket {BUCKET} at http://127.0.0.1"),
        ("nosuch-bucket/key", "there is no bucket nosuch-bucket at http://127.0.0.1"),
    ],
)
def test_an_answer_without_words_is_explained_all_the_same(s3, here, where, message):
    done = here("s3", "head", where)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"ess: {message}")


def test_who_may_not_is_told_so(s3, sandbox, here):
    s3.put_object(Bucket=BUCKET, Key="key", Body=b"")
    sandbox.plan(deny=["HeadObject", "GetObject"])
    done = here("s3", "head", f"{BUCKET}/key")
    assert done.returncode == 1
    assert f"not allowed to call GetObject on s3://{BUCKET}/key at {sandbox.endpoint}" in done.stderr


def test_a_bucket_alone_is_no_object(sandbox, here):
    assert here("s3", "head", "essentia-samples").returncode == 2
    assert here("s3", "head", "essentia-samples/").stderr.startswith(
        "ess: 'essentia-samples/' names a bucket"
    )


def test_the_requester_pays_and_nothing_is_signed_where_asked_to(s3list, here):
    rig = s3list({"key": 3})
    here("s3", "head", "bucket/key", "--request-payer", "--no-sign-request")
    headers = rig.requests[-1].request.headers
    assert headers["x-amz-request-payer"] == "requester"
    assert "authorization" not in headers


def test_a_restore_that_is_under_way_is_said(s3list, here):
    s3list([Stored("key", 3, storage_class="GLACIER", restoring=True)])
    found = here("s3", "head", "bucket/key", "-f", "json")
    assert json.loads(found.stdout)["restore"] == "under way"


def test_a_bucket_elsewhere_is_followed_to_its_region(s3list, here):
    rig = s3list()
    rig.hold({"key": 3}, region="eu-central-1")
    assert here("s3", "head", "bucket/key", "-f", "value", "-c", "size").stdout == "3\n"
    assert rig.requests[-1].request.signed_for == "eu-central-1"


def test_a_redirect_that_leads_nowhere_is_said(s3list, here):
    rig = s3list({"key": 3}, refuse="PermanentRedirect")
    done = here("s3", "head", "bucket/key")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{rig.endpoint} redirects what is asked of bucket bucket, and names no region\n" in done.stderr
