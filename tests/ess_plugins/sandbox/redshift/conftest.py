"""What tests of the sandbox's Redshift share: a bucket to load from, and tables to load into."""

import contextlib
import itertools
import json

import pytest

ROLE = "IAM_ROLE 'arn:aws:iam::123456789012:role/loader'"
BUCKET = "redshift-stage"
NUMBERS = itertools.count()


class Bucket:
    """A bucket to load from, empty before each test."""

    def __init__(self, s3):
        self.s3 = s3

    def put(self, key, content):
        body = content.encode() if isinstance(content, str) else content
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return f"s3://{BUCKET}/{key}"

    def manifest(self, *entries):
        return self.put("manifest.json", json.dumps({"entries": entries}))

    def get(self, key):
        return self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()

    def keys(self, prefix=""):
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", ())
        return [item["Key"] for item in found]

    def empty(self):
        for key in self.keys():
            self.s3.delete_object(Bucket=BUCKET, Key=key)


@pytest.fixture
def bucket(sandbox):
    s3 = sandbox.client("s3")
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=BUCKET)
    made = Bucket(s3)
    made.empty()
    yield made
    made.empty()
    s3.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def endpoint(warehouse):
    return warehouse.endpoint


@pytest.fixture
def connect(warehouse):
    return warehouse.connect


@pytest.fixture
def sql(warehouse):
    """An autocommit connection of the master user."""
    return warehouse.sql


@pytest.fixture
def table(sql):
    """Make a table for this test only: ``table("id int, name varchar(5)")`` returns its name."""

    def make(columns):
        name = f"t{next(NUMBERS)}"
        sql(f"create table {name} ({columns})")
        return name

    return make
