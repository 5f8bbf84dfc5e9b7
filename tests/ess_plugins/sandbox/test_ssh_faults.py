"""Hosts that do not answer as they should, each in its own way."""

import asyncio
import socket
import time

import asyncssh
import pytest

from tests.ess_plugins.sandbox.conftest import login
from tests.fixtures.waiting import until


def connect(address, sandbox, timeout_s=1.0):
    return socket.create_connection((address, sandbox.ssh_port), timeout=timeout_s)


def public(instances):
    return [instance["PublicIpAddress"] for instance in sorted(instances, key=lambda i: i["AmiLaunchIndex"])]


def test_faults_hit_hosts_by_launch_order(running, ssh, sandbox):
    sandbox.plan(ssh={"0": "refuse", "1": "dead", "2": "hang", "3": "badkey", "4": "slow:0.7"})
    refuse, dead, hang, badkey, slow, good = public(running(6))
    started = time.monotonic()
    ssh(good, "true")
    with pytest.raises(ConnectionRefusedError):
        connect(refuse, sandbox)
    with pytest.raises(TimeoutError):
        connect(dead, sandbox, 0.5)
    with connect(hang, sandbox, 0.3) as taken, pytest.raises(TimeoutError):
        taken.recv(1)
    with pytest.raises(asyncssh.PermissionDenied):
        ssh(badkey, "true", patient=False)
    ssh(slow, "true")
    assert time.monotonic() - started > 0.4


def test_a_fault_can_hit_all_hosts(running, sandbox):
    sandbox.plan(ssh={"*": "refuse"})
    for address in public(running(2)):
        with pytest.raises(ConnectionRefusedError):
            connect(address, sandbox)


def test_without_a_rule_for_the_ssh_port_packets_are_dropped(running, ssh, sandbox):
    (instance,) = running(SecurityGroups=["default"])
    until(lambda: times_out(instance["PublicIpAddress"], sandbox))


def times_out(address, sandbox):
    try:
        connect(address, sandbox, 0.3).close()
    except TimeoutError:
        return True
    except ConnectionRefusedError:
        return False
    return False


def test_a_rule_opens_and_closes_the_port_of_a_running_host(running, ssh, sandbox):
    ec2 = sandbox.client("ec2")
    group = ec2.create_security_group(GroupName="door", Description="door")["GroupId"]
    (instance,) = running(SecurityGroups=["door"])
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 65535, "IpRanges": [{"CidrIp": "127.0.0.1/32"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    ssh(instance["PublicIpAddress"], "true")
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])
    until(lambda: times_out(instance["PublicIpAddress"], sandbox))
    elsewhere = rule | {"IpRanges": [{"CidrIp": "203.0.113.0/24"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[elsewhere])
    time.sleep(0.2)
    assert times_out(instance["PublicIpAddress"], sandbox)


def test_groups_can_be_left_out_of_it(running, ssh, sandbox):
    sandbox.plan(enforce_groups=False)
    ssh(running(SecurityGroups=["default"])[0]["PublicIpAddress"], "true")


@pytest.mark.slow
def test_a_hundred_hosts_answer(running, sandbox):
    addresses = public(running(100))

    async def visit(address, turn):
        async with turn, login(sandbox, address) as connection:
            return (await connection.run("hostname")).stdout.strip()

    async def visit_all():
        turn = asyncio.Semaphore(20)
        return await asyncio.gather(*(visit(address, turn) for address in addresses))

    time.sleep(2)
    assert len(set(asyncio.run(visit_all()))) == 100
