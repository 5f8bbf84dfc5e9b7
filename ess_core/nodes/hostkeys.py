"""Host keys: trusted on first use into a known_hosts file that OpenSSH reads too, and strict from then on."""

import base64
import fcntl
import hmac
import os
from pathlib import Path

import asyncssh

from ess_core.errors import ConfigError, EssError
from ess_core.home import home
from ess_core.nodes.refusals import host_key_changed
from ess_core.nodes.worker import Login


def known_hosts_file(login: Login) -> Path:
    """Where this node's host key is pinned."""
    return (login.known_hosts or home() / "known_hosts").absolute()


def pinned(login: Login) -> tuple[asyncssh.SSHKey, ...]:
    """The host keys trusted for this node; none before its first login.

    Raises EssError where the file cannot be read, and ConfigError where its line for this node is damaged.
    """
    path = known_hosts_file(login)
    try:
        return _matching(path.read_bytes(), login, path)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise EssError(f"cannot read {path}: {error.strerror}") from error


def pin(login: Login, key: asyncssh.SSHKey) -> None:
    """Trust ``key`` for this node from now on.

    Raises LoginError where another key was pinned meanwhile, and EssError where the file cannot be written.
    """
    path = known_hosts_file(login)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(path, "ab+", opener=_private) as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            before = file.read()
            trusted = _matching(before, login, path)
            if trusted and key not in trusted:
                raise host_key_changed(login, str(path), key.get_fingerprint())
            if not trusted:
                file.write(_line(login, key, before))
    except OSError as error:
        raise EssError(f"cannot write {path}: {error.strerror}") from error


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _line(login: Login, key: asyncssh.SSHKey, before: bytes) -> bytes:
    kind, encoded = key.export_public_key("openssh").split()[:2]
    ending = b"" if not before or before.endswith(b"\n") else b"\n"
    return b"%b%b %b %b\n" % (ending, login.pinned_as.encode(), kind, encoded)


def _matching(data: bytes, login: Login, path: Path) -> tuple[asyncssh.SSHKey, ...]:
    name = login.pinned_as.encode()
    lines = [line.split() for line in data.splitlines()]
    try:
        return tuple(
            asyncssh.import_public_key(b" ".join(fields[1:3])) for fields in lines if _is_named(fields, name)
        )
    except asyncssh.KeyImportError as error:
        raise ConfigError(f"{path} has a damaged line for {login.pinned_as}") from error


def _is_named(fields: list[bytes], name: bytes) -> bool:
    """Whether the line of these fields is for ``name``, in plain or hashed (``|1|salt|HMAC-SHA1``)."""
    if len(fields) < 3:
        return False
    if not fields[0].startswith(b"|1|"):
        return name in fields[0].split(b",")
    salt, _, digest = fields[0][3:].partition(b"|")
    try:
        return hmac.digest(base64.b64decode(salt), name, "sha1") == base64.b64decode(digest)
    except ValueError:
        return False
