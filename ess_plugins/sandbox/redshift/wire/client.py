"""A small client: what the sandbox itself asks PostgreSQL, and its Data API asks Redshift."""

import socket
import ssl
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from ess_plugins.sandbox.redshift.wire import messages
from ess_plugins.sandbox.redshift.wire.messages import Column, RefusedError, Report, message, text
from ess_plugins.sandbox.redshift.wire.stream import Wire


@dataclass
class Result:
    """What a statement answered: values are text, as the server writes them; ``tag`` is its last word.

    ``state`` is that of the transaction afterwards: ``I`` none, ``T`` open, ``E`` failed.
    """

    columns: list[Column] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    tag: str = ""
    state: bytes = b"I"
    failure: Report | None = None


class Client:
    """A session; every statement outside a transaction commits by itself."""

    def __init__(self, sock: socket.socket, user: str, database: str, password: str = "") -> None:
        """Log in over a connected socket. Raises RefusedError where the server does not let in."""
        self.wire = Wire(sock)
        self.cancel_key = b""
        try:
            self.wire.send(messages.startup({"user": user, "database": database, "client_encoding": "UTF8"}))
            self._log_in(password)
        except BaseException:
            self.close()
            raise

    def query(self, sql: str) -> Result:
        """Run one statement or several; the result is the last one's. Raises RefusedError."""
        self.wire.send(messages.query(sql))
        return self._result()

    def execute(self, sql: str, parameters: Sequence[str | None] = ()) -> Result:
        """Run one statement, ``$1`` and so on being ``parameters``. Raises RefusedError."""
        bound = [_bound(value) for value in parameters]
        self.wire.send(
            message(b"P", b"\0", text(sql), struct.pack("!h", 0)),
            message(b"B", b"\0\0", struct.pack("!hh", 0, len(bound)), *bound, struct.pack("!h", 0)),
            message(b"D", b"P\0"),
            message(b"E", b"\0", struct.pack("!i", 0)),
            message(b"S"),
        )
        return self._result()

    def close(self) -> None:
        """End the session."""
        self.wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _log_in(self, password: str) -> None:
        while (answer := self.wire.next()).kind != b"Z":
            if answer.kind == b"E":
                raise RefusedError(messages.report(answer.body))
            if answer.kind == b"K":
                self.cancel_key = answer.body
            elif answer.kind == b"R" and struct.unpack_from("!i", answer.body)[0] == 3:
                self.wire.send(message(b"p", text(password)))

    def _result(self) -> Result:
        result = read_result(self.wire)
        if result.failure:
            raise RefusedError(result.failure)
        return result


def read_result(wire: Wire) -> Result:
    """What a server answers up to ReadyForQuery; of several statements, what the last one answered."""
    result = Result()
    while (answer := wire.next()).kind != b"Z":
        if answer.kind == b"T":
            result = Result(messages.columns(answer.body))
        elif answer.kind == b"D":
            result.rows.append(messages.row(answer.body))
        elif answer.kind == b"C":
            result.tag = answer.body[:-1].decode()
        elif answer.kind == b"E":
            result.failure = messages.report(answer.body)
    result.state = answer.body
    return result


def connect_tls(address: tuple[str, int], trusted: ssl.SSLContext, timeout_s: float) -> socket.socket:
    """A verified TLS connection to a Redshift. Raises OSError."""
    sock = socket.create_connection(address, timeout=timeout_s)
    sock.sendall(struct.pack("!ii", 8, messages.SSL_REQUEST))
    if sock.recv(1) != b"S":
        raise ConnectionError("the server has no TLS")
    return trusted.wrap_socket(sock, server_hostname=address[0])


def cancel(sock: socket.socket, key: bytes) -> None:
    """Ask a server, over a connection of its own, to cancel what the session with this key does."""
    sock.sendall(struct.pack("!ii", 16, messages.CANCEL_REQUEST) + key)


def _bound(value: str | None) -> bytes:
    if value is None:
        return struct.pack("!i", -1)
    content = value.encode("utf-8", "replace")
    return struct.pack("!i", len(content)) + content
