"""`setup` makes what an account lacks for a launch, says what it made, and takes exactly that away again."""

import json
import stat

import pytest

from ess_plugins.ec2.setup import groups
from tests.ess_plugins.ec2.conftest import set_conf

OPEN = "--ssh-from=127.0.0.0/8"


@pytest.fixture
def ec2(sandbox):
    """EC2 as the user sees it."""
    return sandbox.client("ec2")


@pytest.fixture
def lacking(ess, ec2):
    """A conf that names a key pair and a group that the account has not; both are gone afterwards."""
    set_conf(ess.cwd, key_name="fresh", security_groups="fresh-access")
    yield ess.cwd
    ec2.delete_key_pair(KeyName="fresh")
    for group in _groups(ec2):
        ec2.delete_security_group(GroupId=group["GroupId"])


@pytest.fixture
def setup(here):
    """Run `setup` in this process; the rows by kind and name, where it succeeds."""
    return lambda *words: here("instance", "ec2", "setup", *words)


def _rows(done):
    assert done.returncode == 0, done.stderr
    return [(row["kind"], row["name"], row["outcome"]) for row in json.loads(done.stdout)]


def _groups(ec2):
    named = {"Name": "group-name", "Values": ["fresh-access"]}
    return ec2.describe_security_groups(Filters=[named])["SecurityGroups"]


def _pairs(ec2):
    return ec2.describe_key_pairs(Filters=[{"Name": "key-name", "Values": ["fresh"]}])["KeyPairs"]


def _tags(described):
    return {tag["Key"]: tag["Value"] for tag in described["Tags"]}


def test_an_account_that_lacks_everything_can_launch_afterwards_and_is_as_before_in_the_end(
    sandbox, ec2, lacking, ess
):
    made = ess("instance", "ec2", "setup", OPEN, "-f", "json")
    port = f"TCP {sandbox.ssh_port} from 127.0.0.0/8"
    things = [
        ("pem file", "fresh.pem"),
        ("key pair", "fresh"),
        ("security group", "fresh-access"),
        ("rule", "all traffic inside fresh-access"),
        ("rule", port),
    ]
    assert _rows(made) == [(*thing, "made") for thing in things]
    assert stat.S_IMODE((lacking / "fresh.pem").stat().st_mode) == 0o600

    created = ess("instance", "ec2", "create", "--number=1")
    assert created.returncode == 0, created.stderr
    refused = ess("instance", "ec2", "setup", "--remove")
    assert refused.returncode == 1
    assert "instances use what setup made: i-" in refused.stderr
    assert (len(_groups(ec2)), len(_pairs(ec2)), (lacking / "fresh.pem").exists()) == (1, 1, True)

    ess("instance", "ec2", "terminate", "all", "--wait")
    removed = _rows(ess("instance", "ec2", "setup", "--remove", "-f", "json"))
    assert removed == [
        ("security group", "fresh-access", "removed"),
        ("key pair", "fresh", "removed"),
        ("pem file", "fresh.pem", "removed"),
    ]
    assert (_groups(ec2), _pairs(ec2), (lacking / "fresh.pem").exists()) == ([], [], False)


def test_everything_it_makes_is_tagged(ec2, lacking, setup):
    setup(OPEN)
    (group,), (pair,) = _groups(ec2), _pairs(ec2)
    mine = {"Name": "group-id", "Values": [group["GroupId"]]}
    rules = ec2.describe_security_group_rules(Filters=[mine])["SecurityGroupRules"]
    for made in (group, pair, *(rule for rule in rules if not rule["IsEgress"])):
        assert _tags(made)["ess:setup"]
        assert _tags(made)["ess:owner"] == "arn:aws:iam::123456789012:user/ess-sandbox"


def test_a_second_time_everything_is_there_and_nothing_changes(ec2, lacking, setup):
    setup(OPEN)
    before, pem = _groups(ec2), (lacking / "fresh.pem").read_bytes()
    assert {outcome for _, _, outcome in _rows(setup(OPEN, "-f", "json"))} == {"there"}
    assert _rows(setup("-f", "json"))[0] == ("key pair", "fresh", "there")
    assert (_groups(ec2), (lacking / "fresh.pem").read_bytes()) == (before, pem)


