"""`terminate` ends exactly what it should, asks only a person, and costs two calls a region."""

import json

import pytest

from ess_core.nodes import active
from tests.ess_core.host.terminal import Terminal
from tests.ess_plugins.ec2.conftest import copy_files, set_conf


@pytest.fixture
def create(here):
    """Launch without waiting; return the ids."""

    def create(number=1, *words):
        done = here("instance", "ec2", "create", "--no-wait", "-f", "json", f"--number={number}", *words)
        assert done.returncode == 0, done.stderr
        return [row["id"] for row in json.loads(done.stdout)]

    return create


@pytest.fixture
def terminate(here):
    """Run `terminate` with these words."""
    return lambda *words: here("instance", "ec2", "terminate", *words)


@pytest.fixture
def as_another(sandbox, ess, here, monkeypatch):
    """Become another user of the account, or of another one; with another ESS_HOME if one is given."""

    def become(user="bob", account="", home=None):
        key = sandbox.issue_key(user, account)
        header = "User Name,Access Key Id,Secret Access Key"
        line = f"{user},{key.access_key_id},{key.secret_access_key}"
        (ess.cwd / "credential_file.csv").write_text(f"{header}\n{line}\n")
        if home:
            monkeypatch.setenv("ESS_HOME", str(home))

    return become


def _live(sandbox):
    return sorted(one["id"] for one in sandbox.live())


def test_nothing_to_end_is_fine(sandbox, terminate):
    done = terminate("all")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "nothing to end\n")
    assert sandbox.counts()["ec2:TerminateInstances"] == 0


def test_a_second_time_nothing_is_left(create, terminate):
    create()
    assert terminate("all").returncode == 0
    assert (terminate("all").returncode, terminate("all").stderr) == (0, "nothing to end\n")


def test_all_means_stopped_ones_too(sandbox, create, terminate):
    ids = create(2)
    sandbox.plan(pending_s=0)
    sandbox.client("ec2").stop_instances(InstanceIds=ids[:1])
    assert terminate("all").stdout == "".join(f"{name} shutting-down\n" for name in ids)
    assert sandbox.live() == []


def test_wait_returns_when_they_are_terminated(sandbox, create, terminate):
    sandbox.plan(shutdown_s=1.2)
    create(2)
    done = terminate("all", "--wait")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "terminated: 2 of 2")
    assert {one["state"] for one in sandbox.instances()} == {"terminated"}


def test_wait_gives_up_in_time_and_names_them(sandbox, create, terminate):
    sandbox.plan(shutdown_s=60)
    (name,) = create()
    done = terminate("all", "--wait", "--timeout=1")
    assert (done.returncode, done.stdout) == (1, f"{name} shutting-down\n")
    assert f"ess: not terminated after 1 s in us-east-1: {name}" in done.stderr


def test_named_ones_are_ended_and_the_others_stay(sandbox, create, terminate):
    first, second, third = create(3)
    assert terminate(second).stdout == f"{second} shutting-down\n"
    assert _live(sandbox) == sorted([first, third])


def test_a_reservation_stands_for_its_instances(sandbox, here, create, terminate):
    create(2)
    stays = create(1, "--add")
    rows = json.loads(here("instance", "ec2", "list", "-f", "json").stdout)
    reservation = next(row["reservation_id"] for row in rows if row["id"] not in stays)
    assert terminate(reservation).returncode == 0
    assert _live(sandbox) == stays


def test_one_that_has_ended_already_is_no_error(create, terminate):
    (name,) = create()
    terminate(name)
    done = terminate(name)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"nothing to end\n{name} has ended already\n"


@pytest.mark.parametrize("name", ["i-0123456789abcdef0", "r-0123456789abcdef0", "i-*", "i-?", "i-"])
def test_a_name_that_does_not_exist_ends_nothing(sandbox, create, terminate, name):
    ids = create(2)
    done = terminate(ids[0], name)
    assert done.returncode == 4
    assert f"ess: there is no {name} in us-east-1" in done.stderr
    assert _live(sandbox) == sorted(ids)


@pytest.mark.parametrize(
    "words", [["everything"], ["all", "all"], ["all", "i-1"], [""], ["--cluster=", "all"], []]
)
def test_what_is_no_id_is_refused_without_a_call(sandbox, create, terminate, words):
    ids = create()
    sandbox.door.clear_calls()
    assert terminate(*words).returncode == 2
    assert sandbox.calls() == []
    assert _live(sandbox) == ids


def _untagged(sandbox):
    ec2 = sandbox.client("ec2")
    image = next(one["ImageId"] for one in ec2.describe_images()["Images"] if one["Architecture"] == "x86_64")
    made = ec2.run_instances(ImageId=image, InstanceType="t3.micro", MinCount=1, MaxCount=1)
    return made["Instances"][0]["InstanceId"]


def test_instances_that_are_not_of_this_cluster_are_refused_unless_forced(sandbox, create, terminate):
    (ours,) = create()
    (other,) = create(1, "--cluster=other")
    foreign = _untagged(sandbox)
    for name in (other, foreign):
        done = terminate(ours, name)
        assert done.returncode == 1
        assert f": {name}\nhint: --force ends them all the same\n" in done.stderr
    assert len(_live(sandbox)) == 3
    assert terminate(other, foreign, "--force").returncode == 0
    assert _live(sandbox) == [ours]


def test_in_a_folder_without_a_cluster_an_untagged_instance_is_foreign_too(sandbox, terminate):
    name = _untagged(sandbox)
    assert terminate(name).returncode == 1
    assert terminate("all").returncode == 0
    assert _live(sandbox) == [name]


