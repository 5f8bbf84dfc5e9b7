"""Tell the process of the SSH hosts which instances run, as soon as that changes."""

import socket
import threading
import time

from ess_plugins.sandbox.api import metadata
from ess_plugins.sandbox.api.ec2.backend import all_instances
from ess_plugins.sandbox.api.ec2.instance import SandboxInstance
from ess_plugins.sandbox.api.ec2.network import admits
from ess_plugins.sandbox.api.world import World
from ess_plugins.sandbox.hostspec import HostSpec, encode

INTERVAL_S = 0.05


class Feed:
    """Sends the whole list on each change and waits until the hosts are so."""

    def __init__(self, world: World, channel: socket.socket) -> None:
        self._world = world
        self._channel = channel
        self._answers = channel.makefile("rb")
        self._sent: list[HostSpec] = []
        self._lock = threading.Lock()

    def sync(self) -> None:
        """Return when the hosts are as EC2 says."""
        with self._lock:
            with self._world.lock:
                specs = [_spec(i, self._world) for i in all_instances() if i.state == "running"]
            if specs != self._sent:
                self._channel.sendall(encode(specs))
                if not self._answers.readline():
                    raise ConnectionError("the process of the SSH hosts ended")
                self._sent = specs

    def run(self) -> None:
        """Sync for ever, in a thread of its own."""
        while True:
            self.sync()
            time.sleep(INTERVAL_S)


def _spec(instance: SandboxInstance, world: World) -> HostSpec:
    plan = world.plan
    fault = plan.ssh.get(str(instance.launch_order)) or plan.ssh.get("*", "")
    slow_s = float(fault.removeprefix("slow:")) if fault.startswith("slow:") else 0.0
    if plan.enforce_groups and not any(admits(g, world.ssh_port) for g in instance.security_groups):
        fault = "dead"
    private = instance.private_ip or ""
    return HostSpec(
        instance.id,
        "ip-" + private.replace(".", "-"),
        tuple(address for address in (private, instance.public_ip) if address),
        "" if fault == "badkey" else instance.ssh_public_key.strip(),
        instance.since + plan.boot_s + slow_s,
        world.endpoint,
        metadata.url(world, instance),
        fault if fault in ("refuse", "dead", "hang") else "",
    )
