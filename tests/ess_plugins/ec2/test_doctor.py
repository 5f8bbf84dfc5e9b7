"""What `ess doctor` says about EC2: each fault in one line with what to type; nothing is launched for it."""

import json

import pytest

from tests.ess_plugins.ec2.conftest import set_conf
from tests.fixtures.ssh import write_pem

ORDER = [
    "pem",
    "jump host",
    "key pair",
    "type",
    "image",
    "subnets",
    "security groups",
    "quota",
    "launch",
    "terminate",
]
KEY_PAIR = "fits the pem"
NO_WORKER = {"terminate": "needs a worker to try it on, and none of this cluster is there"}


@pytest.fixture
def doctor(here):
    """Run `ess doctor`; return its exit code, and what it says of EC2: by status, then by check."""

    def doctor():
        done = here("doctor", "-f", "json")
        found = {"ok": {}, "note": {}, "skipped": {}, "failed": {}}
        for row in json.loads(done.stdout):
            if row["check"].startswith("ec2 "):
                found[row["status"]][row["check"].removeprefix("ec2 ")] = row["detail"]
        return done.returncode, found

    return doctor


def test_in_a_sandbox_as_it_starts_all_is_well_and_nothing_is_launched(sandbox, doctor):
    code, found = doctor()
    assert code == 0
    assert list(found["ok"]) == ORDER[:-1]
    assert found["skipped"] == NO_WORKER
    assert found["ok"]["pem"] == "pem_file.pem, readable by you alone"
    assert found["ok"]["key pair"] == "pem_file fits the pem"
    assert found["ok"]["type"].startswith("m3.medium can be had in us-east-1a, us-east-1b")
    assert found["ok"]["image"].endswith(" (x86_64) boots on m3.medium")
    assert "(us-east-1a)" in found["ok"]["subnets"]
    port = sandbox.ssh_port
    assert found["ok"]["security groups"] == f"essentia-access lets TCP {port} be reached from 127.0.0.0/8"
    assert found["ok"]["quota"] == "0 of 512 vCPUs in use, 2 x m3.medium fit"
    assert found["ok"]["launch"] == "allowed (tried with DryRun)"
    assert sandbox.instances() == []


def test_it_asks_no_more_than_a_launch_does(sandbox, doctor):
    doctor()
    counts = {name: number for name, number in sandbox.counts().items() if not name.startswith("s3:")}
    assert {name: number for name, number in counts.items() if number > 1} == {"sts:GetCallerIdentity": 2}


def _exposed(ess, sandbox):
    (ess.cwd / "pem_file.pem").chmod(0o644)


def _other_pem(ess, sandbox):
    write_pem(ess.cwd / "pem_file.pem")


def _no_pem(ess, sandbox):
    (ess.cwd / "pem_file.pem").unlink()


def _no_key_pair(ess, sandbox):
    (ess.cwd / "pem_file.pem").rename(ess.cwd / "other.pem")
    set_conf(ess.cwd, key_name="other")


def _no_group(ess, sandbox):
    set_conf(ess.cwd, security_groups="nosuch")


def _closed_port(ess, sandbox):
    set_conf(ess.cwd, ssh_port=2222)


def _no_type(ess, sandbox):
    set_conf(ess.cwd, instance_type="m3.mediun")


def _other_architecture(ess, sandbox):
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
    arm = sandbox.client("ssm").get_parameters(Names=[name])["Parameters"][0]["Value"]
    set_conf(ess.cwd, ami=arm)


def _no_image(ess, sandbox):
    set_conf(ess.cwd, ami="ami-00000000000000000")


def _no_subnet(ess, sandbox):
    set_conf(ess.cwd, subnet_id="subnet-00000000")


def _small_quota(ess, sandbox):
    sandbox.plan(vcpu_quota=1)


def _not_allowed(ess, sandbox):
    sandbox.plan(deny=["ec2:RunInstances"])