def test_another_address_is_let_in_later(sandbox, ec2, lacking, setup):
    setup(OPEN)
    rows = _rows(setup("--ssh-from=203.0.113.7", "-f", "json"))
    assert [row for row in rows if row[2] == "made"] == [
        ("rule", f"TCP {sandbox.ssh_port} from 203.0.113.7/32", "made")
    ]


def test_what_a_launch_needs_and_the_account_has_is_left_as_it_is(sandbox, setup):
    made = _rows(setup("-f", "json"))
    assert made == [("key pair", "pem_file", "there"), ("security group", "essentia-access", "there")]
    assert _rows(setup(OPEN, "-f", "json")) == made
    refused = setup("--ssh-from=203.0.113.7")
    assert refused.returncode == 2
    assert "essentia-access does not let 203.0.113.7/32 reach port" in refused.stderr
    removed = _rows(setup("--remove", "-f", "json"))
    assert sorted(removed) == [
        ("key pair", "pem_file", "left"),
        ("security group", "essentia-access", "left"),
    ]
    counts = sandbox.counts()
    assert not [name for name in counts if not name.startswith(("ec2:Describe", "sts:"))]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "nobody could reach port"),
        (["--ssh-from=0.0.0.0/0"], "lets everybody on the Internet try"),
        (["--ssh-from=::/0"], "lets everybody on the Internet try"),
        (["--ssh-from=128.0.0.0/1"], "lets everybody on the Internet try"),
        (["--ssh-from="], "is not a range of addresses"),
        (["--ssh-from=home"], "is not a range of addresses"),
        (["--ssh-from=10.0.0.0/33"], "is not a range of addresses"),
        (["--ssh-from=203.0.113.7/24"], "is not the start of a range"),
        (["--ssh-from=" + "9" * 5000], "is not a range of addresses"),
        (["--ssh-from=fe80::1%eth0"], "is not a range of addresses"),
        (["--remove", OPEN], "exclude each other"),
    ],
)
def test_nobody_is_let_in_who_was_not_named(sandbox, ec2, lacking, setup, words, reason):
    refused = setup(*words)
    assert refused.returncode == 2
    assert reason in refused.stderr
    assert (_groups(ec2), _pairs(ec2), (lacking / "fresh.pem").exists()) == ([], [], False)


def test_everybody_is_let_in_only_when_that_is_confirmed(ec2, lacking, setup):
    assert setup("--ssh-from=0.0.0.0/0", "--yes").returncode == 0
    (group,) = _groups(ec2)
    ranges = [one["CidrIp"] for rule in group["IpPermissions"] for one in rule["IpRanges"]]
    assert ranges == ["0.0.0.0/0"]


def test_an_ipv6_network_is_let_in(ec2, lacking, setup):
    assert setup("--ssh-from=2001:db8::/32").returncode == 0
    (group,) = _groups(ec2)
    ranges = [one["CidrIpv6"] for rule in group["IpPermissions"] for one in rule["Ipv6Ranges"]]
    assert ranges == ["2001:db8::/32"]


def test_a_pem_that_is_there_is_imported_and_never_removed(sandbox, ec2, lacking, setup):
    pem = (lacking / "pem_file.pem").read_bytes()
    (lacking / "fresh.pem").write_bytes(pem)
    (lacking / "fresh.pem").chmod(0o600)
    assert _rows(setup(OPEN, "-f", "json"))[0] == ("key pair", "fresh", "made")
    assert (lacking / "fresh.pem").read_bytes() == pem
    setup("--remove")
    assert _pairs(ec2) == []
    assert (lacking / "fresh.pem").read_bytes() == pem


def test_a_pem_that_was_changed_is_left(ec2, lacking, setup):
    setup(OPEN)
    with (lacking / "fresh.pem").open("a") as file:
        file.write("\n")
    assert ("pem file", "fresh.pem", "left") in _rows(setup("--remove", "-f", "json"))
    assert (lacking / "fresh.pem").exists()


