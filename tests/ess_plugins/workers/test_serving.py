"""Where the processes of the engine listen, and what they take of the system."""

import asyncio
import resource
import socket

import pytest
from distributed.comm.addressing import parse_host_port

from ess_core.errors import EssError
from ess_core.nodes.worker import Login, Worker
from ess_plugins.workers import bootstrap
from ess_plugins.workers.cluster import Cluster
from ess_plugins.workers.node import serving

NODE = "127.77.0.7"
"""No other test has a node there."""


@pytest.fixture
def keys(tmp_path, monkeypatch):
    monkeypatch.setenv("ESS_HOME", str(tmp_path / "ess-home"))
    monkeypatch.setattr(serving.place, "TLS", tmp_path)
    authority = Cluster("ec2", "nightly").authority()
    pair = authority.for_node([NODE])
    (tmp_path / "ca.pem").write_bytes(authority.ca.read_bytes())
    (tmp_path / "node.pem").write_text(pair.certificate)
    (tmp_path / "node-key.pem").write_text(pair.key)


@pytest.mark.usefixtures("keys")
@pytest.mark.filterwarnings("ignore:Port 8787 is already in use")
def test_a_scheduler_takes_another_port_where_one_listens_at_the_usual_one():
    async def ports():
        async with await serving._begun(NODE, "d") as first, await serving._begun(NODE, "d") as second:
            return first.port, second.port

    first, second = asyncio.run(ports())
    assert first == serving.SCHEDULER_PORT != second


@pytest.mark.usefixtures("keys")
def test_what_else_keeps_a_scheduler_from_starting_is_raised(monkeypatch):
    (serving.place.TLS / "node.pem").write_text("damaged")
    with pytest.raises(OSError, match="PEM"):
        asyncio.run(serving._begun(NODE, "d"))


@pytest.mark.usefixtures("keys")
def test_a_worker_and_its_nanny_take_the_next_ports_that_are_free(tmp_path, monkeypatch):
    monkeypatch.setattr(serving.place, "WORK", tmp_path / "work")

    async def ports():
        async with await serving._begun(NODE, "d") as scheduler:
            order = {"address": NODE, "scheduler": scheduler.address, "name": "first"}
            async with serving._nanny(order) as nanny:
                return parse_host_port(nanny.worker_address.removeprefix("tls://"))[1], nanny.port

    taken = serving.WORKER_PORTS[0], serving.NANNY_PORTS[0]
    with socket.create_server((NODE, taken[0])), socket.create_server((NODE, taken[1])):
        assert asyncio.run(ports()) == (taken[0] + 1, taken[1] + 1)


def test_an_address_that_is_not_this_machines_is_refused():
    with pytest.raises(EssError, match=r"cannot listen on 203\.0\.113\.7"):
        serving.check("203.0.113.7")


def test_pages_are_on_the_loopback():
    assert serving.loopback("10.0.0.7") == "127.0.0.1"
    assert serving.loopback("127.1.0.7") == "127.1.0.7"


@pytest.mark.parametrize(
    ("cores", "memory_gb", "at_once"), [(2, 8, 2), (8, 2, 4), (2, 0.9, 1), (1, 0.4, 1), (96, 192, 96)]
)
def test_a_node_works_on_as_many_files_as_it_has_cores_and_memory_for(cores, memory_gb, at_once):
    assert serving.threads(cores, int(memory_gb * 2**30)) == at_once


def worker(private_ip="", host="node.example"):
    return Worker("i-1", "running", Login(host), private_ip=private_ip)


@pytest.mark.parametrize(
    ("private_ip", "told", "host", "address"),
    [
        ("10.0.0.7", "", "54.1.2.3", "10.0.0.7"),
        ("", "192.168.1.2", "node.example", "192.168.1.2"),
        ("", "", "127.0.20.3", "127.0.20.3"),
        ("", "100.64.0.9", "node.example", "100.64.0.9"),
    ],
)
def test_other_nodes_reach_it_at_its_private_address(private_ip, told, host, address):
    assert bootstrap._address(worker(private_ip, host), told) == address


@pytest.mark.parametrize(("told", "host"), [("54.1.2.3", "node.example"), ("", "54.1.2.3")])
def test_no_public_address_is_listened_on(told, host):
    with pytest.raises(EssError, match="is public"):
        bootstrap._address(worker(host=host), told)


def test_a_node_of_unknown_address_is_refused():
    with pytest.raises(EssError, match="private address"):
        bootstrap._address(worker(), "")


@pytest.fixture
def few_files():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("few_files")
def test_a_scheduler_may_have_files_open_for_many_workers(monkeypatch):
    monkeypatch.setattr(serving, "_scheduler", lambda _order: None)
    limits = []
    monkeypatch.setattr(
        serving.asyncio, "run", lambda _made: limits.append(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    )
    serving.scheduler({})
    assert limits[0] > 256
