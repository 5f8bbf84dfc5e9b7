"""The process of the API server: ``python -m ess_plugins.sandbox.api SETTINGS HOSTS WAREHOUSE LIFELINE``."""

import os
import secrets
import socket
import sys
import threading
from typing import Any

from werkzeug.serving import BaseWSGIServer, make_server

from ess_plugins.sandbox import guard, lifeline
from ess_plugins.sandbox.api import s3
from ess_plugins.sandbox.api.calls import CallLog
from ess_plugins.sandbox.api.control import Control
from ess_plugins.sandbox.api.ec2 import backend
from ess_plugins.sandbox.api.feed import Feed
from ess_plugins.sandbox.api.front import Front
from ess_plugins.sandbox.api.keys import Keyring
from ess_plugins.sandbox.api.metadata import Metadata
from ess_plugins.sandbox.api.plan import Plan, Planner
from ess_plugins.sandbox.api.redshift import clusters
from ess_plugins.sandbox.api.redshift.doors import routes
from ess_plugins.sandbox.api.redshift.warehouses import Warehouses
from ess_plugins.sandbox.api.seed import seed
from ess_plugins.sandbox.api.services import Services
from ess_plugins.sandbox.api.world import World
from ess_plugins.sandbox.folder import UserFiles, write_user_files
from ess_plugins.sandbox.redshift.opening import Opening
from ess_plugins.sandbox.settings import Settings
from ess_plugins.sandbox.state import Ready


def main(settings: Settings, hosts: socket.socket, warehouse: socket.socket) -> None:
    """Serve until the process is ended; says on stdout, in one line, that it is ready."""
    ssh_port = int(hosts.makefile("rb").readline())
    heard = warehouse.makefile("rb").readline()
    if not heard:
        raise SystemExit(1)  # the Redshift front failed, and says why
    opening = Opening.decode(heard)
    world = World(Planner(Plan().changed(settings.plan)), ssh_port)
    backend.install(world)
    keyring, log, feed, warehouses = Keyring(), CallLog(), Feed(world, hosts), Warehouses(opening)
    clusters.install(warehouses, keyring)
    s3.install()
    secret = secrets.token_urlsafe(32)
    control = Control(secret, world, keyring, log, feed, routes(warehouses, world.planner))
    services, metadata = Services(world, keyring, warehouses), Metadata(world, keyring)
    server = _server(Front(keyring, world.planner, log, services, control, metadata))
    world.endpoint = f"http://127.0.0.1:{server.port}"
    ready = Ready(world.endpoint, ssh_port, secret)
    seeded = seed(settings.region, ssh_port, warehouses)
    given = UserFiles(keyring.issue("ess-sandbox"), seeded.pem, seeded.redshift_password, opening.ca_pem)
    write_user_files(settings, ready, given)
    warehouse.sendall(ready.encode().encode() + b"\n")
    threading.Thread(target=_follow, args=(feed,), daemon=True).start()
    sys.stdout.write(ready.encode() + "\n")
    sys.stdout.flush()
    server.serve_forever()


def _server(app: Any) -> BaseWSGIServer:
    from moto.moto_server.werkzeug_app import MotoRequestHandler

    class Handler(MotoRequestHandler):
        protocol_version = "HTTP/1.1"

        def log(self, *_args: Any) -> None:
            """Nothing: the call log holds what matters, and no secrets."""

    return make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)


def _follow(feed: Feed) -> None:
    try:
        feed.run()
    finally:
        os._exit(1)


if __name__ == "__main__":
    guard.install()
    lifeline.on_end(int(sys.argv[4]), lambda: os._exit(0))
    main(Settings.decode(sys.argv[1]), *(socket.socket(fileno=int(number)) for number in sys.argv[2:4]))