def test_a_key_pair_whose_pem_is_elsewhere_or_another_one_stops_before_anything_is_made(ec2, lacking, setup):
    ec2.create_key_pair(KeyName="fresh")
    missing = setup(OPEN)
    assert missing.returncode == 2
    assert "key pair fresh exists, but its private key is not in fresh.pem" in missing.stderr
    (lacking / "fresh.pem").write_bytes((lacking / "pem_file.pem").read_bytes())
    (lacking / "fresh.pem").chmod(0o600)
    other = setup(OPEN)
    assert other.returncode == 2
    assert "fresh.pem is not the private key of key pair fresh" in other.stderr
    assert _groups(ec2) == []


def test_a_pem_is_never_written_over_what_is_there(ec2, lacking, setup):
    (lacking / "fresh.pem").mkdir()
    assert setup(OPEN).returncode == 1
    (lacking / "fresh.pem").rmdir()
    (lacking / "fresh.pem").symlink_to(lacking / "nowhere")
    assert setup(OPEN).returncode == 1
    assert not (lacking / "nowhere").exists()
    assert _pairs(ec2) == []


def test_a_refused_import_leaves_no_pem_behind(sandbox, ec2, lacking, setup):
    sandbox.plan(deny=["ec2:ImportKeyPair"])
    assert "not allowed to call ImportKeyPair" in setup(OPEN).stderr
    assert not (lacking / "fresh.pem").exists()


@pytest.mark.parametrize("action", ["ImportKeyPair", "CreateSecurityGroup", "AuthorizeSecurityGroupIngress"])
def test_a_lost_answer_makes_nothing_twice(sandbox, ec2, lacking, setup, action):
    sandbox.plan(errors=[{"action": action, "after": "503"}])
    assert setup(OPEN).returncode == 0
    assert (len(_groups(ec2)), len(_pairs(ec2))) == (1, 1)
    setup("--remove")
    assert (_groups(ec2), _pairs(ec2)) == ([], [])


def test_what_was_made_before_a_failure_is_said_and_gone_on_with(sandbox, ec2, lacking, setup):
    sandbox.plan(deny=["ec2:AuthorizeSecurityGroupIngress"])
    failed = setup(OPEN, "-f", "value", "-c", "name")
    assert failed.returncode == 1
    assert failed.stdout.split() == ["fresh.pem", "fresh", "fresh-access"]
    sandbox.plan(deny=[])
    rows = _rows(setup(OPEN, "-f", "json"))
    assert [kind for kind, _, outcome in rows if outcome == "made"] == ["rule", "rule"]


def test_what_another_user_set_up_is_not_taken_away(sandbox, ec2, lacking, setup):
    setup(OPEN)
    key = sandbox.issue_key("bob")
    header = "User Name,Access Key Id,Secret Access Key"
    (lacking / "credential_file.csv").write_text(
        f"{header}\nbob,{key.access_key_id},{key.secret_access_key}\n"
    )
    assert {outcome for _, _, outcome in _rows(setup("--remove", "-f", "json"))} == {"left"}
    assert (len(_groups(ec2)), len(_pairs(ec2))) == (1, 1)


def test_a_group_that_is_still_held_is_waited_for_but_not_for_ever(sandbox, ec2, lacking, setup, monkeypatch):
    setup(OPEN)
    monkeypatch.setattr(groups, "PAUSE_S", 0.05)
    held = {"action": "DeleteSecurityGroup", "code": "DependencyViolation"}
    sandbox.plan(errors=[{**held, "times": 2}])
    monkeypatch.setattr(groups, "SOON_S", -1)
    failed = setup("--remove")
    assert failed.returncode == 1
    assert "security group fresh-access is still in use" in failed.stderr
    assert len(_pairs(ec2)) == 1
    monkeypatch.setattr(groups, "SOON_S", 10)
    assert setup("--remove").returncode == 0
    assert (_groups(ec2), _pairs(ec2)) == ([], [])
