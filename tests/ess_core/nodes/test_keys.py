"""A pem file is checked before anything is sent, and its content never shows."""

import os
import subprocess
from pathlib import Path

import asyncssh
import pytest

from ess_core.errors import ConfigError
from ess_core.nodes import keys
from tests.fixtures.rights import open_folder, unprivileged
from tests.fixtures.ssh import write_pem


def test_every_encoding_that_ec2_and_ssh_keygen_write_is_read(tmp_path: Path):
    key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    for encoding in ("pkcs1-pem", "pkcs8-pem", "openssh"):
        path = tmp_path / encoding
        path.write_bytes(key.export_private_key(encoding))
        path.chmod(0o400)
        assert keys.load(path) == key


def test_a_file_is_read_once_until_it_changes(tmp_path: Path):
    path = write_pem(tmp_path / "key.pem", "ssh-ed25519")
    first = keys.load(path)
    assert keys.load(path) is first
    path.unlink()
    write_pem(path, "ssh-ed25519")
    assert keys.load(path) != first


@pytest.mark.parametrize(("kind", "encoding"), [("rsa", "PEM"), ("rsa", "PKCS8"), ("ed25519", "RFC4716")])
def test_an_encrypted_pem_says_so(tmp_path: Path, kind: str, encoding: str):
    path = tmp_path / "key.pem"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-m", encoding, "-N", "secret", "-f", path], check=True)
    with pytest.raises(ConfigError, match="encrypted with a passphrase"):
        keys.load(path)


def test_a_pem_that_others_may_read_says_chmod(tmp_path: Path):
    path = write_pem(tmp_path / "my key.pem", "ssh-ed25519")
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="open to other users") as caught:
        keys.load(path)
    assert caught.value.hint == f"chmod 600 '{path}'"


def test_a_missing_pem_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"cannot read the key .*none\.pem: No such file"):
        keys.load(tmp_path / "none.pem")


def test_a_pem_that_we_may_not_read_is_named():
    with open_folder() as folder:
        path = write_pem(folder / "key.pem", "ssh-ed25519")
        path.chmod(0)
        with unprivileged(), pytest.raises(ConfigError, match="Permission denied"):
            keys.load(path)


@pytest.mark.parametrize("damage", ["empty", "text", "public", "cut", "binary", "huge", "folder"])
def test_what_is_no_private_key_is_refused_without_showing_it(tmp_path: Path, damage: str):
    key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    pem = key.export_private_key("pkcs1-pem")
    path = tmp_path / "key.pem"
    if damage == "folder":
        path.mkdir(mode=0o700)
    else:
        path.write_bytes(
            {
                "empty": b"",
                "text": b"not a key\n",
                "public": key.export_public_key(),
                "cut": pem[: len(pem) // 2],
                "binary": os.urandom(2000),
                "huge": pem * 100,
            }[damage]
        )
        path.chmod(0o600)
    with pytest.raises(ConfigError, match="is not a private key") as caught:
        keys.load(path)
    assert pem.decode().splitlines()[1] not in str(caught.getrepr(chain=True))
