"""The guard lets a process reach this machine and nothing else."""

import asyncio
import socket
import subprocess
import sys
import urllib.request

import pytest

from ess_plugins.sandbox.guard import is_loopback

OUTSIDE = "192.0.2.1"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.255.255.254", "127.1.0.4", "localhost", "::1", "::ffff:127.0.0.1"]
)
def test_loopback_is_inside(host):
    assert is_loopback(host)


NOT_LOOPBACK = [
    *("0.0.0.0", "126.255.255.255", "127.1", "128.0.0.1", "169.254.169.254", "2130706433"),
    *("::", "::2", "::ffff:10.0.0.1", "fe80::1%eth0"),
    *("", "\0", "127.0.0.1.evil.example", "127.evil.example", "localhost.evil", "é"),
]


@pytest.mark.parametrize("host", NOT_LOOPBACK)
def test_everything_else_is_outside(host):
    assert not is_loopback(host)


def refuses(call):
    with pytest.raises(PermissionError, match="guard:"):
        call()


def test_no_way_of_sending_is_forgotten():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        refuses(lambda: tcp.connect((OUTSIDE, 80)))
        refuses(lambda: tcp.connect_ex((OUTSIDE, 80)))
        refuses(lambda: tcp.connect(("aws.amazon.com", 80)))
        refuses(lambda: udp.connect((OUTSIDE, 53)))
        refuses(lambda: udp.sendto(b"x", (OUTSIDE, 53)))
        refuses(lambda: udp.sendto(b"x", 0, (OUTSIDE, 53)))
        refuses(lambda: udp.sendmsg([b"x"], [], 0, (OUTSIDE, 53)))
    with socket.socket(socket.AF_INET6) as six:
        refuses(lambda: six.connect(("2001:db8::1", 80)))


def test_names_are_not_looked_up_outside():
    refuses(lambda: socket.getaddrinfo("aws.amazon.com", 443))
    refuses(lambda: socket.gethostbyname("aws.amazon.com"))
    assert socket.getaddrinfo("localhost", 80, socket.AF_INET)
    assert socket.getaddrinfo(None, 80)


def test_asyncio_is_guarded_too():
    with pytest.raises(PermissionError, match="guard:"):
        asyncio.run(asyncio.wait_for(asyncio.open_connection(OUTSIDE, 80), 2))


def test_this_machine_can_be_reached(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=2).close()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "socket"))
        server.listen()
        client.connect(str(tmp_path / "socket"))


def test_an_http_library_gets_an_ordinary_error():
    with pytest.raises(OSError, match="guard:"):
        urllib.request.urlopen(f"http://{OUTSIDE}/", timeout=2)


def test_a_child_of_a_child_is_guarded():
    inner = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    done = subprocess.run([sys.executable, "-c", outer], capture_output=True, text=True)
    assert "guard: '192.0.2.1' is outside" in done.stderr
