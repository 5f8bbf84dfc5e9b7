"""Let clients in, each in a thread of its own."""

import socket
import ssl
import struct
import threading
from contextlib import closing, suppress

from ess_core.errors import EssError
from ess_plugins.sandbox.redshift import login
from ess_plugins.sandbox.redshift.backend import begin
from ess_plugins.sandbox.redshift.login import Arrival
from ess_plugins.sandbox.redshift.session import Session
from ess_plugins.sandbox.redshift.warehouse import Guest, Warehouse
from ess_plugins.sandbox.redshift.wire import client as wire_client
from ess_plugins.sandbox.redshift.wire.messages import RefusedError
from ess_plugins.sandbox.redshift.wire.stream import Wire

LOGIN_S = 60.0
"""How long a client may take to log in."""
_RESET = struct.pack("ii", 1, 0)


class Front:
    """Serves all addresses."""

    def __init__(self, warehouse: Warehouse, tls: ssl.SSLContext) -> None:
        self._warehouse = warehouse
        self._tls = tls

    def serve(self, listener: socket.socket) -> None:
        """Accept for ever."""
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=self._receive, args=(sock,), daemon=True).start()

    def _receive(self, sock: socket.socket) -> None:
        """From the first byte to the last; a client that goes, or talks nonsense, is let go."""
        address = sock.getsockname()[0]
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(LOGIN_S)
        with closing(sock), suppress(OSError, EssError, RefusedError):
            if not self._warehouse.opens(address):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                return
            if self._warehouse.fault("hang_at_connect"):
                _ignore(sock)
                return
            arrival = login.receive(sock, self._tls)
            with closing(arrival.wire):
                self._admit(arrival, address)

    def _admit(self, arrival: Arrival, address: str) -> None:
        if arrival.cancel_key:
            self._cancel(arrival.cancel_key)
            return
        guest = self._warehouse.guest(address, arrival.user)
        if not login.proves(arrival, guest.passwords):
            return
        try:
            self._warehouse.enter(guest)
        except RefusedError as error:
            arrival.wire.send(error.report.encode())
            return
        self._serve_guest(arrival, guest)

    def _serve_guest(self, arrival: Arrival, guest: Guest) -> None:
        with closing(Wire(self._warehouse.connect())) as backend:
            parameters = {**arrival.parameters, "database": arrival.database}
            pid = begin(arrival.wire, backend, guest.role, parameters)
            if pid is not None:
                arrival.wire.socket.settimeout(None)
                Session(arrival.wire, backend, self._warehouse, pid).run()

    def _cancel(self, key: bytes) -> None:
        self._warehouse.start()
        with closing(self._warehouse.connect()) as sock:
            wire_client.cancel(sock, key)


def _ignore(sock: socket.socket) -> None:
    """Take whatever a client says, and never answer."""
    sock.settimeout(None)
    while sock.recv(1024):
        pass
