"""What the corrected EC2 needs to know of the sandbox it belongs to."""

import itertools
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from ess_plugins.sandbox.api.plan import Plan, Planner


def _public_addresses() -> Iterator[str]:
    for number in itertools.cycle(range(4, 64_000)):
        yield f"127.2.{number // 250}.{number % 250 + 1}"


def _networks() -> Iterator[str]:
    """Ranges of default VPCs: 127.1 first, then one for each further region or account; 127.2 is public."""
    yield "127.1.0.0/16"
    for number in itertools.cycle(range(3, 250)):
        yield f"127.{number}.0.0/16"


@dataclass
class World:
    """Shared by all regions and accounts; ``lock`` guards everything but S3.

    ``endpoint`` is where the APIs answer, once they do; ``secret`` is for nobody else.
    """

    planner: Planner
    ssh_port: int
    endpoint: str = ""
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    lock: threading.RLock = field(default_factory=threading.RLock)
    launch_orders: Iterator[int] = field(default_factory=itertools.count)
    public_addresses: Iterator[str] = field(default_factory=_public_addresses)
    networks: Iterator[str] = field(default_factory=_networks)

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self.planner.plan

    def restart_launch_orders(self) -> None:
        """Count launches from 0 again."""
        self.launch_orders = itertools.count()
