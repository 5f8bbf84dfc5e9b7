"""Where the front answers: every cluster has an address of its own, all have one port."""

import contextlib
import json
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass

ADDRESSES = tuple(f"127.0.0.{number}" for number in range(1, 17))
"""Clusters and workgroups share them in turn where there are more."""
_TRIES = 50


@dataclass(frozen=True)
class Opening:
    """What the front tells the API process: its port, and the certificate of the authority to trust."""

    port: int
    ca_pem: str

    def encode(self) -> bytes:
        """One line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @staticmethod
    def decode(line: bytes) -> "Opening":
        """What such a line says."""
        return Opening(**json.loads(line))


def listen(addresses: Sequence[str]) -> list[socket.socket]:
    """Sockets at all addresses, with one port that is free at each of them. Raises OSError."""
    for _ in range(_TRIES):
        with contextlib.suppress(OSError):
            return _listen_at(addresses)
    raise OSError("no port is free at all addresses of the sandbox's Redshift")


def _listen_at(addresses: Sequence[str]) -> list[socket.socket]:
    port, opened = 0, []
    try:
        for address in addresses:
            opened.append(socket.create_server((address, port), backlog=64))
            port = opened[0].getsockname()[1]
    except OSError:
        for sock in opened:
            sock.close()
        raise
    return opened
