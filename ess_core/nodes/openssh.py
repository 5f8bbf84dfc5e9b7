"""The command line of OpenSSH's client for a node, for interactive logins."""

from pathlib import Path

from ess_core.home import home
from ess_core.nodes.worker import Login

CONNECT_S = 15


def openssh(login: Login, command: str | None) -> list[str]:
    """The argv of ``ssh`` that logs in to this node, or runs ``command`` there and never asks anything."""
    options = {} if login.pem is None else {"IdentityFile": _quoted(login.pem)}
    options |= {
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
    settings = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    where = ["-p", str(login.port), "-l", login.username, "--", login.host]
    return ["ssh", *settings, *where, *([] if command is None else [command])]


def _quoted(path: Path) -> str:
    """OpenSSH splits such values at spaces unless they are quoted, and expands % tokens in them."""
    escaped = str(path.absolute()).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
