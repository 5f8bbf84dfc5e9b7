"""Why a node cannot be logged in to, and what to do about each reason."""

from enum import Enum
from shlex import quote

from ess_core.errors import EssError
from ess_core.nodes.worker import JumpHost, Login


class Refusal(Enum):
    """The kinds of failed logins that call for different action."""

    UNREACHABLE = "no route or no answer"
    REFUSED = "connection refused"
    SILENT = "no SSH banner"
    DENIED = "key or user name denied"
    HOST_KEY_CHANGED = "host key changed"
    NOT_PASSED_ON = "the jump host passes nothing on"
    FAILED = "login failed"


class LoginError(EssError):
    """A node cannot be logged in to; ``refusal`` says in what way."""

    def __init__(self, refusal: Refusal, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.refusal = refusal


def unreachable(login: Login, reason: str) -> LoginError:
    """No TCP connection: packets are dropped, there is no route, or the name does not resolve."""
    return LoginError(
        Refusal.UNREACHABLE,
        f"cannot reach {_there(login)}: {reason}",
        f"a security group rule must allow TCP port {login.port} from {login.via or 'this machine'}, "
        "and there must be a route to it (public address, VPN)",
    )


def refused(login: Login) -> LoginError:
    """The machine is up, and nothing listens on its SSH port."""
    return LoginError(
        Refusal.REFUSED,
        f"{_there(login)} refuses connections: no SSH server listens there",
        "a node that has just started needs a moment more; else check the port",
    )


def silent(login: Login, reason: str) -> LoginError:
    """Something accepts the connection and does not speak SSH."""
    return LoginError(
        Refusal.SILENT,
        f"{login} accepts connections but sends no SSH banner: {reason}",
        "its SSH server hangs, or something else listens on this port",
    )


def denied(login: Login, said: str = "") -> LoginError:
    """The SSH server does not let this user in with this key; ``said`` is what it wrote instead."""
    names = [f"the key {login.pem}"] if login.pem else []
    names += ["your own keys"] if login.with_own_keys else []
    return LoginError(
        Refusal.DENIED,
        f"{login} does not let {login.username} in with {' or '.join(names)}" + (f": {said}" if said else ""),
        _right_key(login),
    )


def not_passed_on(jump: JumpHost, address: str, reason: str) -> LoginError:
    """The jump host lets us in, but not any further."""
    return LoginError(
        Refusal.NOT_PASSED_ON,
        f"{jump} does not pass connections on to {address}: {reason}",
        "its SSH server must allow it: AllowTcpForwarding, PermitOpen",
    )


def host_key_changed(login: Login, file: str, offered: str) -> LoginError:
    """The host key is not the pinned one, so this may be another machine."""
    return LoginError(
        Refusal.HOST_KEY_CHANGED,
        f"the host key of {login} has changed: {file} pins another for {login.pinned_as} than {offered}; "
        "it may be another machine that wants what you type",
        f"if you know why: ssh-keygen -R {quote(login.pinned_as)} -f {quote(file)}",
    )


def failed(login: Login, reason: str) -> LoginError:
    """Anything else went wrong while logging in or afterwards."""
    return LoginError(Refusal.FAILED, f"SSH to {login} failed: {reason}")


def _there(login: Login) -> str:
    """The node, and through which jump host it was tried."""
    return f"{login} through {login.via}" if login.via else str(login)


def _right_key(login: Login) -> str:
    if isinstance(login, JumpHost):
        return "check its user name (user@host); the pem, your SSH agent's keys and ~/.ssh/id_* were tried"
    return "check the user name (each image has its own) and that the key belongs to the node's key pair"
