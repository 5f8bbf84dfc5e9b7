"""AWS's driver, which is an extra: imported when a connection is made, and told to verify."""

import logging
import os
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from ess_core.errors import ConfigError
from ess_plugins.redshift.endpoints import Endpoint
from ess_plugins.redshift.failures import Problem, RedshiftError
from ess_plugins.redshift.logins import Login

_KEEPALIVE = {
    "tcp_keepalive": True,
    "tcp_keepalive_idle": 60,
    "tcp_keepalive_interval": 15,
    "tcp_keepalive_count": 4,
}
"""Seconds until a silent connection is tried out, between tries, and tries: firewalls forget idle ones."""

_AS_TEXT = (
    *("DATE", "TIME", "TIMETZ", "TIMESTAMP", "TIMESTAMPTZ", "ABSTIME"),
    *("INTERVAL", "INTERVALY2M", "INTERVALD2S", "JSON"),
)
"""The driver's names of types whose values it changes."""

_SSL_REQUEST, _CANCEL_REQUEST = 80877103, 80877102
_CANCEL_S = 5.0
"""How long the server may take for each step of a cancel."""

_AUTHORITIES = "SSL_CERT_FILE"
_TRUSTING = threading.Lock()
"""Held while the environment says whom to trust, which the driver takes from nowhere else."""


def load() -> ModuleType:
    """The driver. Raises RedshiftError where it is not installed."""
    try:
        import redshift_connector
    except ImportError as error:
        raise RedshiftError(
            Problem.DRIVER,
            f"ess redshift needs the package redshift_connector: {error}",
            "pip install 'essentia-aws[redshift]'",
        ) from error
    logging.getLogger("redshift_connector").setLevel(logging.INFO)  # its DEBUG shows what is sent
    return redshift_connector


def dial(endpoint: Endpoint, database: str, login: Login, timeout_s: int, ca_file: Path | None) -> Any:
    """Open a connection that commits each statement, to a server whose certificate and name are verified.

    ``timeout_s`` is for each answer while connecting, and for none after it. Raises what the driver does.
    """
    driver = load()
    with _trusting(ca_file):
        raw: Any = driver.connect(
            host=endpoint.host,
            port=endpoint.port,
            database=database,
            user=login.user,
            password=login.password,
            ssl=True,
            sslmode="verify-full",
            timeout=timeout_s,
            application_name="ess",
            **_KEEPALIVE,
        )
    raw._usock.settimeout(None)  # the driver has one time-out for connecting and for statements of hours
    raw.autocommit = True
    _take_as_text(raw)
    return raw


def cancel(raw: Any) -> None:
    """Ask the server to end what the session does now, over a connection of its own that is verified too.

    The session's key opens it, which the server gave when it began. Whether there was anything to end, the
    server does not say. Raises OSError.
    Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
    """
    key, secured = raw._backend_key_data, raw._usock
    if not key:
        return
    with socket.create_connection(secured.getpeername()[:2], _CANCEL_S) as plain:
        plain.sendall(struct.pack("!ii", 8, _SSL_REQUEST))
        if plain.recv(1) != b"S":
            return
        with secured.context.wrap_socket(plain, server_hostname=secured.server_hostname) as asked:
            asked.sendall(struct.pack("!ii", 8 + len(key), _CANCEL_REQUEST) + key)
            asked.recv(1)  # it says nothing, and goes when it has done so


def _take_as_text(raw: Any) -> None:
    """Have times as the server writes them: Python's know no year before 1 or after 9999, and no infinity."""
    from redshift_connector.utils.oids import RedshiftOID

    for name in _AS_TEXT:
        raw.redshift_types[RedshiftOID[name]] = raw.redshift_types.default_factory()


def checked_ca_file(path: Path, where: str) -> Path:
    """``path``, which holds certificates. Raises ConfigError, beginning with ``where``, if it does not."""
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError as error:
        raise ConfigError(f"{where}: {path} has no certificates in PEM form") from error
    except OSError as error:
        raise ConfigError(f"{where}: cannot read {path}: {error.strerror}") from error
    return path


@contextmanager
def _trusting(ca_file: Path | None) -> Iterator[None]:
    """Trust the authorities in ``ca_file`` besides Redshift's own, in place of the machine's."""
    if ca_file is None:
        yield
        return
    with _TRUSTING:
        before = os.environ.get(_AUTHORITIES)
        os.environ[_AUTHORITIES] = str(ca_file)
        try:
            yield
        finally:
            if before is None:
                del os.environ[_AUTHORITIES]
            else:
                os.environ[_AUTHORITIES] = before
