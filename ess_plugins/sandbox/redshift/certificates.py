"""A certificate authority for one sandbox, and the server certificate it signs.

Its key is never written, dies with the process, and can vouch for nothing outside this machine.
"""

import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from cryptography import x509

from ess_core.nodes.certificates import Authority, Pair

_LASTS = timedelta(days=365)
_LOCALHOST = x509.DNSName("localhost")
_LOOPBACK = (x509.IPAddress(IPv4Network("127.0.0.0/8")), _LOCALHOST)


@dataclass(frozen=True)
class ServerSide:
    """``pem`` is what clients should trust to talk to ``context``."""

    pem: str
    context: ssl.SSLContext


def server_side(addresses: Sequence[str]) -> ServerSide:
    """That of TLS at these addresses and ``localhost``, with an authority of its own."""
    authority = Authority.new("ess sandbox Redshift CA", _LASTS, _LOOPBACK)
    names = [_LOCALHOST, *(x509.IPAddress(IPv4Address(address)) for address in addresses)]
    server = authority.signed("ess sandbox Redshift", names, _LASTS)
    return ServerSide(authority.pair.certificate, _context(server))


def _context(pair: Pair) -> ssl.SSLContext:
    """The ssl module takes keys from files only: one that is private and gone at once."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_text(pair.certificate + pair.key)
        context.load_cert_chain(file.name)
    return context
