"""Open a client's session in PostgreSQL."""

import struct
from collections.abc import Mapping

from ess_plugins.sandbox.redshift.wire import messages
from ess_plugins.sandbox.redshift.wire.messages import message
from ess_plugins.sandbox.redshift.wire.stream import Wire

_SETTINGS = {
    "datestyle": "ISO",
    "timezone": "UTC",
    "default_transaction_isolation": "repeatable\\ read",
    "standard_conforming_strings": "off",
    "escape_string_warning": "off",
}
"""Redshift's snapshots, and its backslashes, which escape in every string."""


def begin(client: Wire, backend: Wire, role: str, parameters: Mapping[str, str]) -> int | None:
    """Open the session in PostgreSQL as ``role`` and tell the client that it is open.

    Returns the number of PostgreSQL's process, or None where it does not let in, which the client is told.
    """
    options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    opened = {
        "user": role,
        "database": parameters["database"],
        "client_encoding": "UTF8",
        "application_name": parameters.get("application_name", ""),
        "options": options,
    }
    backend.send(messages.startup(opened))
    pid = 0
    while (answer := backend.next()).kind != b"Z":
        if answer.kind == b"S" and answer.body.startswith(b"server_version\0"):
            client.send(message(b"S", b"server_version\x008.0.2\0"))
            continue
        client.send(answer.raw)
        if answer.kind == b"E":
            return None
        if answer.kind == b"K":
            (pid,) = struct.unpack_from("!i", answer.body)
    client.send(message(b"S", b"server_protocol_version\x000\0"), answer.raw)
    return pid
