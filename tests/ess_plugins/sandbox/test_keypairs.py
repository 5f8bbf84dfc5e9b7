"""Fingerprints of key pairs are EC2's, so that ess can compare them with a pem file."""

import base64
import hashlib

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

DER = serialization.Encoding.DER


def colons(digest):
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))


def openssh(public):
    return public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)


def sha256_of(line):
    return base64.b64encode(hashlib.sha256(base64.b64decode(line.split()[1])).digest()).decode()


def private(pem):
    return serialization.load_ssh_private_key(pem, None) if b"OPENSSH" in pem else _pem(pem)


def _pem(pem):
    return serialization.load_pem_private_key(pem, None)


def test_created_rsa_is_sha1_of_the_private_key(sandbox):
    made = sandbox.client("ec2").create_key_pair(KeyName="created-rsa")
    key = private(made["KeyMaterial"].encode())
    der = key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    assert made["KeyFingerprint"] == colons(hashlib.sha1(der).hexdigest())


def test_imported_rsa_is_md5_of_the_public_key(sandbox):
    public = rsa.generate_private_key(65537, 2048).public_key()
    made = sandbox.client("ec2").import_key_pair(KeyName="own-rsa", PublicKeyMaterial=openssh(public))
    der = public.public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert made["KeyFingerprint"] == colons(hashlib.md5(der).hexdigest())


def test_created_ed25519_is_base64_sha256(sandbox):
    made = sandbox.client("ec2").create_key_pair(KeyName="created-ed", KeyType="ed25519")
    line = openssh(private(made["KeyMaterial"].encode()).public_key())
    assert made["KeyFingerprint"] == sha256_of(line)


def test_imported_ed25519_is_base64_sha256(sandbox):
    line = openssh(ed25519.Ed25519PrivateKey.generate().public_key())
    made = sandbox.client("ec2").import_key_pair(KeyName="own-ed", PublicKeyMaterial=line)
    assert made["KeyFingerprint"] == sha256_of(line)


def test_the_pem_file_is_the_key_pair_named_in_the_conf(sandbox):
    pairs = sandbox.client("ec2").describe_key_pairs(KeyNames=["pem_file"], IncludePublicKey=True)
    line = openssh(private((sandbox.folder / "pem_file.pem").read_bytes()).public_key())
    assert pairs["KeyPairs"][0]["PublicKey"].split()[1] == line.decode().split()[1]
    assert (sandbox.folder / "pem_file.pem").stat().st_mode & 0o777 == 0o600


def test_a_key_pair_is_deleted_by_its_id_too(sandbox):
    ec2 = sandbox.client("ec2")
    made = ec2.create_key_pair(KeyName="short-lived")
    ec2.delete_key_pair(KeyPairId=made["KeyPairId"])
    assert "short-lived" not in [pair["KeyName"] for pair in ec2.describe_key_pairs()["KeyPairs"]]
