"""Fingerprints of key pairs as EC2 computes them.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html
"""

import base64
import hashlib
import re

from cryptography.hazmat.primitives import serialization
from moto.ec2.models import EC2Backend
from moto.ec2.models.key_pairs import KeyPair

from ess_plugins.sandbox.api.request import current


class KeyPairs(EC2Backend):
    """Created RSA: SHA-1 of the private key; imported RSA: MD5 of the public one; ED25519: SHA-256."""

    def create_key_pair(self, name: str, key_type: str, tags: dict[str, str]) -> KeyPair:
        """Create one with EC2's fingerprint."""
        pair = super().create_key_pair(name, key_type, tags)
        pair.key_fingerprint = (
            _of_public(pair.public_key) if key_type == "ed25519" else _of_private(pair.material)
        )
        return pair

    def delete_key_pair(self, name: str | None) -> KeyPair | None:
        """Delete one by name, or by id as moto does not."""
        request = current()
        wanted = request.parameters.get("KeyPairId", "") if request else ""
        by_id = next((pair.key_name for pair in self.key_pairs.values() if pair.id == wanted), "")
        return super().delete_key_pair(name or by_id)

    def import_key_pair(self, key_name: str, public_key_material: bytes, tags: dict[str, str]) -> KeyPair:
        """Import one; moto's MD5 is right for RSA."""
        pair = super().import_key_pair(key_name, public_key_material, tags)
        if pair.key_type == "ed25519":
            pair.key_fingerprint = _of_public(pair.public_key)
        return pair


def _of_private(pem: bytes) -> str:
    der = serialization.load_pem_private_key(pem, None).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return ":".join(re.findall("..", hashlib.sha1(der).hexdigest()))  # noqa: S324 - EC2's own choice


def _of_public(line: str) -> str:
    return base64.b64encode(hashlib.sha256(base64.b64decode(line.split()[1])).digest()).decode()
