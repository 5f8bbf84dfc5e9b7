"""Whose host key is trusted: the instance's, whatever its address is."""

import shutil
from pathlib import Path

import asyncssh
import pytest

from tests.ess_plugins.ec2.conftest import set_conf

CLIENTS = [
    pytest.param(True, marks=pytest.mark.skipif(not shutil.which("ssh"), reason="needs OpenSSH's client")),
    False,
]


@pytest.fixture(params=CLIENTS, ids=["openssh", "asyncssh"])
def ssh(request, ess):
    """Run `true` on a worker by `ess instance ec2 ssh`, with each of both clients."""
    without = {} if request.param else {"PATH": "/nonexistent"}
    return lambda name: ess("instance", "ec2", "ssh", name, "--", "true", env=without)


def _known_hosts(ess):
    (path,) = Path(ess.env["ESS_HOME"]).glob("ec2/clusters/*/*/known_hosts")
    return path


def test_a_changed_host_key_is_refused_with_the_reason(workers, ess, ssh):
    (name,) = workers(1)
    assert ssh(name).returncode == 0
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    _known_hosts(ess).write_text(f"{name} {other}")
    refused = ssh(name)
    assert refused.returncode != 0
    assert "host key" in refused.stderr.lower()
    assert "changed" in refused.stderr.lower()
    assert str(_known_hosts(ess)) in refused.stderr


@pytest.fixture
def subnet(sandbox, ess):
    """A subnet that nobody has used, reached by its private addresses: the first one free is given again."""
    ec2 = sandbox.client("ec2")
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    made = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="127.1.240.0/28", AvailabilityZone="us-east-1a")[
        "Subnet"
    ]["SubnetId"]
    set_conf(ess.cwd, use_private_ip=True, subnet_id=made)
    yield made
    ec2.terminate_instances(InstanceIds=[one["id"] for one in sandbox.live()])
    ec2.delete_subnet(SubnetId=made)


def test_a_new_instance_at_an_old_address_is_let_in(sandbox, subnet, workers, ess, ssh, here):
    first, stays = workers(2)
    addresses = {one["id"]: one["private_ip"] for one in sandbox.live()}
    assert ssh(first).returncode == 0
    here("instance", "ec2", "terminate", first, "--wait")
    (new,) = workers(1, "--add")
    now = {one["id"]: one["private_ip"] for one in sandbox.live()}
    assert now[new] == addresses[first]
    assert any(line.startswith(f"{first} ") for line in _known_hosts(ess).read_text().splitlines())
    assert ssh(new).returncode == 0
    assert ssh(stays).returncode == 0
