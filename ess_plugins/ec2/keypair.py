"""Does this pem file belong to that EC2 key pair? Asked before anything is launched."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from ess_core.conf.text import shown
from ess_core.errors import ConfigError
from ess_plugins.ec2 import pem


def fits(path: Path, key_pair: Mapping[str, Any]) -> bool | None:
    """Whether the pem is the private half of a DescribeKeyPairs entry; None where that cannot be told.

    Compares public keys where EC2 gives one (IncludePublicKey), else the fingerprint in all encodings.
    Raises ConfigError for a file that is no private key.
    """
    return is_public_half(pem.private_key(path), key_pair)


def is_public_half(key: PrivateKeyTypes, key_pair: Mapping[str, Any]) -> bool | None:
    """Whether a DescribeKeyPairs entry belongs to the private key; None where that cannot be told."""
    if public := key_pair.get("PublicKey"):
        return _words(public)[:2] == _words(openssh(key))[:2]
    fingerprint = _normal(str(key_pair.get("KeyFingerprint", "")))
    if len(fingerprint) not in (32, 40, 43):
        return None
    return fingerprint in _fingerprints(key)


def compare(path: Path, key_pair: Mapping[str, Any], where: str) -> str:
    """Refuse a pem that is not the key pair's; return why they could not be compared, if so.

    Raises ConfigError beginning with ``where``.
    """
    name, found = key_pair["KeyName"], fits(path, key_pair)
    if found is None:
        return f"key pair {name} has an unknown kind of fingerprint; not compared"
    if not found:
        raise ConfigError(
            f"{where}: {shown(path)} is not the private key of key pair {name} in this account and region",
            "put the right pem file beside instance.conf, or name another key pair as key_name",
        )
    return ""


def _fingerprints(key: PrivateKeyTypes) -> set[str]:
    """Every fingerprint EC2 may show: created RSA, imported RSA, ED25519.

    Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html
    """
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    blob = base64.b64decode(_words(openssh(key))[1])
    return {
        hashlib.sha1(private, usedforsecurity=False).hexdigest(),
        hashlib.md5(public, usedforsecurity=False).hexdigest(),
        _normal(base64.b64encode(hashlib.sha256(blob).digest()).decode()),
    }


def openssh(key: PrivateKeyTypes) -> str:
    """The public half as a line of authorized_keys."""
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return public.decode()


def _words(public_key: str) -> list[str]:
    return public_key.split()


def _normal(fingerprint: str) -> str:
    return fingerprint.removeprefix("SHA256:").replace(":", "").rstrip("=")
