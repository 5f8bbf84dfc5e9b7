"""A worker node, how to log in to it, and the protocol of those who provide workers."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ess_core.errors import ConfigError

HOST = re.compile(r"[A-Za-z0-9:._][A-Za-z0-9:._%-]*")
USERNAME = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.@+-]*\$?")
ALIAS = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.:-]*)?")
SSH_PORT = 22


@dataclass(frozen=True)
class Login:
    """How to log in to one node over SSH.

    ``pem`` None means the user's own keys and agent; ``known_hosts`` None the file of that name in ESS_HOME.
    The host key is pinned under ``alias`` (an instance id) where there is one: addresses are reused.
    ``via`` is the jump host that connects us to it, None where we connect ourselves.
    Raises ConfigError where a part could be taken for an option or would break a known_hosts line.
    """

    host: str
    port: int = SSH_PORT
    username: str = "ec2-user"
    pem: Path | None = None
    known_hosts: Path | None = None
    alias: str = ""
    via: "JumpHost | None" = None

    def __post_init__(self) -> None:
        for what, value, shape in (
            ("host name", self.host, HOST),
            ("user name", self.username, USERNAME),
            ("host key alias", self.alias, ALIAS),
        ):
            if not shape.fullmatch(value):
                raise ConfigError(f"{value!r} cannot be a {what}")
        if not 0 < self.port < 65536:
            raise ConfigError(f"{self.port} cannot be a port; it is 1 to 65535")

    @property
    def address(self) -> str:
        """``host:port``, an IPv6 host in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def pinned_as(self) -> str:
        """The name of its line in known_hosts, as OpenSSH writes it."""
        if self.alias:
            return self.alias
        return self.host if self.port == SSH_PORT else f"[{self.host}]:{self.port}"

    @property
    def with_own_keys(self) -> bool:
        """Whether the user's SSH agent and own key files are tried too."""
        return self.pem is None

    def __str__(self) -> str:
        return f"{self.alias} ({self.address})" if self.alias else self.address


@dataclass(frozen=True)
class JumpHost(Login):
    """A host that only passes connections on; the user's own keys are tried beside its ``pem``."""

    @property
    def with_own_keys(self) -> bool:
        """Always: it need not have been launched with the workers' key pair."""
        return True

    def __str__(self) -> str:
        return f"jump host {super().__str__()}"


@dataclass(frozen=True)
class Worker:
    """One node of a cluster; ``state`` is EC2's word for it, ``login`` is None while it has no address."""

    id: str
    state: str
    login: Login | None
    instance_type: str = ""
    availability_zone: str = ""
    private_ip: str = ""
    public_ip: str = ""
    reservation_id: str = ""
    launched_at: datetime | None = None


class WorkerProvider(Protocol):
    """Where workers come from; a plugin's class is made as ``Class(conf, cloud)``."""

    def workers(self) -> list[Worker]:
        """The nodes of the active cluster, in a stable order."""
