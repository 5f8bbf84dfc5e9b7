"""Who may talk to the engine: a certificate authority for one cluster, and the certificates it signs.

The authority's key and the client's stay on this machine, in files of mode 0600. A node gets a key of its
own, which is made here, sent over SSH and not kept. Every certificate is good for both sides of a connection.
Source for what a certificate must have: RFC 5280, on which Python insists since 3.13.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ess_core.errors import EssError
from ess_core.home import write_private

LASTS = timedelta(days=3650)
"""Longer than any cluster: what ends a key is that its cluster ends."""

_SKEW = timedelta(days=1)
_CA, _CA_KEY, _CLIENT, _CLIENT_KEY = "ca.pem", "ca-key.pem", "client.pem", "client-key.pem"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, as PEM."""

    certificate: str
    key: str

    def __repr__(self) -> str:
        return "Pair(…)"


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
            key = load_pem_private_key((self.folder / _CA_KEY).read_bytes(), None)
            ca = x509.load_pem_x509_certificate(self.ca.read_bytes())
        except (OSError, ValueError) as error:
            raise EssError(
                f"the keys in {self.folder} cannot be used: {error}",
                f"rm -r {self.folder}; then `ess cluster prepare` makes new ones",
            ) from error
        return _signed(_Issuer(ca.subject, key), "ess node", [LOOPBACK, *addresses])  # type: ignore[arg-type]


def authority(folder: Path) -> Authority:
    """The authority in a private folder, made where there is none. Raises EssError where that fails."""
    if not (folder / _CLIENT).exists():  # the last that is written
        _make(folder)
    return Authority(folder)


@dataclass(frozen=True)
class _Issuer:
    name: x509.Name
    key: ec.EllipticCurvePrivateKey


def _make(folder: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), _name("ess cluster CA")
    ca = (
        _certificate(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    client = _signed(_Issuer(name, key), "ess client", [LOOPBACK])
    for file, text in (
        (_CA_KEY, _pem(key)),
        (_CA, ca.public_bytes(Encoding.PEM).decode()),
        (_CLIENT_KEY, client.key),
        (_CLIENT, client.certificate),
    ):
        write_private(folder / file, text)


def _signed(issuer: _Issuer, name: str, addresses: Sequence[str]) -> Pair:
    key, public = ec.generate_private_key(ec.SECP256R1()), issuer.key.public_key()
    names = [x509.IPAddress(ip_address(address)) for address in dict.fromkeys(addresses)]
    certificate = (
        _certificate(_name(name), issuer.name, key.public_key())
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(_BOTH_SIDES), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(issuer.key, SHA256())
    )
    return Pair(certificate.public_bytes(Encoding.PEM).decode(), _pem(key))


_BOTH_SIDES = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        issuer, subject, key, x509.random_serial_number(), now - _SKEW, now + LASTS
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