def test_another_owners_workers_of_the_cluster_are_left_and_named(
    sandbox, ess, create, terminate, as_another
):
    set_conf(ess.cwd, cluster="shared")
    (anns,) = create()
    as_another("bob")
    (bobs,) = create(1, "--add")
    done = terminate("all")
    assert (done.returncode, done.stdout) == (0, f"{bobs} shutting-down\n")
    owner = "arn:aws:iam::123456789012:user/ess-sandbox"
    assert done.stderr == f"left alone: {anns}, which {owner} owns; --any-owner ends it too\n"
    assert terminate(anns).returncode == 1
    assert _live(sandbox) == [anns]
    assert terminate("all", "--any-owner").stdout == f"{anns} shutting-down\n"
    assert sandbox.live() == []


def test_ones_own_other_clusters_are_left_and_mentioned(sandbox, create, terminate):
    create()
    (left, *_) = create(2, "--cluster=nightly")
    done = terminate("all")
    assert done.stderr == "you still have 2 workers in cluster nightly; --cluster nightly ends them\n"
    assert left in _live(sandbox)
    assert terminate("all", "--cluster=nightly").returncode == 0
    assert sandbox.live() == []


def test_every_region_that_was_launched_in_is_ended(sandbox, ess, create, terminate):
    set_conf(ess.cwd, cluster="wide", use_private_ip=True)
    create()
    ec2 = sandbox.client("ec2", region="eu-west-1")
    _furnish(sandbox, ec2)
    here = create(1, "--region=eu-west-1")
    sandbox.door.clear_calls()
    done = terminate("all")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
    assert here[0] in done.stdout
    assert sandbox.live() == []
    assert sandbox.counts() == {"ec2:DescribeInstances": 2, "ec2:TerminateInstances": 2}
    sandbox.door.clear_calls()
    terminate("all")  # the second region is forgotten by now
    assert sandbox.counts() == {"ec2:DescribeInstances": 1}


def _furnish(sandbox, ec2):
    """Give a second region the key pair and the group of the first."""
    if ec2.describe_key_pairs()["KeyPairs"]:
        return
    first = sandbox.client("ec2").describe_key_pairs(IncludePublicKey=True)["KeyPairs"][0]
    ec2.import_key_pair(KeyName="pem_file", PublicKeyMaterial=first["PublicKey"].encode())
    group = ec2.create_security_group(GroupName="essentia-access", Description="SSH")["GroupId"]
    port = sandbox.ssh_port
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "127.0.0.0/8"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])


def test_without_any_record_the_tags_are_enough(sandbox, ess, create, terminate, monkeypatch):
    set_conf(ess.cwd, cluster="nightly")
    create(2)
    monkeypatch.setenv("ESS_HOME", str(ess.cwd / "another-home"))
    sandbox.door.clear_calls()
    assert terminate("all").returncode == 0
    assert sandbox.live() == []
    assert sandbox.counts()["sts:GetCallerIdentity"] == 1  # nobody has asked yet who we are


def test_what_ec2_does_not_show_yet_is_waited_for(sandbox, create, terminate):
    sandbox.plan(notfound_s=1.5)
    create(2)
    done = terminate("all")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
    assert "EC2 does not show yet what was launched a moment ago; asking again\n" in done.stderr
    assert sandbox.live() == []


def test_work_runs_here_again_once_its_cluster_has_ended(create, terminate, here):
    create(1, "--cluster=one")
    create(1, "--cluster=two")
    terminate("all", "--cluster=one")
    assert active.read() == active.Active("ec2", cluster="two")
    terminate("all", "--cluster=two")
    assert active.read() == active.Active()


def test_a_file_that_cannot_be_written_is_a_warning_after_the_end(sandbox, ess, create, terminate):
    ids = create()
    (ess.cwd.parent / "ess-home" / "active.json").write_text("{")
    done = terminate("all")
    assert (done.returncode, done.stdout) == (0, f"{ids[0]} shutting-down\n")
    assert "ess: warning: " in done.stderr
    assert sandbox.live() == []


def test_without_permission_nothing_is_forgotten(sandbox, ess, create, terminate):
    ids = create()
    sandbox.plan(deny=["TerminateInstances"])
    done = terminate("all")
    assert (done.returncode, done.stdout) == (1, "")
    assert "ess: not allowed to call TerminateInstances" in done.stderr
    assert list((ess.cwd.parent / "ess-home").rglob("l-*.json"))
    sandbox.plan(deny=[])
    assert terminate("all").stdout == f"{ids[0]} shutting-down\n"


def test_a_cluster_can_be_ended_without_any_configuration(sandbox, ess, create, terminate, monkeypatch):
    create(1, "--cluster=orphan")
    key = sandbox.key
    (ess.cwd / "instance.conf").unlink()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key.secret_access_key)
    assert terminate("all").returncode == 2
    assert terminate("all", "--cluster=orphan", "--region=us-east-1").returncode == 0
    assert sandbox.live() == []


def test_a_person_is_asked_and_a_script_is_not(sandbox, ess, create):
    ids = create()
    for answer, ended in (("n", False), ("", False), ("y", True)):
        terminal = Terminal("instance", "ec2", "terminate", "all", env=ess.env, cwd=ess.cwd)
        terminal.wait_for(f"End 1 worker for good: {ids[0]}? [y/N] ")
        terminal.type(f"{answer}\n")
        assert terminal.end() == (0 if ended else 1)
        assert ("nothing was ended" in terminal.shown) is not ended
        assert (sandbox.live() == []) is ended


def test_two_folders_are_two_clusters(sandbox, ess, here, create, terminate, monkeypatch, tmp_path):
    create()
    other = tmp_path / "other"
    other.mkdir()
    copy_files(sandbox, other)
    monkeypatch.chdir(other)
    mine = create()
    assert terminate("all").stdout == f"{mine[0]} shutting-down\n"
    assert len(sandbox.live()) == 1
