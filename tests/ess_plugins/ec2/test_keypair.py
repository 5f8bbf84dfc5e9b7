"""A pem is compared with its key pair before anything is launched, however EC2 describes the pair."""

import base64
import hashlib
import re
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization as formats
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from ess_plugins.ec2.keypair import fits

RSA, OTHER_RSA = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
ED25519, OTHER_ED25519 = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()
PKCS1, PKCS8 = formats.PrivateFormat.TraditionalOpenSSL, formats.PrivateFormat.PKCS8
OPENSSH = formats.PrivateFormat.OpenSSH
FORMS = [(RSA, PKCS1), (RSA, PKCS8), (RSA, OPENSSH), (ED25519, PKCS8), (ED25519, OPENSSH)]
NAMES = ["RSA PKCS#1", "RSA PKCS#8", "RSA OpenSSH", "ED25519 PKCS#8", "ED25519 OpenSSH"]
OTHERS = {RSA: OTHER_RSA, ED25519: OTHER_ED25519}


def _line(key):
    """The public key as EC2 gives it with IncludePublicKey."""
    return key.public_key().public_bytes(formats.Encoding.OpenSSH, formats.PublicFormat.OpenSSH).decode()


def _colons(digest):
    return ":".join(re.findall("..", digest))


def _created_rsa(key):
    der = key.private_bytes(formats.Encoding.DER, PKCS8, formats.NoEncryption())
    return _colons(hashlib.sha1(der).hexdigest())


def _imported_rsa(key):
    der = key.public_key().public_bytes(formats.Encoding.DER, formats.PublicFormat.SubjectPublicKeyInfo)
    return _colons(hashlib.md5(der).hexdigest())


def _sha256(key):
    return base64.b64encode(hashlib.sha256(base64.b64decode(_line(key).split()[1])).digest()).decode()


@pytest.fixture(params=FORMS, ids=NAMES)
def form(request, tmp_path):
    """A pem in every form, and its key."""
    key, kind = request.param
    path = tmp_path / "key.pem"
    path.write_bytes(key.private_bytes(formats.Encoding.PEM, kind, formats.NoEncryption()))
    return path, key


def _fingerprints(key):
    if key is RSA or key is OTHER_RSA:
        return [_created_rsa(key), _imported_rsa(key)]
    sha256 = _sha256(key)
    return [sha256, sha256.rstrip("="), f"SHA256:{sha256.rstrip('=')}"]


def test_a_pem_fits_the_public_key_of_its_pair_and_no_other(form):
    path, key = form
    assert fits(path, {"PublicKey": f"{_line(key)} pem_file\n", "KeyFingerprint": "wrong"}) is True
    assert fits(path, {"PublicKey": f"{_line(OTHERS[key])} pem_file\n"}) is False


def test_a_pem_fits_every_fingerprint_ec2_may_show_and_no_other_keys(form):
    path, key = form
    for fingerprint in _fingerprints(key):
        assert fits(path, {"KeyFingerprint": fingerprint}) is True, fingerprint
    for fingerprint in _fingerprints(OTHERS[key]):
        assert fits(path, {"KeyFingerprint": fingerprint}) is False, fingerprint


@pytest.mark.parametrize("fingerprint", ["", "ab:cd", "SHA512:" + "a" * 86])
def test_an_unknown_kind_of_fingerprint_proves_nothing(form, fingerprint):
    assert fits(form[0], {"KeyFingerprint": fingerprint}) is None


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
def test_openssl_gives_the_fingerprint_that_ec2_documents(tmp_path):
    path = tmp_path / "key.pem"
    path.write_bytes(RSA.private_bytes(formats.Encoding.PEM, PKCS1, formats.NoEncryption()))
    commands = (
        f"openssl pkcs8 -in {path} -inform PEM -outform DER -topk8 -nocrypt | openssl sha1 -c",
        f"openssl rsa -in {path} -pubout -outform DER 2>/dev/null | openssl md5 -c",
    )
    for command in commands:
        said = subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout
        assert fits(path, {"KeyFingerprint": said.split()[-1]}) is True
