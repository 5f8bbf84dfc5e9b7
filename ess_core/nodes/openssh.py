"""The command line of OpenSSH's client for a node, for interactive logins."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from ess_core.errors import EssError
from ess_core.home import home
from ess_core.nodes.worker import Login

CONNECT_S = 15
OWN_NAMES = ("id_ed25519", "id_ecdsa", "id_rsa")


def openssh(login: Login, command: str | None) -> list[str]:
    """The argv of ``ssh`` that logs in to this node, or runs ``command`` there and never asks anything."""
    return [*_ssh(login, batch=command is not None), *([] if command is None else [command])]


def make_room(login: Login) -> None:
    """Make the folders where OpenSSH is to pin host keys: without them it logs in and pins nothing.

    Raises EssError where that cannot be done.
    """
    folder = (login.known_hosts or home() / "known_hosts").absolute().parent
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise EssError(f"cannot make {folder} for host keys: {error.strerror}") from error
    if login.via:
        make_room(login.via)


def own_files() -> list[Path]:
    """The key files in ~/.ssh that OpenSSH tries by itself, those that are there."""
    folder = Path.home() / ".ssh"
    return [folder / name for name in OWN_NAMES if (folder / name).is_file()]


def _ssh(login: Login, *words: str, batch: bool) -> list[str]:
    """The client and its options up to the host; it never asks anything where ``batch``."""
    options = {
        "IdentitiesOnly": "no" if login.with_own_keys else "yes",
        "UserKnownHostsFile": _quoted(login.known_hosts or home() / "known_hosts"),
        "StrictHostKeyChecking": "accept-new",
        "CheckHostIP": "no",
        "HashKnownHosts": "no",
        "ConnectTimeout": str(CONNECT_S),
        "LogLevel": "ERROR",
    }
    if login.alias:
        options["HostKeyAlias"] = login.alias
    if batch:
        options["BatchMode"] = "yes"
    if login.via:
        options["ProxyCommand"] = _proxy_command(login, batch=batch)
    pairs = [*(("IdentityFile", _quoted(path)) for path in _identities(login)), *options.items()]
    settings = [part for name, value in pairs for part in ("-o", f"{name}={value}")]
    return ["ssh", *settings, *words, "-p", str(login.port), "-l", login.username, "--", login.host]


def _identities(login: Login) -> Sequence[Path]:
    """The key files to name; once one is named, OpenSSH does not look for the user's own."""
    if login.pem is None:
        return ()
    return (login.pem, *(own_files() if login.with_own_keys else ()))


def _proxy_command(login: Login, *, batch: bool) -> str:
    """The command that connects us to the node; ProxyJump would not give the jump host our options."""
    assert login.via
    return shlex.join(_ssh(login.via, "-W", login.address, batch=batch)).replace("%", "%%")


def _quoted(path: Path) -> str:
    """OpenSSH splits such values at spaces unless they are quoted, and expands % tokens in them."""
    escaped = str(path.absolute()).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
