"""Ports that misbehave: packets dropped, or connections that are taken and never answered."""

import socket


def hanging(address: str, port: int) -> list[socket.socket]:
    """Listen, so that clients connect, and never say a word."""
    return [_listening(address, port, 128)]


def dead(address: str, port: int) -> list[socket.socket]:
    """Drop connection attempts, as a closed firewall does: the kernel drops SYNs when the queue is full."""
    server = _listening(address, port, 0)
    fillers = [socket.socket() for _ in range(2)]
    for filler in fillers:
        filler.settimeout(0)
        filler.connect_ex((address, port))
    return [server, *fillers]


def _listening(address: str, port: int, backlog: int) -> socket.socket:
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(backlog)
    return server
