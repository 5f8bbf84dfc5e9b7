"""What cannot be gets a clear line, the right exit code, and launches nothing."""

import shutil
import stat

import pytest

from tests.ess_plugins.ec2.conftest import set_conf
from tests.fixtures.ssh import write_pem


@pytest.fixture
def refused(sandbox, here):
    """Run `create` with these words; it must fail with this code, in a line or two, and launch nothing."""

    def refused(*words, code=2):
        done = here("instance", "ec2", "create", *words)
        assert done.returncode == code, done.stderr
        assert done.stdout == ""
        assert sandbox.counts()["ec2:RunInstances"] == 0
        said = done.stderr[done.stderr.index("ess: ") :].splitlines()
        assert all(line.startswith(start) for line, start in zip(said, ("ess: ", "hint: "), strict=False)), (
            said
        )
        return said

    return refused


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--number", "0"], "ess: argument --number: '0' is not a number of workers; it is 1 or more"),
        (["--number", "-1"], "ess: argument --number: '-1' is not a number of workers; it is 1 or more"),
        (["--number", "two"], "ess: argument --number: 'two' is not a number of workers; it is 1 or more"),
        (["--number", "1.5"], "ess: argument --number: '1.5' is not a number of workers; it is 1 or more"),
        (["--number", "٣"], "ess: argument --number: '٣' is not a number of workers; it is 1 or more"),
        (["--number", "10000"], "ess: 10000 workers are more than max_instances (20)"),
        (["--number", "21"], "ess: 21 workers are more than max_instances (20)"),
        (["--min", "3"], "ess: --min 3 is more than the 2 workers asked for"),
        (["--min", "0"], "ess: argument --min: '0' is not a number of workers; it is 1 or more"),
        (["--type", ""], "ess: argument --type: it is empty"),
        (["--cluster", ""], "ess: argument --cluster: cluster name '' is not usable"),
        (["--cluster", "../a"], "ess: argument --cluster: cluster name '../a' is not usable"),
        (["--timeout", "0"], "ess: argument --timeout: '0' is not"),
        (["--timeout", "nan"], "ess: argument --timeout: 'nan' is not"),
        (["-c", "nosuch"], "ess: there is no column 'nosuch'"),
        (["extra"], "ess: unexpected arguments: extra"),
        (["--numbr", "2"], "ess: there is no option --numbr; did you mean --number?"),
    ],
)
def test_arguments_that_cannot_be_are_refused_without_a_call(sandbox, refused, words, message):
    assert refused(*words)[0].startswith(message)
    assert sandbox.calls() == []


def test_above_max_instances_the_user_must_say_yes(refused, here, ess):
    set_conf(ess.cwd, max_instances=1)
    assert refused()[1] == "hint: --yes launches them all the same"
    assert here("instance", "ec2", "create", "--dry-run", "--yes").returncode == 0


def test_without_a_configuration_the_user_is_told_how_to_get_one(refused, ess):
    (ess.cwd / "instance.conf").unlink()
    assert refused() == [
        "ess: there is no instance.conf here",
        "hint: ess config init writes a commented one",
    ]


PEM = "instance.conf:2: [EC2] key_name: pem_file.pem"


def test_a_pem_of_another_key_is_refused_before_the_launch(refused, ess):
    set_conf(ess.cwd, key_name="pem_file")
    write_pem(ess.cwd / "pem_file.pem")
    assert refused() == [
        f"ess: {PEM} is not the private key of key pair pem_file in this account and region",
        "hint: put the right pem file beside instance.conf, or name another key pair as key_name",
    ]


def _missing(pem):
    pem.unlink()


def _world_readable(pem):
    pem.chmod(0o644)


def _encrypted(pem):
    write_pem(pem, passphrase="secret words")


def _no_key(pem):
    pem.write_text("hello")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_missing, "ess: [EC2] key_name: there is no private key pem_file.pem, nor one in ~/.ssh"),
        (_world_readable, "ess: pem_file.pem: others on this machine can read it"),
        (_encrypted, "ess: pem_file.pem: is encrypted with a passphrase"),
        (_no_key, "ess: pem_file.pem: is not a private key"),
    ],
)
def test_a_pem_that_cannot_be_used_is_refused_without_a_call(sandbox, refused, ess, spoil, message):
    spoil(ess.cwd / "pem_file.pem")
    said = refused()
    assert said[0] == message
    assert "secret words" not in "".join(said)
    assert sandbox.calls() == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"key_name": "other"}, "instance.conf:2: [EC2] key_name: "),
        (
            {"security_groups": "nosuch"},
            "instance.conf:2: [EC2] security_groups: there is no security group nosuch",
        ),
        (
            {"security_groups": "sg-0123"},
            "instance.conf:2: [EC2] security_groups: there is no security group sg-0123",
        ),
        (
            {"security_groups": "essentia-access, sg-0123"},
            "instance.conf:2: [EC2] security_groups: there is no",
        ),
        (
            {"security_groups": "default"},
            "instance.conf:2: [EC2] security_groups: default lets nobody reach port",
        ),
        ({"instance_type": "m3.mediun"}, "instance.conf:2: [EC2] instance_type: "),
        ({"subnet_id": "subnet-0123"}, "instance.conf:2: [EC2] subnet_id: "),
        ({"ami": "ami-0123"}, "instance.conf:2: [EC2] ami: "),
        ({"volume_size": "1"}, "instance.conf:2: [EC2] volume_size: 1 is less than the image's"),
    ],
)
def test_values_that_do_not_exist_in_the_account_are_named_with_their_line(refused, ess, values, message):
    if "key_name" in values:
        shutil.copy2(ess.cwd / "pem_file.pem", ess.cwd / "other.pem")
    set_conf(ess.cwd, **values)
    assert refused()[0].startswith(f"ess: {message}")


