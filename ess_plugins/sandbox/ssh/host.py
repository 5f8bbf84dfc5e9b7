"""One SSH host: its listeners, its connections, its processes."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from functools import partial

import asyncssh

from ess_plugins.sandbox import processes
from ess_plugins.sandbox.hostspec import HostSpec
from ess_plugins.sandbox.settings import USERNAME, Settings
from ess_plugins.sandbox.ssh import faults, place, session
from ess_plugins.sandbox.ssh.files import Files

_MISBEHAVING: dict[str, Callable[[str, int], list[socket.socket]]] = {
    "dead": faults.dead,
    "hang": faults.hanging,
}

_Connections = set[asyncssh.SSHServerConnection]


class Host:
    """A host as ``spec`` wants it, on ``port`` of each of its addresses."""

    def __init__(self, sandbox: Settings, port: int, spec: HostSpec, key: asyncssh.SSHKey) -> None:
        self.spec = spec
        self._sandbox = sandbox
        self._port = port
        self._key = key
        self._connections: _Connections = set()
        self._closers: list[Callable[[], None]] = []
        self._booting: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Answer from ``spec.ready_at`` on."""
        self._booting = asyncio.create_task(self._boot())

    def close(self) -> None:
        """Answer no more; its processes live on."""
        if self._booting:
            self._booting.cancel()
        for closer in self._closers:
            closer()
        self._closers.clear()
        for connection in list(self._connections):
            connection.abort()

    def end(self) -> None:
        """Power off: close, and kill every process of the host."""
        self.close()
        processes.end_of_host(self._sandbox.folder, self.spec.instance_id)

    async def _boot(self) -> None:
        await asyncio.sleep(max(0.0, self.spec.ready_at - time.time()))
        if self.spec.fault == "refuse":
            return
        if self.spec.fault:
            self._misbehave(_MISBEHAVING[self.spec.fault])
            return
        home = await asyncio.to_thread(place.make, self._sandbox, self.spec)
        for address in self.spec.addresses:
            await self._listen(address, home)

    def _misbehave(self, how: Callable[[str, int], list[socket.socket]]) -> None:
        for address in self.spec.addresses:
            for opened in how(address, self._port):
                self._closers.append(opened.close)

    async def _listen(self, address: str, home: place.Place) -> None:
        public = asyncssh.import_public_key(self.spec.public_key) if self.spec.public_key else None
        acceptor = await asyncssh.listen(
            address,
            self._port,
            server_factory=partial(Server, public, self._connections, self.spec.addresses),
            server_host_keys=[self._key],
            process_factory=partial(session.serve, place=home),
            sftp_factory=partial(Files, home=home.home, tmp=home.shown_tmp),
            allow_scp=True,
            encoding=None,
            line_editor=False,
            password_auth=False,
            kbdint_auth=False,
            gss_host=None,
        )
        self._closers.append(acceptor.close)


class Server(asyncssh.SSHServer):
    """Lets in one user with one key."""

    def __init__(
        self, public: asyncssh.SSHKey | None, connections: _Connections, addresses: Sequence[str]
    ) -> None:
        self._public = public.public_data if public else None
        self._connections = connections
        self._addresses = addresses

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Keep it: to cut it when the host goes, and because asyncio itself forgets a paused one."""
        self._conn = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncssh's signature
        """Let it go."""
        self._connections.discard(self._conn)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - asyncssh's signature
        """Nobody comes in without a key."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Keys, and nothing else."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Whether this key may log in as ``username``."""
        return username == USERNAME and key.public_data == self._public

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:  # noqa: ARG002 - asyncssh's signature
        """Pass connections on to what listens on the host itself; the rest of 127.0.0.0/8 is not its own."""
        return dest_host in self._addresses
