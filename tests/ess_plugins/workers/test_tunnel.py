"""One port of this machine leads to a node's for as long as it is open, whatever breaks on the way."""

import contextlib
import socket
import threading
from contextlib import closing

import pytest

from ess_core.errors import EssError
from ess_plugins.workers import tunnel
from tests.fixtures.waiting import until


@pytest.fixture
def echo():
    """A server that sends back what it gets, on one address of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server,), daemon=True).start()
        yield server.getsockname()


def _serve(server):
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_echo, args=(connection,), daemon=True).start()


def _echo(connection):
    with closing(connection):
        while data := connection.recv(1024):
            connection.sendall(data)


def said_back(port, word=b"word"):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(word)
        return connection.recv(len(word))


def test_what_is_sent_comes_to_the_node_and_back(fleet, echo):
    node = fleet.node(passes_on=True).start()
    with tunnel.background() as background, tunnel.opened(background, node.login(), echo) as way:
        assert said_back(way.port) == b"word"
        assert node.passed_on == [echo]
    with pytest.raises(ConnectionRefusedError):
        said_back(way.port)


def test_a_broken_tunnel_is_made_anew_at_the_same_port(fleet, echo, monkeypatch):
    monkeypatch.setattr(tunnel, "LONGEST_PAUSE_S", 0.3)
    node = fleet.node(passes_on=True).start()
    with tunnel.background() as background, tunnel.opened(background, node.login(), echo) as way:
        assert said_back(way.port) == b"word"
        node.stop()
        node.start()

        def works():
            with contextlib.suppress(OSError):
                assert said_back(way.port) == b"word"
                return True

        until(works)


def test_a_node_that_cannot_be_reached_is_said_at_once(fleet, echo):
    node = fleet.node()
    with (
        tunnel.background() as background,
        pytest.raises(EssError, match=node.host),
        tunnel.opened(background, node.login(), echo),
    ):
        pass


def test_the_port_is_on_this_machines_loopback_only(fleet, echo):
    node = fleet.node(passes_on=True).start()
    with (
        tunnel.background() as background,
        tunnel.opened(background, node.login(), echo) as way,
        pytest.raises(ConnectionRefusedError),
        socket.create_connection(("127.0.0.2", way.port), timeout=2),
    ):
        pass


def test_closing_ends_the_thread(fleet, echo):
    node = fleet.node(passes_on=True).start()
    with tunnel.background() as background, tunnel.opened(background, node.login(), echo):
        assert [one for one in threading.enumerate() if one.name == "ess tunnel"]
    assert not [one for one in threading.enumerate() if one.name == "ess tunnel"]
