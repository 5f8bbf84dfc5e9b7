"""Host keys: trusted on first use into a known_hosts file that OpenSSH reads too, and strict from then on."""

import fcntl
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
    kind, base64 = key.export_public_key("openssh").split()[:2]
    ending = b"" if not before or before.endswith(b"\n") else b"\n"
    return b"%b%b %b %b\n" % (ending, login.pinned_as.encode(), kind, base64)


def _matching(data: bytes, login: Login, path: Path) -> tuple[asyncssh.SSHKey, ...]:
    """Read only the lines that may be about this node: a hundred logins would parse ten thousand keys."""
    name = login.pinned_as.encode()
    lines = [line for line in data.splitlines() if _may_name(line, name)]
    if not lines:
        return ()
    try:
        found = asyncssh.import_known_hosts(b"\n".join(lines).decode())
    except ValueError as error:
        raise ConfigError(f"{path} has a damaged line for {login.pinned_as}") from error
    return tuple(found.match(login.pinned_as, "", None)[0])


def _may_name(line: bytes, name: bytes) -> bool:
    fields = line.split()
    return len(fields) > 2 and (name in fields[0].split(b",") or fields[0].startswith(b"|"))
