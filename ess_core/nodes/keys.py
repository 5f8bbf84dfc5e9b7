"""The private key of a pem file, read and checked once per file and not once per login."""

import contextlib
import os
import stat
from functools import lru_cache
from pathlib import Path
from shlex import quote

import asyncssh

from ess_core.errors import ConfigError
from ess_core.nodes.openssh import own_files

MAX_SIZE_BYTES = 100_000


def load(pem: Path) -> asyncssh.SSHKey:
    """The private key in ``pem``.

    Raises ConfigError where the file is missing, unreadable, open to others, encrypted or not a private key.
    """
    try:
        seen = pem.stat()
        _check(pem, seen)
        return _parse(pem, seen.st_mtime_ns, seen.st_size, seen.st_ino)
    except OSError as error:
        raise ConfigError(f"cannot read the key {pem}: {error.strerror}") from error


def own() -> list[asyncssh.SSHKeyPair]:
    """The user's own keys, but for what is encrypted or cannot be read."""
    found: list[asyncssh.SSHKeyPair] = []
    for path in own_files():
        with contextlib.suppress(OSError, ValueError):
            found += asyncssh.load_keypairs(path, ignore_encrypted=True)
    return found


def _check(pem: Path, seen: os.stat_result) -> None:
    if not stat.S_ISREG(seen.st_mode) or seen.st_size > MAX_SIZE_BYTES:
        raise _not_a_key(pem)
    if seen.st_uid == os.getuid() and seen.st_mode & 0o077:
        raise ConfigError(f"the key {pem} is open to other users", f"chmod 600 {quote(str(pem))}")


@lru_cache(maxsize=64)
def _parse(pem: Path, _mtime_ns: int, _size_bytes: int, _inode: int) -> asyncssh.SSHKey:
    data = pem.read_bytes()
    try:
        return asyncssh.import_private_key(data)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError) as error:
        if "passphrase" in str(error).lower():
            raise ConfigError(
                f"the key {pem} is encrypted with a passphrase",
                f"`ssh-keygen -p -f {quote(str(pem))}` takes it off",
            ) from None
        raise _not_a_key(pem) from None


def _not_a_key(pem: Path) -> ConfigError:
    return ConfigError(f"{pem} is not a private key", "use the .pem file that EC2 gave for the key pair")
