"""Which cluster a folder stands for, and whose: the two tags that decide what may be ended."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ess_core.cloud import Identity
from ess_core.errors import ConfigError, EssError, UsageError
from ess_plugins.ec2 import identity

ACCOUNT = "123456789012"


@pytest.fixture(autouse=True)
def ess_home(tmp_path, monkeypatch):
    """ESS_HOME, not made yet."""
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def conf(tmp_path):
    """An instance.conf in a folder of its own."""
    path = tmp_path / "project" / "instance.conf"
    path.parent.mkdir()
    path.touch()
    return path


@pytest.mark.parametrize(
    ("arn", "owner"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/ann", None),
        (f"arn:aws:iam::{ACCOUNT}:root", None),
        (f"arn:aws:iam::{ACCOUNT}:user/botocore-session-9", None),  # a user may be called so
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/team/ann@example.com", None),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/team/i-0abc", None),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/team/botocore-session-1700000000", "team/*"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/team/aws-cli-session-1700", "team/*"),
        (f"arn:aws-cn:sts::{ACCOUNT}:assumed-role/team/AWSCLI-Session", "team/*"),
    ],
)
def test_the_owner_is_the_caller_without_what_chance_adds_to_the_arn(arn, owner):
    found = identity.owner_of(Identity(ACCOUNT, arn))
    assert found == arn if owner is None else found.endswith(f":assumed-role/{owner}")


def test_two_sessions_of_one_role_are_one_owner():
    arns = [f"arn:aws:sts::{ACCOUNT}:assumed-role/team/botocore-session-{number}" for number in (1, 2)]
    assert len({identity.owner_of(Identity(ACCOUNT, arn)) for arn in arns}) == 1


@pytest.mark.parametrize("name", ["a", "nightly", "A.b_c-9", "0" * 63])
def test_a_usable_name_is_taken(name, conf):
    assert identity.cluster_name(name, conf) == name


@pytest.mark.parametrize("name", ["", " ", "-a", ".a", "a/b", "..", "ä", "a\n", "0" * 64, "a b", "a*"])
def test_a_name_that_is_no_tag_or_folder_is_refused(name):
    with pytest.raises(UsageError, match="is not usable"):
        identity.checked(name)


def test_a_folder_without_a_name_gets_a_random_one_that_stays(conf):
    assert identity.cluster_name(None, conf) == ""
    name = identity.new_cluster_name(conf)
    assert name == identity.cluster_name(None, conf) == (conf.parent / ".ess" / "cluster").read_text().strip()
    assert identity.new_cluster_name(conf) == name
    assert [path.name for path in (conf.parent / ".ess").iterdir()] == ["cluster"]


def test_names_of_two_folders_differ(conf, tmp_path):
    other = tmp_path / "other" / "instance.conf"
    other.parent.mkdir()
    assert identity.new_cluster_name(conf) != identity.new_cluster_name(other)


def test_of_two_at_the_same_moment_the_first_ones_name_holds(conf):
    code = f"""if True:
        import sys
        from pathlib import Path
        from ess_plugins.ec2 import identity
        sys.stdout.write('ready\\n'); sys.stdout.flush(); sys.stdin.readline()
        print(identity.new_cluster_name(Path({str(conf)!r})))
    """
    racers = [
        subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True, bufsize=1)
        for _ in range(4)
    ]
    for racer in racers:
        racer.stdout.readline()
    for racer in racers:
        racer.stdin.write("\n")
    names = {racer.communicate()[0].strip() for racer in racers}
    assert names == {identity.cluster_name(None, conf)}


@pytest.fixture
def read_only(conf, monkeypatch):
    """The conf's folder takes no new files; root may write anywhere, so the refusal is played."""
    make = Path.mkdir

    def mkdir(path, *args, **kwargs):
        if path == conf.parent / ".ess":
            raise OSError(30, "Read-only file system")
        make(path, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", mkdir)


def test_beside_a_read_only_conf_the_name_is_kept_in_ess_home(conf, ess_home, read_only):
    name = identity.new_cluster_name(conf)
    assert identity.cluster_name(None, conf) == name
    assert not (conf.parent / ".ess").exists()
    assert [path.read_text().strip() for path in (ess_home / "ec2" / "names").iterdir()] == [name]


def test_the_folder_counts_by_its_real_path(conf, tmp_path, read_only):
    name = identity.new_cluster_name(conf)
    (tmp_path / "link").symlink_to(conf.parent)
    assert identity.cluster_name(None, tmp_path / "link" / "instance.conf") == name


def test_where_nothing_can_be_written_the_user_is_told_to_name_the_cluster(conf, ess_home, read_only):
    (ess_home / "ec2" / "names").mkdir(parents=True)
    (ess_home / "ec2" / "names").rmdir()
    (ess_home / "ec2" / "names").touch()
    with pytest.raises(EssError, match="cannot write"):
        identity.new_cluster_name(conf)


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", UsageError), (b"../evil", UsageError), (b"\xff", ConfigError), (b"a\0b", ConfigError)],
)
def test_a_damaged_name_file_is_named(conf, content, error, monkeypatch):
    monkeypatch.chdir(conf.parent)
    (conf.parent / ".ess").mkdir()
    (conf.parent / ".ess" / "cluster").write_bytes(content)
    with pytest.raises(error, match=r"^\.ess/cluster"):
        identity.cluster_name(None, conf)


class FakeCloud:
    """Credentials, and an STS that counts."""

    def __init__(self, key):
        self.session = SimpleNamespace(get_credentials=lambda: SimpleNamespace(access_key=key))
        self.asked = 0

    def whoami(self):
        self.asked += 1
        return Identity(ACCOUNT, "arn:aws:iam::123456789012:user/ann")


def test_who_we_are_is_asked_once_and_kept_without_the_key(ess_home):
    cloud = FakeCloud("AKIAIOSFODNN7EXAMPLE")
    known = identity.whoami(cloud)
    identity.remember(cloud, known)
    assert identity.whoami(cloud) == known
    assert cloud.asked == 1
    assert "AKIA" not in (ess_home / "ec2" / "owners.json").read_text()
    other = FakeCloud("AKIAI44QH8DHBEXAMPLE")
    identity.whoami(other)
    assert other.asked == 1


@pytest.mark.parametrize("content", ["", "[]", "{", '{"KEY": 1}', '{"KEY": {"account": "1"}}'])
def test_a_damaged_memory_is_no_memory(ess_home, content):
    cloud = FakeCloud("AKIAIOSFODNN7EXAMPLE")
    identity.remember(cloud, identity.whoami(cloud))
    path = ess_home / "ec2" / "owners.json"
    (key,) = json.loads(path.read_text())
    path.write_text(content.replace("KEY", key))
    assert identity.whoami(cloud).account == ACCOUNT
    assert cloud.asked == 2
