"""A certificate authority for one sandbox, and the server certificate it signs.

Its key is never written, dies with the process, and can vouch for nothing outside this machine. The
certificates have all that RFC 5280 asks for; Python insists on it since 3.13.
"""

import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_LASTS = timedelta(days=365)
_SKEW = timedelta(minutes=5)
_LOOPBACK = (x509.IPAddress(IPv4Network("127.0.0.0/8")), x509.DNSName("localhost"))


@dataclass(frozen=True)
class Authority:
    """``pem`` is what clients should trust."""

    pem: str
    server: ssl.SSLContext


def new_authority(addresses: Sequence[str]) -> Authority:
    """An authority, and a server side of TLS for these addresses and ``localhost``."""
    key, name = ec.generate_private_key(ec.SECP256R1()), _name("ess sandbox Redshift CA")
    ca = (
        _certificate(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.NameConstraints(_LOOPBACK, None), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    own_key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName("localhost"), *(x509.IPAddress(IPv4Address(address)) for address in addresses)]
    own = (
        _certificate(_name("ess sandbox Redshift"), name, own_key.public_key())
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    return Authority(ca.public_bytes(Encoding.PEM).decode(), _server_side(own, own_key))


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return x509.CertificateBuilder(
        issuer, subject, key, x509.random_serial_number(), now - _SKEW, now + _LASTS
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(signs: bool) -> x509.KeyUsage:
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


def _server_side(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
    """The ssl module takes keys from files only: one that is private and gone at once."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(certificate.public_bytes(Encoding.PEM) + pem)
        context.load_cert_chain(file.name)
    return context
