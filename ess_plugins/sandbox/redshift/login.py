"""The beginning of a session: TLS, who it is, and the password."""

import hashlib
import hmac
import secrets
import socket
import ssl
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from ess_plugins.sandbox.redshift.wire import messages
from ess_plugins.sandbox.redshift.wire.messages import RefusedError, Report, message
from ess_plugins.sandbox.redshift.wire.stream import Wire

_CLEARTEXT, _DIGEST = 3, 13
_DRIVERS = "client_protocol_version"
"""What Redshift's own drivers say at startup; they know the digest, which no other client does."""
_MOST_BYTES = 10_000


@dataclass(frozen=True)
class Arrival:
    """Who asks for a session: what the startup message says. Or who cancels another one, with its key."""

    wire: Wire
    parameters: dict[str, str] = field(default_factory=dict)
    cancel_key: bytes = b""

    @property
    def user(self) -> str:
        """The database user, with a prefix such as ``IAM:`` where credentials are temporary."""
        return self.parameters.get("user", "")

    @property
    def database(self) -> str:
        """The database asked for; as in PostgreSQL, else the one named like the user."""
        return self.parameters.get("database") or self.user


def receive(sock: socket.socket, tls: ssl.SSLContext) -> Arrival:
    """Read how a session starts, with TLS from the moment the client asks for it.

    Raises RefusedError where it asks for a session without TLS, ConnectionError or ssl.SSLError where the
    client goes.
    """
    wire, encrypted = Wire(sock), False
    while True:
        size, code = struct.unpack("!ii", wire.exactly(8))
        if not 8 <= size <= _MOST_BYTES:
            raise ConnectionError("that is not the protocol")
        rest = wire.exactly(size - 8)
        if code == messages.SSL_REQUEST and not encrypted:
            wire.send(b"S")
            wire, encrypted = Wire(tls.wrap_socket(wire.socket, server_side=True)), True
        elif code == messages.GSS_REQUEST:
            wire.send(b"N")
        elif code == messages.CANCEL_REQUEST:
            return Arrival(wire, cancel_key=rest)
        else:
            arrival = Arrival(wire, _parameters(rest))
            if not encrypted:
                wire.send(_no_entry(arrival).encode())
                raise RefusedError(_no_entry(arrival))
            return arrival


def proves(arrival: Arrival, passwords: Iterable[str]) -> bool:
    """Whether the client knows one of the passwords; says so to it where it does not."""
    known = list(passwords)
    right = _digest(arrival.wire, known) if _DRIVERS in arrival.parameters else _plain(arrival.wire, known)
    if not right:
        told = f'password authentication failed for user "{arrival.user}"'
        arrival.wire.send(Report(told, "28000", severity="FATAL").encode())
    return right


def _plain(wire: Wire, passwords: list[str]) -> bool:
    wire.send(message(b"R", struct.pack("!i", _CLEARTEXT)))
    given = wire.next().body.rstrip(b"\0")
    return any(hmac.compare_digest(given, password.encode()) for password in passwords)


def _digest(wire: Wire, passwords: list[str]) -> bool:
    """Redshift's own method: SHA-256 of (SHA-256 of password and salt) and both sides' random numbers."""
    salt, ours = secrets.token_bytes(16), secrets.token_bytes(16)
    sizes = (struct.pack("!iii", _DIGEST, 0, len(salt)), struct.pack("!i", len(ours)))
    wire.send(message(b"R", sizes[0], salt, sizes[1], ours))
    answer = wire.next().body
    given, place = _counted(answer, 0)
    theirs, _ = _counted(answer, place)
    wanted = (_hash(_hash(password.encode() + salt) + ours + theirs) for password in passwords)
    return any(hmac.compare_digest(given, digest) for digest in wanted)


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _counted(body: bytes, place: int) -> tuple[bytes, int]:
    start = place + 4
    size = int.from_bytes(body[place:start], signed=True)
    return body[start : start + size], start + max(size, 0)


def _parameters(content: bytes) -> dict[str, str]:
    words = [word.decode("utf-8", "replace") for word in content.split(b"\0")]
    return {name: value for name, value in zip(words[::2], words[1::2], strict=False) if name}


def _no_entry(arrival: Arrival) -> Report:
    who = f'user "{arrival.user}", database "{arrival.database}"'
    return Report(f'no pg_hba.conf entry for host "127.0.0.1", {who}, SSL off', "28000", severity="FATAL")
