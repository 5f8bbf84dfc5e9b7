"""The command line of OpenSSH's client for a node, for interactive logins."""

from pathlib import Path

from ess_core.home import home
from ess_core.nodes.worker import Login

CONNECT_S = 15


def openssh(login: Login, command: str | None) -> list[str]:
    """The argv of ``ssh`` that logs in to this node, or runs ``command`` there and never asks anything."""
    options = {
        "IdentitiesOnly": "yes" if login.pem else "no",
        "UserKnownHostsFile": _quoted(login.known_hosts or home() / "known_hosts"),
        "StrictHostKeyChecking": "accept-new",
        "CheckHostIP": "no",
        "HashKnownHosts": "no",
        "ConnectTimeout": str(CONNECT_S),
        "LogLevel": "ERROR",
    }
    if login.alias:
        options["HostKeyAlias"] = login.alias
    if command is not None:
        options["BatchMode"] = "yes"
    key = ["-i", _escaped(login.pem)] if login.pem else []
    settings = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    where = ["-p", str(login.port), "-l", login.username, "--", login.host]
    return ["ssh", *key, *settings, *where, *([] if command is None else [command])]


def _escaped(path: Path) -> str:
    """OpenSSH expands % tokens in file names."""
    return str(path.absolute()).replace("%", "%%")


def _quoted(path: Path) -> str:
    """OpenSSH takes several files separated by spaces, unless they are quoted."""
    return f'"{_escaped(path)}"'