def test_an_unknown_type_on_the_command_line_is_blamed_on_the_option(refused):
    assert refused("--type", "nosuch.large")[0].startswith("ess: --type: ")


def test_a_type_of_another_architecture_than_the_image_is_refused(sandbox, refused, ess):
    images = sandbox.client("ec2").describe_images()["Images"]
    set_conf(ess.cwd, ami=next(one["ImageId"] for one in images if one["Architecture"] == "arm64"))
    assert "is for arm64, but m3.medium runs" in refused()[0]


@pytest.fixture
def small_subnet(sandbox):
    """A subnet of eleven free addresses that gives public ones."""
    ec2 = sandbox.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="127.1.255.0/28", AvailabilityZone="us-east-1a")["Subnet"]
    ec2.modify_subnet_attribute(SubnetId=made["SubnetId"], MapPublicIpOnLaunch={"Value": True})
    yield made["SubnetId"]
    sandbox.reset()
    ec2.delete_subnet(SubnetId=made["SubnetId"])


def test_too_few_free_addresses_are_said_with_their_number(refused, ess, small_subnet):
    set_conf(ess.cwd, subnet_id=small_subnet)
    said = refused("--number=12", code=1)
    assert said[0] == f"ess: 12 workers need 12 addresses; free are 11 in {small_subnet}"


def test_a_subnet_without_public_addresses_needs_private_access(sandbox, refused, ess, here, small_subnet):
    ec2 = sandbox.client("ec2")
    ec2.modify_subnet_attribute(SubnetId=small_subnet, MapPublicIpOnLaunch={"Value": False})
    set_conf(ess.cwd, subnet_id=small_subnet)
    assert f"{small_subnet} gives no public addresses" in refused()[0]
    set_conf(ess.cwd, use_private_ip=True)
    assert here("instance", "ec2", "create", "--dry-run").returncode == 0


def test_a_quota_that_does_not_suffice_is_said_in_numbers(sandbox, refused):
    sandbox.plan(vcpu_quota=4)
    assert refused("--number=5", code=1) == [
        "ess: 5 x m3.medium needs 5 vCPUs, 0 of this region's 4 are in use",
        "hint: at most 4 more fit; ask for a higher quota L-1216C47A in Service Quotas",
    ]


def test_optional_reads_that_are_denied_are_noted_and_the_launch_goes_on(sandbox, here):
    sandbox.plan(deny=["GetServiceQuota", "DescribeKeyPairs", "DescribeInstanceTypeOfferings"])
    done = here("instance", "ec2", "create", "--dry-run")
    assert done.returncode == 0
    assert done.stderr.splitlines()[2:] == [
        "key pair and pem were not compared (UnauthorizedOperation)",
        "which zones have this instance type was not checked (UnauthorizedOperation)",
        "the vCPU quota was not checked (AccessDeniedException)",
    ]


@pytest.mark.parametrize(
    "action", ["DescribeSubnets", "DescribeInstances", "GetCallerIdentity", "GetParameters"]
)
def test_a_needed_read_that_is_denied_is_named(sandbox, refused, action):
    sandbox.plan(deny=[action])
    assert refused(code=1)[0].startswith(f"ess: not allowed to call {action}: ")


def test_an_expired_token_is_said(sandbox, refused):
    sandbox.expire(sandbox.key)
    assert refused(code=1)[0].startswith("ess: AWS credentials have expired (")
    assert refused(code=1)[1] == "hint: get fresh credentials and type the command again"


def test_a_key_that_aws_does_not_know_is_said_and_never_shown(refused, ess):
    header, key, secret = (
        "User Name,Access Key Id,Secret Access Key",
        "AKIAIOSFODNN7EXAMPLF",
        "verysecret" * 4,
    )
    (ess.cwd / "credential_file.csv").write_text(f"{header}\nann,{key},{secret}\n")
    said = refused(code=1)
    assert said[0].startswith("ess: AWS does not accept these credentials (")
    assert "verysecret" not in "".join(said)


def test_an_endpoint_that_is_down_is_said(refused, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    said = refused(code=1)
    assert said[0].startswith("ess: cannot reach AWS at http://127.0.0.1:9")
    assert said[0].endswith("Connection refused")


def test_nothing_is_written_beside_the_conf_by_what_is_refused(refused, ess):
    refused("--number", "0")
    assert not (ess.cwd / ".ess").exists()
    assert stat.S_IMODE((ess.cwd / "pem_file.pem").stat().st_mode) == 0o600
