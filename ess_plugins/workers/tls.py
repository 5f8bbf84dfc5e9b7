"""Who may talk to the engine: a certificate authority for one cluster, and the certificates it signs.

The authority's key and the client's stay on this machine, in files of mode 0600. A node gets a key of its
own, which is made here, sent over SSH and not kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509

from ess_core.errors import EssError
from ess_core.home import write_private
from ess_core.nodes import certificates
from ess_core.nodes.certificates import Pair

LASTS = timedelta(days=3650)
"""Longer than any cluster: what ends a key is that its cluster ends."""

_CA, _CA_KEY, _CLIENT, _CLIENT_KEY = "ca.pem", "ca-key.pem", "client.pem", "client-key.pem"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Authority:
    """The authority of one cluster, and the client that commands its engine; ``folder`` has their files."""

    folder: Path

    @property
    def ca(self) -> Path:
        """The authority's certificate."""
        return self.folder / _CA

    @property
    def client(self) -> Path:
        """The client's certificate."""
        return self.folder / _CLIENT

    @property
    def client_key(self) -> Path:
        """The client's private key."""
        return self.folder / _CLIENT_KEY

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the authority's certificate file."""
        return sha256(self.ca.read_bytes()).hexdigest()

    def for_node(self, addresses: Sequence[str]) -> Pair:
        """A new key for one node, with a certificate for its addresses."""
        try:
            own = Pair(self.ca.read_text(), (self.folder / _CA_KEY).read_text())
            issuer = certificates.Authority.of(own)
        except (OSError, ValueError) as error:
            raise EssError(
                f"the keys in {self.folder} cannot be used: {error}",
                f"rm -r {self.folder}; then `ess cluster prepare` makes new ones",
            ) from error
        return _signed(issuer, "ess node", addresses)


def authority(folder: Path) -> Authority:
    """The authority in a private folder, made where there is none. Raises EssError where that fails."""
    if not (folder / _CLIENT).exists():  # the last that is written
        _make(folder)
    return Authority(folder)


def _make(folder: Path) -> None:
    issuer = certificates.Authority.new("ess cluster CA", LASTS)
    client = _signed(issuer, "ess client", ())
    for file, text in (
        (_CA_KEY, issuer.pair.key),
        (_CA, issuer.pair.certificate),
        (_CLIENT_KEY, client.key),
        (_CLIENT, client.certificate),
    ):
        write_private(folder / file, text)


def _signed(issuer: certificates.Authority, name: str, addresses: Sequence[str]) -> Pair:
    """Good at the loopback address too, where a tunnel to a node ends."""
    names = [x509.IPAddress(ip_address(address)) for address in dict.fromkeys([LOOPBACK, *addresses])]
    return issuer.signed(name, names, LASTS)
