"""The process of the Redshift front: ``python -m ess_plugins.sandbox.redshift SETTINGS CHANNEL LIFELINE``."""

import contextlib
import os
import socket
import sys
import threading

from ess_plugins.sandbox import guard, lifeline
from ess_plugins.sandbox.door import Door
from ess_plugins.sandbox.redshift.certificates import server_side
from ess_plugins.sandbox.redshift.front import Front
from ess_plugins.sandbox.redshift.opening import ADDRESSES, Opening, listen
from ess_plugins.sandbox.redshift.postgres import Postgres
from ess_plugins.sandbox.redshift.warehouse import Warehouse
from ess_plugins.sandbox.settings import Settings
from ess_plugins.sandbox.state import Ready


def main(settings: Settings, postgres: Postgres, channel: socket.socket) -> None:
    """Serve until the process is ended; ``channel`` is to the API process: where we are, and where it is."""
    listeners = listen(ADDRESSES)
    tls = server_side(ADDRESSES)
    port = listeners[0].getsockname()[1]
    channel.sendall(Opening(port, tls.pem).encode())
    heard = channel.makefile("rb").readline()
    if not heard:
        return  # the API process failed, and says why
    ready = Ready.decode(heard)
    warehouse = Warehouse(postgres, Door(ready), ready.endpoint, settings.region)
    front = Front(warehouse, tls.context)
    for listener in listeners:
        threading.Thread(target=front.serve, args=(listener,), daemon=True).start()
    warehouse.wanted.wait()
    postgres.run()
    if postgres.failure:
        threading.Event().wait()


def _end(postgres: Postgres) -> None:
    with contextlib.suppress(OSError):
        postgres.end()
    os._exit(0)


if __name__ == "__main__":
    guard.install()
    given = Settings.decode(sys.argv[1])
    database = Postgres(given.state)
    lifeline.on_end(int(sys.argv[3]), lambda: _end(database))
    main(given, database, socket.socket(fileno=int(sys.argv[2])))
