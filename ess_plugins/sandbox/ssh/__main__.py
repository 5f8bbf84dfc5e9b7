"""The process of the SSH hosts: ``python -m ess_plugins.sandbox.ssh SETTINGS CHANNEL LIFELINE``."""

import asyncio
import signal
import socket
import sys
from collections import defaultdict
from functools import partial

import asyncssh

from ess_plugins.sandbox import guard, processes
from ess_plugins.sandbox.hostspec import HostSpec, decode
from ess_plugins.sandbox.settings import RESERVED, Settings
from ess_plugins.sandbox.ssh.host import Host

_LINE_BYTES = 1 << 24


class Hosts:
    """The hosts there are, made to follow what the API process says."""

    def __init__(self, settings: Settings, port: int) -> None:
        self._settings = settings
        self._port = port
        self._hosts: dict[str, Host] = {}
        self._keys: defaultdict[str, asyncssh.SSHKey] = defaultdict(
            partial(asyncssh.generate_private_key, "ssh-ed25519")
        )

    def follow(self, specs: list[HostSpec]) -> None:
        """End what is not in ``specs``, open what is new, reopen what changed."""
        wanted = {spec.instance_id: spec for spec in specs}
        for instance_id in self._hosts.keys() - wanted.keys():
            self._hosts.pop(instance_id).end()
        for instance_id, spec in wanted.items():
            self._open(instance_id, spec)

    def _open(self, instance_id: str, spec: HostSpec) -> None:
        before = self._hosts.get(instance_id)
        if before and before.spec == spec:
            return
        if before:
            before.close()
        self._hosts[instance_id] = Host(self._settings, self._port, spec, self._keys[instance_id])
        self._hosts[instance_id].open()


async def main(settings: Settings, channel: socket.socket, lifeline: int) -> None:
    """Follow the API process until it, or the supervisor, is gone; then end every process of every host."""
    loop = asyncio.get_running_loop()
    with socket.socket() as reserved:
        reserved.bind((RESERVED, settings.ssh_port))
        port = reserved.getsockname()[1]
        reader, writer = await asyncio.open_connection(sock=channel, limit=_LINE_BYTES)
        loop.add_reader(lifeline, reader.feed_eof)
        writer.write(f"{port}\n".encode())
        hosts = Hosts(settings, port)
        while line := await reader.readline():
            hosts.follow(decode(line))
            writer.write(b"ok\n")
    processes.end_all(settings.folder)
    processes.end_descendants()


if __name__ == "__main__":
    guard.install()
    processes.adopt_orphans()
    for signum in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(signum, signal.SIG_DFL)  # what is ignored here would be ignored by every command
    given = Settings.decode(sys.argv[1])
    asyncio.run(main(given, socket.socket(fileno=int(sys.argv[2])), int(sys.argv[3])))