FAULTS = {
    _exposed: {"pem": "pem_file.pem: others on this machine can read it; chmod 600 pem_file.pem"},
    _no_pem: {"pem": "there is no private key pem_file.pem"},
    _other_pem: {
        "key pair": "instance.conf:7: [EC2] key_name: pem_file.pem is not the private key of key pair"
    },
    _no_key_pair: {"key pair": "instance.conf:2: [EC2] key_name: The key"},
    _no_group: {"security groups": "there is no security group nosuch in this account and region; `aws ec2"},
    _closed_port: {"security groups": "essentia-access lets nobody reach port 2222"},
    _no_type: {"type": "instance.conf:2: [EC2] instance_type: "},
    _other_architecture: {"image": "is for arm64, but m3.medium runs x86_64; choose"},
    _no_image: {"image": "instance.conf:2: [EC2] ami: "},
    _no_subnet: {"subnets": "instance.conf:2: [EC2] subnet_id: ", "security groups": "subnet_id: "},
    _small_quota: {
        "quota": "2 x m3.medium needs 2 vCPUs, 0 of this region's 1 are in use; at most 1 more fit"
    },
    _not_allowed: {
        "launch": "not allowed to call RunInstances: You are not authorized to perform this operation.; "
        "`ess config policy` prints the permissions to ask for"
    },
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_is_told_once_with_what_to_type(fault, ess, sandbox, doctor):
    fault(ess, sandbox)
    code, found = doctor()
    assert code == 1
    assert found["failed"].keys() == FAULTS[fault].keys()
    for name, said in FAULTS[fault].items():
        assert said in found["failed"][name]
    assert all(detail.startswith("needs ") for detail in found["skipped"].values())
    assert "launch" in found["failed"] or found["skipped"]["launch"].removeprefix("needs ec2 ") in (
        *found["failed"],
        *found["skipped"],
    )
    assert sandbox.instances() == []


def test_reads_that_ess_can_do_without_are_noted(sandbox, doctor):
    sandbox.plan(deny=["GetServiceQuota", "DescribeKeyPairs", "DescribeInstanceTypeOfferings"])
    code, found = doctor()
    assert code == 0
    assert found["note"] == {
        "key pair": "key pair and pem were not compared (UnauthorizedOperation)",
        "type": "which zones have this instance type was not checked (UnauthorizedOperation)",
        "quota": "the vCPU quota was not checked (AccessDeniedException)",
    }
    assert found["ok"]["launch"]


def test_a_read_that_is_denied_and_needed_says_which_permission_is_missing(sandbox, doctor):
    sandbox.plan(deny=["DescribeSecurityGroups"])
    _code, found = doctor()
    assert found["failed"] == {
        "security groups": "not allowed to call DescribeSecurityGroups: You are not authorized to perform "
        "this operation.; `ess config policy` prints the permissions to ask for"
    }


def test_a_port_that_is_open_to_the_world_is_noted(ess, sandbox, doctor):
    ec2 = sandbox.client("ec2")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    group = ec2.create_security_group(GroupName="wide", Description="-", VpcId=vpc)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    set_conf(ess.cwd, security_groups=f"essentia-access, {group}")
    code, found = doctor()
    ec2.delete_security_group(GroupId=group)
    assert code == 0
    ranges = "127.0.0.0/8, 0.0.0.0/0, that is from anywhere; narrow the rule to your own addresses"
    assert found["note"]["security groups"].endswith(f"be reached from {ranges}")


@pytest.mark.parametrize("denied", [True, False])
def test_the_end_is_tried_on_a_worker_which_goes_on_running(denied, here, sandbox, doctor):
    created = here("instance", "ec2", "create", "--number=1", "-f", "json")
    (worker,) = json.loads(created.stdout)
    sandbox.plan(deny=["TerminateInstances"] if denied else [])
    code, found = doctor()
    assert code == denied
    if denied:
        assert found["failed"]["terminate"].startswith("not allowed to call TerminateInstances")
    else:
        assert found["ok"]["terminate"] == f"allowed (tried on {worker['id']} with DryRun)"
    assert [one["state"] for one in sandbox.instances()] == ["running"]
    assert found["ok"]["quota"].startswith("1 of 512 vCPUs in use")


def test_without_a_conf_nothing_about_ec2_is_asked(ess, sandbox, doctor):
    (ess.cwd / "instance.conf").unlink()
    code, found = doctor()
    assert code == 1
    assert set(found["skipped"].values()) == {"needs conf"}
    assert not any(name.startswith("ec2:") for name in sandbox.counts())
