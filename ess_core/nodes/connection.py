"""One SSH connection: opened with the node's key and pinned host key, its failures told apart."""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import asyncssh

from ess_core.errors import EssError
from ess_core.nodes import hostkeys, jumps, keys, refusals
from ess_core.nodes.worker import JumpHost, Login

HOST_KEYS = "ssh-ed25519,ecdsa-sha2-nistp*,rsa-sha2-256,rsa-sha2-512"
ENCRYPTION = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"
KEEPALIVE_S = 30
KEEPALIVES_MISSED = 4


@asynccontextmanager
async def connected(
    login: Login, timeout_s: float, connect_s: float | None = None
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """Log in within ``timeout_s`` seconds, of which TCP may take ``connect_s``, and close it afterwards.

    A jump host on the way has ``timeout_s`` of its own. Raises LoginError, naming the host it is about,
    or ConfigError where the pem cannot be used.
    """
    async with jumps.through(login.via, timeout_s, connected) as tunnel:
        client = _Client(hostkeys.pinned(login), tunnel)
        connection = await _open(login, client, timeout_s, connect_s or timeout_s)
        try:
            _pin(login, client, connection)
            yield connection
        finally:
            connection.close()
            await connection.wait_closed()


async def _open(
    login: Login, client: "_Client", timeout_s: float, connect_s: float
) -> asyncssh.SSHClientConnection:
    client_keys = _client_keys(login)
    end = asyncio.get_running_loop().time() + timeout_s
    try:
        async with asyncio.timeout(min(connect_s, timeout_s)) as limit:
            client.on_reached = lambda: limit.reschedule(end)
            return await asyncssh.connect(
                login.host,
                login.port,
                username=login.username,
                client_factory=lambda: client,
                tunnel=client.tunnel or (),
                client_keys=client_keys,
                ignore_encrypted=True,
                agent_path=() if login.with_own_keys else None,
                known_hosts=(list(client.pinned), [], []),
                server_host_key_algs=_host_key_algorithms(client.pinned),
                preferred_auth="publickey",
                encryption_algs=ENCRYPTION,
                keepalive_interval=KEEPALIVE_S,
                keepalive_count_max=KEEPALIVES_MISSED,
                config=None,
                x509_trusted_certs=None,
                gss_host=None,
            )
    except (OSError, ValueError, asyncssh.Error) as error:
        waited_s = timeout_s if client.connection else min(connect_s, timeout_s)
        raise _explained(login, client, error, waited_s) from error


def _client_keys(login: Login) -> Sequence[asyncssh.SSHKey | asyncssh.SSHKeyPair]:
    """The keys to try after the agent's; none means that asyncssh looks for the user's own."""
    if login.pem is None:
        return ()
    return [keys.load(login.pem), *(keys.own() if login.with_own_keys else ())]


class _Client(asyncssh.SSHClient):
    """Notes how far a login got, and lets an unknown host key pass: it is pinned once we are in."""

    def __init__(
        self, pinned: tuple[asyncssh.SSHKey, ...], tunnel: asyncssh.SSHClientConnection | None
    ) -> None:
        self.pinned = pinned
        self.tunnel = tunnel
        self.connection: asyncssh.SSHClientConnection | None = None
        self.offered = ""
        self.on_reached: Callable[[], None] = lambda: None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self.connection = conn
        self.on_reached()

    @property
    def greeted(self) -> bool:
        """Whether the other side has sent its SSH banner."""
        return bool(self.connection and self.connection.get_extra_info("server_version"))

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 - asyncssh's signature
        """Called for a key that is not pinned."""
        self.offered = key.get_fingerprint()
        return not self.pinned


def _host_key_algorithms(pinned: tuple[asyncssh.SSHKey, ...]) -> str:
    """Ask for the pinned key first, and for any other so that a changed one is seen as such."""
    return ",".join([*(name.decode() for key in pinned for name in key.sig_algorithms), HOST_KEYS])


def _pin(login: Login, client: _Client, connection: asyncssh.SSHClientConnection) -> None:
    """Pin after the login and not before, so that a stranger at a reused address leaves no trace."""
    key = connection.get_server_host_key()
    if key and not client.pinned:
        hostkeys.pin(login, key)


def _explained(login: Login, client: _Client, error: Exception, waited_s: float) -> EssError:
    reason = f"timed out after {waited_s:.0f} s" if isinstance(error, TimeoutError) else _words(error)
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        return refusals.host_key_changed(login, str(hostkeys.known_hosts_file(login)), client.offered)
    if login.via and client.tunnel and client.tunnel.is_closed():
        return refusals.failed(login.via, "the connection broke")
    if client.connection is None:
        return _no_connection(login, error, reason)
    if not client.greeted:
        return refusals.silent(login, reason)
    if isinstance(error, asyncssh.PermissionDenied) or "authentication failures" in reason:
        return refusals.denied(login)
    return refusals.failed(login, reason)


def _no_connection(login: Login, error: Exception, reason: str) -> EssError:
    if login.via and isinstance(error, asyncssh.ChannelOpenError):
        return _not_passed_on(login, login.via, error)
    if isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in reason:
        return refusals.refused(login)
    if isinstance(error, OSError):
        return refusals.unreachable(login, reason)
    return refusals.failed(login, reason)


def _not_passed_on(login: Login, jump: JumpHost, error: asyncssh.ChannelOpenError) -> EssError:
    """The jump host says why in words of its own; only what it forbids has a code."""
    if error.code != asyncssh.OPEN_CONNECT_FAILED:
        return refusals.not_passed_on(jump, login.address, _words(error))
    if f"[Errno {errno.ECONNREFUSED}]" in error.reason or "refused" in error.reason:
        return refusals.refused(login)
    return refusals.unreachable(login, _words(error))


def _words(error: Exception) -> str:
    text = (isinstance(error, OSError) and error.strerror) or str(error)
    return " ".join(text.split()) or type(error).__name__
