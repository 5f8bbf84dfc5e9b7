"""Where the processes of the engine listen, and what they take of the system."""

import resource
import socket

import pytest

from ess_core.errors import EssError
from ess_core.nodes.worker import Login, Worker
from ess_plugins.workers import bootstrap
from ess_plugins.workers.node import serving


def test_the_first_port_that_is_free_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        free = other.getsockname()[1]
        other.close()
        assert serving._one_of("127.0.0.1", [taken.getsockname()[1], free]) == free
        assert serving._one_of("127.0.0.1", [taken.getsockname()[1]]) == 0


def test_an_address_that_is_not_this_machines_is_refused():
    with pytest.raises(EssError, match=r"cannot listen on 203\.0\.113\.7"):
        serving._one_of("203.0.113.7", [serving.SCHEDULER_PORT])


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
