"""What is lent to workers: no key of the master, but one that may do little; none where they have a role."""

import json
import pickle
import re
from fnmatch import fnmatchcase
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess_core.cloud import Cloud
from ess_core.cloud.static import AccessKey
from ess_core.conf import Conf
from ess_core.errors import EssError
from ess_plugins.s3.datastore import Store
from ess_plugins.workers import access, credentials
from ess_plugins.workers.access import Access
from ess_plugins.workers.credentials import LASTS_S, LONGEST, Lender, Uses, policy
from ess_plugins.workers.parcels import Errand, packed, unpacked

READ = Uses(reads=frozenset({"s3://in/logs"}))
WRITE = Uses(writes=frozenset({"s3://out"}))


def allowed(text: str, action: str, arn: str) -> bool:
    """Whether a policy lets that be done."""
    return any(
        action in one["Action"] and any(fnmatchcase(arn, pattern) for pattern in one["Resource"])
        for one in json.loads(text)["Statement"]
    )


def test_what_is_lent_reads_sources_and_writes_targets_and_nothing_else():
    text = policy(READ | WRITE)
    assert allowed(text, "s3:GetObject", "arn:aws:s3:::in/logs/a")
    assert allowed(text, "s3:PutObject", "arn:aws:s3:::out/a")
    assert allowed(text, "s3:ListBucket", "arn:aws:s3:::in")
    for action, arn in (
        ("s3:PutObject", "arn:aws:s3:::in/logs/a"),
        ("s3:GetObject", "arn:aws:s3:::in/logs2/a"),
        ("s3:GetObject", "arn:aws:s3:::else/a"),
        ("s3:DeleteObject", "arn:aws:s3:::out/a"),
        ("s3:ListBucket", "arn:aws:s3:::else"),
        ("ec2:RunInstances", "*"),
    ):
        assert not allowed(text, action, arn)


def test_the_region_says_how_resources_begin():
    assert allowed(policy(READ, "aws-cn"), "s3:GetObject", "arn:aws-cn:s3:::in/logs/a")


def test_datastores_of_others_give_no_rights():
    assert "Resource" in policy(READ)
    assert "file" not in policy(Uses(reads=frozenset({"file:///tmp", "other://x"})))


NAMES = st.text("abc*?$é{}-_./ ", min_size=1, max_size=40)
PLACES = st.frozensets(NAMES.map(lambda name: f"s3://bucket/{name}"), max_size=60)


@given(PLACES, PLACES)
def test_whatever_the_names_of_folders_it_is_short_and_covers_them(reads, writes):
    text = policy(Uses(reads, writes))
    assert len(text) <= LONGEST
    assert not re.search(r"\\$\\{|[?]", text)
    for url in reads:
        assert allowed(text, "s3:GetObject", f"arn:aws:s3:::{url.removeprefix('s3://').rstrip('/')}/key")
    for url in writes:
        assert allowed(text, "s3:PutObject", f"arn:aws:s3:::{url.removeprefix('s3://').rstrip('/')}/key")


@pytest.fixture
def cloud(sandbox, monkeypatch):
    """That of an IAM user."""
    for name, value in sandbox.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", sandbox.key.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", sandbox.key.secret_access_key)
    return Cloud(Conf())


def asked(sandbox):
    return sandbox.counts()["sts:GetFederationToken"]


def test_one_key_is_lent_for_all_that_it_is_good_for(sandbox, cloud):
    lender = Lender(cloud, lambda: False)
    first = lender.access(READ | WRITE)
    assert first.key
    assert first.key.token
    assert first.key.access_key_id != sandbox.key.access_key_id
    assert lender.access(READ) is first
    assert asked(sandbox) == 1
    assert lender.access(Uses(reads=frozenset({"s3://else"}))) != first
    assert asked(sandbox) == 2


def test_it_is_renewed_when_half_of_its_time_is_over(sandbox, cloud, monkeypatch):
    lender = Lender(cloud, lambda: False)
    now = credentials.time.monotonic()
    monkeypatch.setattr(credentials, "time", SimpleNamespace(monotonic=lambda: now))
    first = lender.access(READ)
    now += LASTS_S / 2 - 1
    assert lender.access(READ) is first
    now += 2
    assert lender.access(READ).key != first.key
    assert asked(sandbox) == 2


def test_nothing_is_lent_to_nodes_that_have_a_role(sandbox, cloud):
    answers = iter([True])
    lender = Lender(cloud, lambda: next(answers))
    assert lender.access(READ).key is None
    assert lender.access(WRITE).key is None
    assert asked(sandbox) == 0


def test_a_user_who_may_lend_nothing_is_told_the_way_out(cloud, monkeypatch):
    from botocore.exceptions import ClientError

    def refuse(**_):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetFederationToken")

    monkeypatch.setattr(cloud.client("sts"), "get_federation_token", refuse)
    with pytest.raises(EssError, match="no key can be lent to them: not allowed to call") as caught:
        Lender(cloud, lambda: False).access(READ)
    assert "iam_instance_profile" in caught.value.hint


def test_whatever_holds_the_masters_keys_they_are_not_sent(cloud, sandbox):
    _ = cloud.session  # they are read
    store = Store("s3://in", cloud)
    data = packed(print, {"deep": [store, (cloud, store)]})
    for secret in (sandbox.key.secret_access_key, sandbox.key.access_key_id):
        assert secret.encode() not in data
    lent = access.cloud(Access("eu-west-1"))
    fn, item = unpacked(data, lambda: lent)
    assert fn is print
    assert item["deep"][1][0] is lent
    assert item["deep"][0].s3.meta.region_name == "eu-west-1"


def test_a_lent_key_is_in_no_text_of_what_is_sent():
    key = AccessKey("ASIAEXAMPLE", "very-secret", "token-of-it")
    errand = Errand(b"very-secret", Access("us-east-1", key=key))
    for text in (repr(errand), str(errand)):
        assert "secret" not in text
        assert "token" not in text
    assert pickle.loads(pickle.dumps(errand)).access.key == key


def test_a_task_asks_with_the_key_that_it_was_lent_and_where_the_master_does(sandbox, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    lent = sandbox.issue_key("lent")
    key = AccessKey(lent.access_key_id, lent.secret_access_key)
    where = (("AWS_ENDPOINT_URL", sandbox.endpoint),)
    monkeypatch.setattr(access.os, "environ", dict(access.os.environ))
    given = access.cloud(Access("us-east-1", "stream", where, key))
    assert access.os.environ["AWS_ENDPOINT_URL"] == sandbox.endpoint
    assert given.static
    assert given.static.key == key
    assert access.cloud(Access("us-east-1", "stream", where, key)) is given
    assert given.session.get_credentials().access_key == key.access_key_id
    assert "md/command#stream" in given.agent
