"""HTTP as plain as a listing needs it: one connection, one request at a time, the whole answer in memory.

botocore's own way costs 50 ms of processor time for a page of 1,000 keys, nearly all of it in its parser.
"""

import contextlib
import http.client
import os
import ssl
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from ess_core.cloud.session import CONNECT_TIMEOUT_S, READ_TIMEOUT_S

CUT = (OSError, http.client.HTTPException)
"""What is raised where no answer comes, or only a part of one."""


@dataclass(frozen=True)
class Answer:
    """An answer of any status; ``latency_s`` is the time until it began."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    latency_s: float


@dataclass(frozen=True)
class Route:
    """How to get to an endpoint: ``trust`` for https, ``proxy`` where one stands in between."""

    endpoint: SplitResult
    trust: ssl.SSLContext | None = None
    proxy: SplitResult | None = None


class Wire:
    """A connection that is made at the first request, and again after a failure."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self.was_reached = False
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str, headers: dict[str, str]) -> Answer:
        """Ask for ``path``. Raises one of CUT where the answer does not come whole."""
        connection = self._connection or self._connect()
        try:
            began = time.monotonic()
            connection.request("GET", self._target(path), headers=headers)
            answer = connection.getresponse()
            latency_s = time.monotonic() - began
            return Answer(answer.status, answer.headers, answer.read(), latency_s)
        except CUT:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection where there is one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self) -> http.client.HTTPConnection:
        connection = _connection(self.route)
        connection.connect()
        self.was_reached = True
        if connection.sock is not None:
            connection.sock.settimeout(READ_TIMEOUT_S)
        self._connection = connection
        return connection

    def _target(self, path: str) -> str:
        """A proxy of plain HTTP wants the whole address."""
        endpoint = self.route.endpoint
        if self.route.proxy is not None and endpoint.scheme == "http":
            return f"http://{endpoint.netloc}{path}"
        return path


def route(endpoint: SplitResult, ca_bundle: str | None) -> Route:
    """How this machine gets to ``endpoint``: proxies of the environment, and whom it trusts."""
    trust = None
    if endpoint.scheme == "https":
        trust = ssl.create_default_context(cafile=ca_bundle or _authorities())
    return Route(endpoint, trust, _proxy(endpoint))


def _authorities() -> str:
    """The file that botocore trusts too; to ask it would import most of it."""
    with contextlib.suppress(ImportError):
        import certifi

        return str(certifi.where())
    import botocore

    return str(Path(botocore.__file__).with_name("cacert.pem"))


def _proxy(endpoint: SplitResult) -> SplitResult | None:
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from botocore.utils import get_environ_proxies

    proxies = get_environ_proxies(endpoint.geturl())
    through = proxies.get(endpoint.scheme) or proxies.get("all")
    return urlsplit(through) if through else None


def _connection(route: Route) -> http.client.HTTPConnection:
    first = route.proxy or route.endpoint
    host = first.hostname or ""
    if route.trust is None:
        return http.client.HTTPConnection(host, first.port or 80, timeout=CONNECT_TIMEOUT_S)
    port = first.port or (80 if route.proxy else 443)
    connection = http.client.HTTPSConnection(host, port, timeout=CONNECT_TIMEOUT_S, context=route.trust)
    if route.proxy:
        endpoint = route.endpoint
        connection.set_tunnel(endpoint.hostname or "", endpoint.port or 443, _introduction(route.proxy))
    return connection


def _introduction(proxy: SplitResult) -> dict[str, str]:
    from base64 import b64encode
    from urllib.parse import unquote

    if proxy.username is None:
        return {}
    words = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(words.encode()).decode()}"}
