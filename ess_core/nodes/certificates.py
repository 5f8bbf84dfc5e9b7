"""A certificate authority of one's own and what it signs, with all that a certificate must have.

Source: RFC 5280, on which Python insists since 3.13.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

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

_SKEW = timedelta(days=1)  # how wrong the clock of the other side may be
_BOTH_SIDES = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, both as PEM."""

    certificate: str
    key: str = field(repr=False)


class Authority:
    """Whoever trusts its certificate trusts all that it signs, and nothing else."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._certificate, self._key = certificate, key

    @classmethod
    def new(cls, name: str, lasts: timedelta, within: Sequence[x509.GeneralName] = ()) -> "Authority":
        """One with a new key; what it signs is good ``within`` these names only, where any are given."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _builder(_name(name), _name(name), key.public_key(), lasts, signs=True)
        if within:
            certificate = certificate.add_extension(x509.NameConstraints(within, None), critical=True)
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        return cls(certificate.add_extension(identifier, critical=False).sign(key, SHA256()), key)

    @classmethod
    def of(cls, pair: Pair) -> "Authority":
        """The one whose certificate and key they are. Raises ValueError where they are not."""
        certificate = x509.load_pem_x509_certificate(pair.certificate.encode())
        try:
            key = load_pem_private_key(pair.key.encode(), None)
        except TypeError as error:  # it has a password
            raise ValueError(str(error)) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise ValueError("the key is not that of the certificate")
        return cls(certificate, key)

    @property
    def pair(self) -> Pair:
        """Its own certificate and key."""
        return _pair(self._certificate, self._key)

    def signed(self, name: str, names: Sequence[x509.GeneralName], lasts: timedelta) -> Pair:
        """A new key and its certificate, good for both sides of a connection at the places ``names``."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        certificate = (
            _builder(_name(name), self._certificate.subject, key.public_key(), lasts, signs=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage(_BOTH_SIDES), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, SHA256())
        )
        return _pair(certificate, key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, lasts: timedelta, *, signs: bool
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number(), now - _SKEW, now + lasts)
        .add_extension(x509.BasicConstraints(ca=signs, path_length=0 if signs else None), critical=True)
        .add_extension(_usage(signs=signs), critical=True)
    )


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


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Pair(certificate.public_bytes(Encoding.PEM).decode(), private.decode())
