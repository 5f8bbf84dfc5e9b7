"""A private key of our making, in a file only its owner can read."""

import contextlib
import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from ess_core.conf.text import is_file, shown
from ess_core.errors import ConfigError, EssError
from ess_plugins.ec2 import pem

KEY_BITS = 2048  # as EC2's own key pairs have; every SSH client and image takes them


def write_new(path: Path) -> PrivateKeyTypes:
    """Make a key and write it with mode 0600; raises EssError where there is a file already."""
    key = rsa.generate_private_key(65537, KEY_BITS)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(_text(key))
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise EssError(f"{shown(path)} is there already, and no regular file that can be used") from error
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise EssError(f"cannot write {shown(path)}: {error.strerror}") from error
    return key


def is_as_written(path: Path) -> bool:
    """Whether the file still is, to the byte, what :func:`write_new` writes."""
    if not is_file(path):
        return False
    try:
        return path.read_bytes() == _text(pem.private_key(path))
    except (ConfigError, OSError):
        return False


def _text(key: PrivateKeyTypes) -> bytes:
    """The key as EC2 gives one: PKCS#1 for RSA."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
