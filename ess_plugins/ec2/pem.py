"""The user's private key: is it there, is it private, can it be used without asking?"""

import codecs
import shlex
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ess_core.conf.text import is_exposed, is_file, read_text, shown
from ess_core.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes


def check(pem: Path | None) -> Path:
    """The same path, when it holds a private key that can be used without asking.

    Raises ConfigError where it is missing, open to others, encrypted or no private key.
    """
    if pem is None:
        raise ConfigError("[EC2] key_name: is missing, so there is no key to log in with")
    if not is_file(pem):
        reason = f"[EC2] key_name: there is no private key {shown(pem)}, nor one in ~/.ssh"
        raise ConfigError(
            reason, "put its pem beside instance.conf; `ess instance ec2 setup` makes a pair that EC2 lacks"
        )
    if is_exposed(pem):
        raise ConfigError(f"{shown(pem)}: others on this machine can read it", f"chmod 600 {_quoted(pem)}")
    private_key(pem)
    return pem


def private_key(pem: Path) -> "PrivateKeyTypes":
    """The key in ``pem``: PKCS#1, PKCS#8 or OpenSSH. Raises ConfigError where it is encrypted or none."""
    from cryptography.exceptions import UnsupportedAlgorithm

    text = read_text(pem)
    if _is_rewritten(pem.read_bytes()):
        reason = (
            f"{shown(pem)}: begins with a byte order mark or has bare CR line ends, which SSH does not read"
        )
        raise ConfigError(reason, "save it again as plain text, as EC2 gave it")
    if text.startswith("PuTTY-User-Key-File"):
        hint = f"puttygen {_quoted(pem)} -O private-openssh -o key.pem"
        raise ConfigError(f"{shown(pem)}: is a key in PuTTY's format", hint)
    try:
        return _parse(text)
    except TypeError:  # how cryptography says that a passphrase is needed
        hint = f"ssh-keygen -p -N '' -f {_quoted(pem)} removes its passphrase"
        raise ConfigError(f"{shown(pem)}: is encrypted with a passphrase", hint) from None
    except (UnsupportedAlgorithm, ValueError):
        raise ConfigError(f"{shown(pem)}: is not a private key", "key_name names the pem from EC2") from None


def _is_rewritten(data: bytes) -> bool:
    """Whether an editor has changed the file in a way that :func:`read_text` forgives and SSH does not."""
    return data.startswith(codecs.BOM_UTF8) or (b"\r" in data and b"\n" not in data)


@lru_cache(maxsize=4)
def _parse(text: str) -> "PrivateKeyTypes":
    """The key, checked once: the check of an RSA key takes 50 ms."""
    from cryptography.hazmat.primitives import serialization

    openssh = "BEGIN OPENSSH PRIVATE KEY" in text
    load = serialization.load_ssh_private_key if openssh else serialization.load_pem_private_key
    return load(text.encode(), None)


def _quoted(path: Path) -> str:
    return shlex.quote(shown(path))
